"""What is refused at start."""

from typing import ClassVar

import pytest

from yuzhou.kernel import registry, registry_checks
from yuzhou.kernel.declarations import (
    Capability,
    Domain,
    Mount,
    NavItem,
    Part,
    PeriodicJob,
    Permission,
    PlanSystem,
    Provider,
    Role,
    Subscription,
    Ticker,
    makes,
)
from yuzhou.kernel.events.api import Event
from yuzhou.kernel.text import Text

TITLE = Text("题", "Title")


class Misnamed(Event):
    """Named after a part that is not the one that declares it."""

    name: ClassVar[str] = "other.ThingDone@1"


def problems(monkeypatch: pytest.MonkeyPatch, *parts: Part) -> list[str]:
    monkeypatch.setattr(registry, "parts", lambda: parts)
    return [f"{found.id[-3:]} {found.msg}" for found in registry_checks.check_parts()]


def domain(key: str = "testing", **declared: object) -> Domain:
    return Domain(key=key, title=TITLE, **declared)


def test_the_installed_parts_are_in_order() -> None:
    assert registry_checks.check_parts() == []


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"subscriptions": (Subscription("sense.Unheard@1", "math:floor"),)}, "006 math:floor listens to sense.Unheard@1"),
        ({"subscriptions": (Subscription("sense.Unheard@1", "math:floo"),)}, "002 math:floo does not resolve"),
        ({"jobs": (PeriodicJob("testing.x", "61 * * * *", "math:floor"),)}, "008 the job testing.x has no cron line"),
        ({"tickers": (Ticker("testing.x", 0, "math:floor"),)}, "008 the ticker testing.x has no pace"),
        ({"commands": (Provider("x", "math:pi"),)}, "002 math:pi cannot be called"),
        ({"commands": (Provider("x", "nowhere:run"),)}, "002 nowhere:run does not resolve"),
        ({"mounts": (Mount("x/", "nowhere.urls"),)}, "002 nowhere.urls does not import"),
        ({"api": "nowhere:router"}, "002 nowhere:router does not import"),
        ({"apps": ("nowhere",)}, "002 the Django app nowhere is not installed"),
        ({"permissions": (Permission("elsewhere.x:see", TITLE),)}, "003 the permission elsewhere.x:see of testing"),
        ({"permissions": (Permission("testing.see", TITLE),)}, "003 the permission testing.see of testing"),
        ({"roles": (Role("r", TITLE, "place", ("testing.x:see",)),)}, "003 the role r holds testing.x:see"),
        ({"navigation": (NavItem(TITLE, "nowhere"),)}, "004 navigation: nowhere"),
        ({"navigation": (NavItem(TITLE, "nowhere", permission="testing.x:see"),)}, "003 navigation: Title needs testing.x:see"),
        ({"events": (f"{__name__}:Misnamed",)}, "005 the event"),
        ({"events": ("math:floor",)}, "005 the event math:floor is not an Event"),
        ({"events": ("math:floo",)}, "005 the event math:floo does not resolve"),
        ({"makes": (makes("I9", part="x", test="t"),)}, "007 makes I9, which the plan does not have"),
        ({"uses": ("trade",)}, "007 uses the capability trade"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch, declared: dict[str, object], problem: str
) -> None:
    assert any(found.startswith(problem) for found in problems(monkeypatch, domain(**declared)))


def test_a_claim_names_a_part_of_its_system(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = domain("plan", plan_systems=(PlanSystem("I3", "I", TITLE, TITLE, {"monitoring": TITLE}),))
    good, bad = (domain(makes=(makes("I3", part=part, test="t"),)) for part in ("monitoring", "dancing"))
    assert problems(monkeypatch, plan, good) == []
    assert problems(monkeypatch, plan, bad) == ["007 makes I3 part dancing, which is none of monitoring"]


def test_names_are_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    job = PeriodicJob("testing.x", "* * * * *", "math:floor")
    found = problems(monkeypatch, domain(jobs=(job, job)), Capability(key="testing", title=TITLE))
    assert found == ["001 part: testing is already declared by testing", "001 jobs: testing.x is already declared by testing"]
