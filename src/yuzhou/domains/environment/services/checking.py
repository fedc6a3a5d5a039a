"""What an officer enters is checked before anything is written."""

from collections.abc import Sequence

from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, OutletEntry
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.domains.environment.rules.identity import SYSTEM_TYPES, is_password, is_readable_mn, is_standard_mn
from yuzhou.kernel.errors import Invalid

SILENT_MINUTES = (1, 1440)
FROZEN_MINUTES = (30, 2880)


def check_entry(entry: OutletEntry) -> None:
    """Raise Invalid for the first thing that cannot be."""
    check_mn(entry.mn, confirmed=entry.confirmed_mn)
    check_password(entry.password)
    if SYSTEM_TYPES.get(entry.system_type) != entry.medium:
        raise Invalid(c.SYSTEM_TYPE, field="system_type", system_type=entry.system_type)
    check_minutes(entry.silent_after_minutes, SILENT_MINUTES, "silent_after_minutes")
    check_minutes(entry.frozen_after_minutes, FROZEN_MINUTES, "frozen_after_minutes")
    check_factors(entry.factors, entry.medium)


def check_mn(mn: str, *, confirmed: bool) -> None:
    """An MN of the standard's form, or one that the gateway can read and that the officer confirmed."""
    if not is_readable_mn(mn):
        raise Invalid(c.MN_FORM, field="mn")
    if not is_standard_mn(mn) and not confirmed:
        raise Invalid(c.MN_UNUSUAL, field="mn", mn=mn)


def check_password(password: str) -> None:
    """Six letters or digits."""
    if not is_password(password):
        raise Invalid(c.PASSWORD_FORM, field="password")


def check_minutes(minutes: int, bounds: tuple[int, int], field: str) -> None:
    """Within sensible bounds."""
    low, high = bounds
    if not low <= minutes <= high:
        raise Invalid(c.MINUTES, field=field, low=low, high=high)


def check_factors(entries: Sequence[FactorEntry], medium: Medium) -> None:
    """At least one, each once, each of the medium, with sound limits."""
    if not entries:
        raise Invalid(c.FACTORS_MISSING, field="factors")
    seen: set[str] = set()
    for entry in entries:
        factor = factors().get(entry.code)
        if factor is None or factor.medium is not medium:
            raise Invalid(c.FACTOR_UNKNOWN, field="factors", factor=entry.code)
        if entry.code in seen:
            raise Invalid(c.FACTOR_TWICE, field="factors", factor=entry.code)
        seen.add(entry.code)
        for limit in entry.limits:
            check_limit(entry.code, limit)


def check_limit(code: str, limit: LimitEntry) -> None:
    """A lower or an upper value, in order."""
    if limit.lower is None and limit.upper is None:
        raise Invalid(c.LIMIT_EMPTY, field="upper", factor=code)
    if limit.lower is not None and limit.upper is not None and limit.lower >= limit.upper:
        raise Invalid(c.LIMIT_ORDER, field="lower", factor=code)
