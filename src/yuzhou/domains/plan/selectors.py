"""Reads of the plan; public, since it says nothing of anybody."""

from yuzhou.domains.plan import rules
from yuzhou.domains.plan.rules import Claim, SystemView
from yuzhou.kernel import registry
from yuzhou.kernel.errors import NotFound, declare_message, gettext_noop

declare_message("plan.system-unknown", gettext_noop("The plan has no system with the key {key}."))


def list_claims() -> list[Claim]:
    """Every claim of the installed domains."""
    return [
        Claim(system=item.system, part=item.part, test=item.test, domain=domain.key) for domain, item in registry.every("makes")
    ]


def list_systems() -> list[SystemView]:
    """Every system of the plan with its state, in the plan's order."""
    claims = list_claims()
    return [rules.view_system(system, claims) for system in registry.plan_systems().values()]


def get_system(key: str) -> SystemView:
    """One system by its key; raises NotFound."""
    system = registry.plan_systems().get(key)
    if system is None:
        raise NotFound("plan.system-unknown", key=key)
    return rules.view_system(system, list_claims())
