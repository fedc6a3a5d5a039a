"""The systems that Chongqing's plan for its Internet economy to 2020 calls for (sections 5 to 8), split into checkable parts.

The keys are stable: code, tests, documents and the page `/systems` name a system by its key.
"""

from yuzhou.domains.plan.systems.agriculture import AGRICULTURE
from yuzhou.domains.plan.systems.industry import INDUSTRY
from yuzhou.domains.plan.systems.reform import REFORM
from yuzhou.domains.plan.systems.safeguards import SAFEGUARDS
from yuzhou.domains.plan.systems.sections import SECTIONS
from yuzhou.domains.plan.systems.security import SECURITY
from yuzhou.domains.plan.systems.services import SERVICES

SYSTEMS = INDUSTRY + AGRICULTURE + SERVICES + SECURITY + REFORM + SAFEGUARDS

__all__ = ["SECTIONS", "SYSTEMS"]
