"""Section 5.3, services (boxes 17 to 20 of the plan)."""

from yuzhou.domains.plan.systems.education import EDUCATION
from yuzhou.domains.plan.systems.health import HEALTH
from yuzhou.domains.plan.systems.logistics import LOGISTICS
from yuzhou.domains.plan.systems.tourism import TOURISM

SERVICES = HEALTH + TOURISM + LOGISTICS + EDUCATION
