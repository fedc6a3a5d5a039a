"""Which systems of the plan work, computed from what the installed domains claim. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from yuzhou.domains.plan.systems import SECTIONS
from yuzhou.kernel.declarations import PlanSystem
from yuzhou.kernel.text import Text


class SystemState(StrEnum):
    """How far a system of the plan has come."""

    WORKS = "works"
    PARTLY = "in-part"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Claim:
    """A domain's claim to make a part work; `test` is the pytest node id that proves it."""

    system: str
    part: str
    test: str
    domain: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a system; it works if anybody claims it (the suite fails on a claim without its test)."""

    key: str
    title: Text
    claims: tuple[Claim, ...]

    @property
    def works(self) -> bool:
        """Whether the part works."""
        return bool(self.claims)


@dataclass(frozen=True, slots=True)
class SystemView:
    """A system of the plan as it stands now."""

    key: str
    section: str
    title: Text
    works_when: Text
    parts: tuple[PartView, ...]
    state: SystemState
    domains: tuple[str, ...]

    @property
    def parts_working(self) -> int:
        """How many of its parts work."""
        return sum(part.works for part in self.parts)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of the plan with its systems."""

    key: str
    title: Text | None
    systems: tuple[SystemView, ...]


def state_of(parts: Sequence[PartView]) -> SystemState:
    """A system works when every part of it does; with some of them it is in part."""
    working = sum(part.works for part in parts)
    if working == 0:
        return SystemState.PLANNED
    return SystemState.WORKS if working == len(parts) else SystemState.PARTLY


def view_system(system: PlanSystem, claims: Iterable[Claim]) -> SystemView:
    """A system with its parts, each with the claims that prove it."""
    own = [claim for claim in claims if claim.system == system.key]
    parts = tuple(
        PartView(key=key, title=title, claims=tuple(claim for claim in own if claim.part == key))
        for key, title in system.parts.items()
    )
    return SystemView(
        key=system.key,
        section=system.section,
        title=system.title,
        works_when=system.works_when,
        parts=parts,
        state=state_of(parts),
        domains=tuple(dict.fromkeys(claim.domain for claim in own)),
    )


def unknown_claims(systems: dict[str, PlanSystem], claims: Iterable[Claim]) -> list[Claim]:
    """The claims that name a system or a part which the plan has not."""
    return [claim for claim in claims if claim.system not in systems or claim.part not in systems[claim.system].parts]


def by_section(views: Iterable[SystemView]) -> tuple[SectionView, ...]:
    """The systems under the plan's sections, in the plan's order; a section of another domain's making comes last."""
    found: dict[str, list[SystemView]] = {section: [] for section in SECTIONS}
    for view in views:
        found.setdefault(view.section, []).append(view)
    return tuple(
        SectionView(key=key, title=SECTIONS.get(key), systems=tuple(systems)) for key, systems in found.items() if systems
    )


def count_states(views: Iterable[SystemView]) -> dict[SystemState, int]:
    """How many systems are in each state."""
    counts = dict.fromkeys(SystemState, 0)
    for view in views:
        counts[view.state] += 1
    return counts
