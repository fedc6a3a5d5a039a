"""The kinds of loggers at outlets (数采仪), declared: what HJ 212-2017 lets them report of waste water, waste gas and noise."""

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.factors import Factor, Medium
from yuzhou.kernel.text import Text

TITLES = {
    Medium.WATER: Text("废水数采仪（HJ 212）", "Waste water logger (HJ 212)"),
    Medium.AIR: Text("废气数采仪（HJ 212）", "Waste gas logger (HJ 212)"),
    Medium.NOISE: Text("噪声数采仪（HJ 212）", "Noise logger (HJ 212)"),
}


def _property(factor: Factor) -> PropertySpec:
    """Optional: each outlet says which factors it reports."""
    return PropertySpec(factor.code, factor.name, factor.unit or "1", optional=True)


def _profile(medium: Medium) -> Profile:
    own = tuple(_property(factor) for factor in factors().values() if factor.medium is medium)
    return Profile(f"hj212-{medium}", TITLES[medium], "hj212", own)


LOGGERS = tuple(_profile(medium) for medium in Medium)
