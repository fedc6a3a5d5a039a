"""Devices that ask for themselves: pending, approved, refused; nobody takes another's name."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.capabilities.sense.stage import SYSTEM
from tests.capabilities.sense.test_profiles import METER, define, officer
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, ProvisionState, ProvisionStatus
from yuzhou.capabilities.sense.models import ProvisionRequestRecord
from yuzhou.capabilities.sense.rules.identities import is_identity
from yuzhou.capabilities.sense.rules.pace import Pace
from yuzhou.capabilities.sense.services import provisioning
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, PermissionDenied, word
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
HERE = "50.a"
PENDING, APPROVED, REFUSED = ProvisionStatus.PENDING, ProvisionStatus.APPROVED, ProvisionStatus.REFUSED


@pytest.fixture(autouse=True)
def nobody_knocked_before() -> Iterator[None]:
    yield
    provisioning.peers.forget()
    provisioning.strangers.forget()


@pytest.fixture
def approver() -> Actor:
    return officer(HERE, "sense.device:approve", "sense.device:read")


@pytest.fixture
def make_key(approver: Actor) -> Callable[..., str]:
    define(METER)

    def make(**more: Any) -> str:
        given = {"title": "batch", "profile": "cold-store", "place_path": HERE, "expires_at": now() + timedelta(days=1)}
        with acting_as(approver):
            return api.make_provision_key(actor=approver, **(given | more)).secret

    return make


def ask(key: str, identity: str = "store-1", **more: Any) -> ProvisionState:
    given = {"protocol": "http", "details": {"serial": "A1", "firmware": 3}, "peer": "10.0.0.1"}
    return api.request_provisioning(identity=identity, provision_key=key, **(given | more))


def queue(actor: Actor, *statuses: ProvisionStatus) -> list[Any]:
    with acting_as(actor):
        return list(api.list_provision_requests(actor=actor, statuses=statuses or (PENDING,)))


def approve_all(actor: Actor) -> int:
    ids = [request.id for request in queue(actor)]
    with acting_as(actor):
        return api.approve_provisioning(actor=actor, request_ids=ids)


def test_a_device_asks_waits_and_gets_its_secret_once(make_key: Callable[..., str], approver: Actor) -> None:
    key = make_key()
    assert ask(key).status is PENDING
    assert ask(key, profile="cold-store").status is PENDING
    (request,) = queue(approver)
    assert (request.identity, request.peer, request.key_title) == ("store-1", "10.0.0.1", "batch")
    assert request.details == {"serial": "A1", "firmware": "3"}
    assert approve_all(approver) == 1
    answer = ask(key)
    assert (answer.status, len(answer.secret), answer.profile) == (APPROVED, 24, "cold-store")
    with acting_as(SYSTEM):
        device = api.get_device(actor=SYSTEM, device_id=answer.device_id)
    assert (device.identity, device.place_path, device.silent_after_seconds) == ("store-1", HERE, 900)
    assert api.load_directory(protocol="http").devices["store-1"].secret == answer.secret
    again = ask(key)
    assert (again.status, again.code, again.secret) == (REFUSED, "sense.provision-taken", "")
    (claim,) = queue(approver, REFUSED)
    assert claim.claims == device.id


def test_a_device_that_chose_a_word_may_ask_for_its_secret_again(make_key: Callable[..., str], approver: Actor) -> None:
    key = make_key()
    assert ask(key, claim="my own word").status is PENDING
    assert ask(key, claim="a guess").code == "sense.provision-claim"
    approve_all(approver)
    assert ask(key).code == "sense.provision-taken"
    secret = ask(key, claim="my own word").secret
    assert secret
    assert ask(key, claim="my own word").secret == secret
    with acting_as(SYSTEM):
        api.mark_devices(online={answer_device(key): now()})
    assert ask(key, claim="my own word").code == "sense.provision-taken"


def answer_device(key: str) -> Any:
    with acting_as(SYSTEM):
        (device,) = api.list_devices(actor=SYSTEM, text="store-1")
        return device.id


def test_who_shows_another_key_gets_no_one_elses_secret(make_key: Callable[..., str], approver: Actor) -> None:
    mine, other = make_key(), make_key(title="other")
    ask(mine)
    assert ask(other).code == "sense.provision-claim"
    approve_all(approver)
    assert ask(other).code == "sense.provision-taken"
    assert ask(mine).secret


def test_a_device_that_claims_anothers_name_is_refused_and_marked(
    make_key: Callable[..., str], make_device: Callable[..., Device], approver: Actor
) -> None:
    key = make_key()
    victim = make_device(place_path=HERE, identity="store-7", protocol="http", profile="cold-store", series=[])
    for _ in range(3):
        answer = ask(key, "store-7", peer="10.6.6.6")
        assert (answer.status, answer.code, answer.secret) == (REFUSED, "sense.provision-taken", "")
    (mark,) = queue(approver, REFUSED)
    assert (mark.identity, mark.claims, mark.peer, mark.times) == ("store-7", victim.id, "10.6.6.6", 1)
    with acting_as(approver):
        assert [r.id for r in api.list_provision_requests(actor=approver, statuses=[REFUSED], claims=victim.id)] == [mark.id]


def test_a_refusal_is_told_with_its_reason_until_it_is_forgotten(make_key: Callable[..., str], approver: Actor) -> None:
    key = make_key()
    ask(key)
    (request,) = queue(approver)
    with acting_as(approver):
        with pytest.raises(Invalid):
            api.refuse_provisioning(actor=approver, request_ids=[request.id], reason=" ")
        assert api.refuse_provisioning(actor=approver, request_ids=[request.id], reason="not ours") == 1
    answer = ask(key)
    assert (answer.code, answer.params) == ("sense.provision-declined", {"reason": "not ours"})
    assert "not ours" in word(answer.code, dict(answer.params))
    with acting_as(approver):
        api.forget_provisioning(actor=approver, request_id=request.id)
    assert ask(key).status is PENDING


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"key": "yzp-wrong"}, "sense.provision-key"),
        ({"identity": "a b"}, "sense.provision-identity"),
        ({"identity": "a/+/#"}, "sense.provision-identity"),
        ({"protocol": "mqtt"}, "sense.provision-profile"),
        ({"profile": "other"}, "sense.provision-profile"),
        ({"details": {"x": "y" * 3000}}, "sense.provision-details"),
        ({"details": {"x": "\x00"}}, "sense.provision-details"),
        ({"details": {"x": object()}}, "sense.provision-details"),
    ],
)
def test_what_is_wrong_is_refused_and_leaves_nothing(make_key: Callable[..., str], more: dict[str, Any], code: str) -> None:
    answer = ask(**({"key": make_key()} | more))
    assert (answer.status, answer.code) == (REFUSED, code)
    assert word(answer.code, dict(answer.params)) != answer.code
    with acting_as(SYSTEM):
        assert not ProvisionRequestRecord.objects.exists()


def test_a_key_ends_by_time_by_number_and_by_hand(make_key: Callable[..., str], approver: Actor) -> None:
    key = make_key(most=2)
    assert [ask(key, f"s-{n}").status for n in range(3)] == [PENDING, PENDING, REFUSED]
    assert ask(key, "s-2").code == "sense.provision-full"
    approve_all(approver)
    assert ask(key, "s-2").code == "sense.provision-key"
    assert ask(key, "s-1").secret
    other = make_key(title="other")
    with acting_as(approver):
        found = next(one for one in api.list_provision_keys(actor=approver) if one.title == "other")
        assert api.revoke_provision_key(actor=approver, key_id=found.id).revoked_at
    assert ask(other, "s-3").code == "sense.provision-key"


def test_an_automatic_key_lets_in_at_once(make_key: Callable[..., str]) -> None:
    assert ask(make_key(automatic=True)).secret


def test_whoever_knocks_too_often_is_sent_away(make_key: Callable[..., str]) -> None:
    make_key()
    answers = [ask("yzp-guess", peer="10.9.9.9").code for _ in range(70)]
    assert answers[:10] == ["sense.provision-key"] * 10
    assert set(answers[10:]) == {"sense.provision-often"}
    assert ask("yzp-guess", peer="10.9.9.8").code == "sense.provision-key"


def test_keys_and_queue_end_at_the_officers_places(make_key: Callable[..., str], approver: Actor) -> None:
    key = make_key()
    ask(key)
    (request,) = queue(approver)
    stranger = officer("50.b", "sense.device:approve")
    reader = officer(HERE, "sense.device:read")
    assert queue(stranger) == queue(reader) == []
    with acting_as(stranger):
        assert api.list_provision_keys(actor=stranger) == []
        assert api.approve_provisioning(actor=stranger, request_ids=[request.id]) == 0
    with acting_as(reader), pytest.raises(PermissionDenied):
        api.make_provision_key(
            actor=reader, title="x", profile="cold-store", place_path=HERE, expires_at=now() + timedelta(days=1)
        )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"expires_at": now() - timedelta(days=1)}, "expires_at"),
        ({"expires_at": now() + timedelta(days=400)}, "expires_at"),
        ({"most": 0}, "most"),
    ],
)
def test_a_key_must_make_sense(make_key: Callable[..., str], more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        make_key(**more)
    assert caught.value.field == field


def test_identities_are_what_fits_into_topics_and_addresses() -> None:
    assert all(is_identity(text) for text in ("a", "88888880000001", "Store-1.temp_2", "aa:bb:cc", "x@y"))
    assert not any(is_identity(text) for text in ("", " a", "a/b", "a+b", "#", "-a", "é", "x" * 129))


def test_a_pace_forgets_the_oldest_name_and_the_past() -> None:
    moment = 0.0
    pace = Pace(most=2, seconds=10, names=2, clock=lambda: moment)
    assert [pace.admits("a") for _ in range(3)] == [True, True, False]
    moment = 11.0
    assert pace.admits("a")
    pace.admits("b")
    pace.admits("c")
    assert set(pace.seen) == {"b", "c"}
