"""The systems of the plan and how their state is computed."""

from yuzhou.domains.plan import rules
from yuzhou.domains.plan.rules import Claim, SystemState
from yuzhou.domains.plan.systems import SECTIONS, SYSTEMS
from yuzhou.kernel import registry

BY_KEY = {system.key: system for system in SYSTEMS}


def claim(system: str, part: str) -> Claim:
    return Claim(system=system, part=part, test="tests/x.py::test_x", domain="x")


def test_the_plan_has_59_systems_with_their_own_keys_and_parts() -> None:
    assert len(SYSTEMS) == len(BY_KEY) == 59
    groups = {"I": 8, "A": 11, "H": 7, "T": 4, "L": 4, "E": 5, "S": 8, "G": 9, "P": 3}
    assert sorted(BY_KEY) == sorted(f"{letter}{n}" for letter, count in groups.items() for n in range(1, count + 1))
    assert all(len(system.parts) >= 2 for system in SYSTEMS)
    assert {system.section for system in SYSTEMS} == set(SECTIONS)


def test_every_text_is_in_both_languages() -> None:
    texts = [text for system in SYSTEMS for text in (system.title, system.works_when, *system.parts.values())]
    assert all(text.zh and text.en.isascii() for text in texts)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text.zh) or text.zh.isascii() for text in texts)


def test_a_system_is_planned_in_part_or_works_by_its_claims() -> None:
    system = BY_KEY["A2"]
    assert rules.view_system(system, []).state is SystemState.PLANNED
    assert rules.view_system(system, [claim("A2", "valves")]).state is SystemState.PARTLY
    everything = [claim("A2", part) for part in system.parts]
    assert rules.view_system(system, everything).state is SystemState.WORKS
    assert rules.view_system(system, [claim("A1", part) for part in system.parts]).state is SystemState.PLANNED


def test_claims_of_unknown_systems_and_parts_are_found() -> None:
    good, wrong_part, wrong_system = claim("A2", "valves"), claim("A2", "pumps"), claim("Z9", "valves")
    assert rules.unknown_claims(BY_KEY, [good, wrong_part, wrong_system]) == [wrong_part, wrong_system]


def test_sections_keep_the_order_of_the_plan() -> None:
    sections = rules.by_section([rules.view_system(system, []) for system in reversed(SYSTEMS)])
    assert [section.key for section in sections] == list(SECTIONS)


def test_no_installed_domain_claims_what_the_plan_has_not() -> None:
    claims = [Claim(item.system, item.part, item.test, part.key) for part, item in registry.every("makes")]
    assert rules.unknown_claims(registry.plan_systems(), claims) == []
