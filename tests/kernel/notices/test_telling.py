"""Who is told, once, and who next."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import translation

from yuzhou.kernel.actor import CITY_PATH, Actor, ActorKind
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, NotFound, PermissionDenied, declare_message
from yuzhou.kernel.events.api import ReceivedEvent
from yuzhou.kernel.notices import api, handlers
from yuzhou.kernel.notices.api import Severity
from yuzhou.kernel.notices.escalating import escalate_due
from yuzhou.kernel.notices.models import ChannelSetting, Escalation, NoticeDelivery, NoticeRecord
from yuzhou.kernel.transactions import acting_as

from .conftest import DISTRICT, SEE, SYSTEM

pytestmark = pytest.mark.django_db

People = Callable[..., Actor]
TOWN = f"{DISTRICT}.003"
declare_message("testing.alarm", "Limit {limit} exceeded")


def tell(subject: str = "urn:alarm:1", place: str | None = TOWN, **more: Any) -> int:
    values = {"permission": SEE, "code": "testing.alarm", "params": {"limit": 3}, "url": "/x", "place_path": place} | more
    with acting_as(Actor.public()):
        return api.notify(subject=subject, **values)


def texts(actor: Actor) -> list[str]:
    with acting_as(actor):
        return [notice.text for notice in api.list_notices(actor=actor)]


def count(actor: Actor) -> int:
    with acting_as(actor):
        return api.count_notices(actor=actor)


def pass_time() -> None:
    with acting_as(SYSTEM):
        Escalation.objects.update(due_at=now() - timedelta(seconds=1))


def test_the_nearest_holders_are_told_and_not_those_above_or_beside(person: People) -> None:
    officer, neighbour, city = (
        person("officer"),
        person("beside", place="50.0112"),
        person("city", "city-administrator", CITY_PATH),
    )
    assert tell() == 1
    assert texts(officer) == ["Limit 3 exceeded"]
    assert texts(neighbour) == texts(city) == []
    assert tell(subject="urn:2", place="50.0107") == 1
    assert count(city) == 1


def test_nobody_reaches_anothers_notices(person: People) -> None:
    officer, other = person("officer"), person("other")
    tell()
    with acting_as(officer):
        (notice,) = api.list_notices(actor=officer)
    with acting_as(other):
        assert list(NoticeRecord.objects.values_list("user_id", flat=True)) == [other.id]
        with pytest.raises(NotFound):
            api.mark_read(actor=other, notice=notice.id)
    with acting_as(Actor.public()):
        assert NoticeRecord.objects.count() == 0
        with pytest.raises(PermissionDenied):
            api.list_notices(actor=Actor.public())


def test_what_is_said_again_before_it_was_read_counts(person: People) -> None:
    officer = person("officer")
    tell()
    tell(params={"limit": 4})
    with acting_as(officer):
        (notice,) = api.list_notices(actor=officer)
        assert (notice.repeats, notice.text) == (1, "Limit 4 exceeded")
        api.mark_read(actor=officer, notice=notice.id)
        assert api.count_notices(actor=officer) == 0
    tell()
    assert count(officer) == 1
    with acting_as(officer):
        api.mark_unread(actor=officer, notice=notice.id)  # the newer one stands for it
        assert api.mark_all_read(actor=officer) == 1
        api.mark_unread(actor=officer, notice=notice.id)
        assert api.count_notices(actor=officer) == 1
        assert len(api.list_notices(actor=officer, only_unread=True)) == 1


def test_unanswered_it_goes_up_tier_by_tier(person: People) -> None:
    officer, city = person("officer"), person("city", "city-administrator", CITY_PATH)
    tell(escalate_after=timedelta(minutes=5), severity=Severity.MAJOR)
    assert escalate_due() == 0
    pass_time()
    assert escalate_due() == 1
    with acting_as(city):
        (notice,) = api.list_notices(actor=city)
        assert notice.is_escalated
        assert notice.severity is Severity.MAJOR
    assert count(officer) == 1
    with acting_as(SYSTEM):
        assert not Escalation.objects.exists()


@pytest.mark.parametrize("answer", ["acknowledge", "settle"])
def test_acknowledged_or_settled_it_goes_no_further(person: People, answer: str) -> None:
    officer, city = person("officer"), person("city", "city-administrator", CITY_PATH)
    tell(escalate_after=timedelta(minutes=5))
    with acting_as(officer):
        (notice,) = api.list_notices(actor=officer)
        if answer == "acknowledge":
            api.acknowledge(actor=officer, notice=notice.id)
            assert api.get_notice(actor=officer, notice=notice.id).acknowledged_at
        else:
            api.settle(subject=notice.subject)
    pass_time()
    assert escalate_due() == 0
    assert count(city) == count(officer) == 0


def test_channels_take_what_they_are_set_to(person: People, settings: Any) -> None:
    settings.YUZHOU_WEBHOOK_ALLOW = "127.0.0.0/8"
    officer = person("officer")
    with acting_as(officer):
        assert api.get_channels(actor=officer).email_from is Severity.WARNING
        secret = api.save_channels(
            actor=officer,
            email_from=Severity.CRITICAL,
            webhook_from=Severity.NOTICE,
            webhook_url="http://127.0.0.1:9/hook",
            sms_from=Severity.MAJOR,
            quiet_from=time(0),
            quiet_to=time(23, 59),
        )
        assert secret
        assert secret.encode() not in bytes(ChannelSetting.objects.get().webhook_secret)
        assert api.get_channels(actor=officer).has_webhook_secret
    tell("urn:1", severity=Severity.NOTICE)
    tell("urn:2", severity=Severity.CRITICAL)
    tell("urn:1", severity=Severity.MAJOR)  # graver than before: sent again
    tell("urn:1", severity=Severity.NOTICE)
    with acting_as(SYSTEM):
        sent = list(NoticeDelivery.objects.order_by("id").values_list("notice__subject", "channel", "due_at"))
    assert [(subject, channel) for subject, channel, _ in sent] == [
        ("urn:1", "webhook"),
        ("urn:2", "email"),
        ("urn:2", "webhook"),
        ("urn:2", "sms"),
        ("urn:1", "webhook"),
        ("urn:1", "sms"),
    ]
    assert {subject for subject, _, due in sent if due <= now()} == {"urn:2"}  # the critical one breaks the quiet


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": time(22)},
        {"webhook_from": Severity.NOTICE},
        {"webhook_url": "http://127.0.0.1/"},
        {"webhook_url": "ftp://example.org/"},
    ],
)
def test_impossible_settings_are_refused(person: People, wrong: dict[str, Any]) -> None:
    officer = person("officer")
    values = dict.fromkeys(("email_from", "webhook_from", "sms_from", "quiet_from", "quiet_to")) | {"webhook_url": ""} | wrong
    with acting_as(officer), pytest.raises(Invalid), transaction.atomic():
        api.save_channels(actor=officer, **values)


def test_a_dead_delivery_and_a_failed_job_are_told_to_the_city(person: People) -> None:
    city = person("city", "city-administrator", CITY_PATH)
    person("officer")
    payload = {"event_name": "testing.ThingMoved@1", "subscriber": "a:b", "task": "testing.x"}
    event = ReceivedEvent(uuid4(), "kernel.DeliveryDied@1", "urn:delivery:1", payload, now())
    for _ in range(2):  # delivered twice
        with acting_as(SYSTEM):
            handlers.tell_of_dead_delivery(event)
            handlers.tell_of_failed_job(event)
    with translation.override("en"):
        assert sorted(texts(city)) == [
            "The event testing.ThingMoved@1 could not be delivered to a:b and holds back its subject.",
            "The job testing.x failed for good.",
        ]


def test_machines_have_no_inbox() -> None:
    machine = Actor(kind=ActorKind.MACHINE, name="m", id=uuid4())
    with pytest.raises(PermissionDenied):
        api.list_notices(actor=machine)
    assert api.count_notices(actor=machine) == 0
