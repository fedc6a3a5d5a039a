"""What waits for me, from every part."""

import sys
from datetime import timedelta
from types import ModuleType
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import translation

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.clock import now
from yuzhou.kernel.declarations import Domain, Provider
from yuzhou.kernel.text import Text
from yuzhou.kernel.worklist.api import Severity, WorkItem, waiting_for
from yuzhou.kernel.worklist.rules import in_order

PERSON = Actor(kind=ActorKind.PERSON, name="someone", id=uuid4())
NOW = now()


def item(key: str, *, since: int = 0, due: int | None = None, severity: Severity = Severity.NOTICE) -> WorkItem:
    due_at = None if due is None else NOW + timedelta(hours=due)
    return WorkItem(key, key, "/", NOW - timedelta(hours=since), "testing", due=due_at, severity=severity)


def test_overdue_comes_first_then_the_graver_the_sooner_due_the_longer_waiting() -> None:
    items = [
        item("e"),
        item("d", since=5),
        item("c", due=3),
        item("b", severity=Severity.CRITICAL),
        item("a", due=-1),
    ]
    assert [found.key for found in in_order(items, NOW)] == ["a", "b", "c", "d", "e"]


@pytest.mark.django_db
def test_a_part_that_fails_says_so_and_hides_nobody_elses_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(actor: Actor) -> list[WorkItem]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM nowhere")
        return []

    module = ModuleType("yuzhou_worklist_test_part")
    module.broken, module.working = broken, lambda actor: [item("a")]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    part = Domain(
        key="testing",
        title=Text("测试", "Testing"),
        worklist=tuple(Provider(name, f"{module.__name__}:{name}") for name in ("broken", "working")),
    )
    monkeypatch.setattr(registry, "parts", lambda: (part,))
    with translation.override("en"):
        found = waiting_for(PERSON)
    assert [each.title for each in found] == ["The tasks of Testing could not be read", "a"]
    assert waiting_for(Actor.public()) == []
