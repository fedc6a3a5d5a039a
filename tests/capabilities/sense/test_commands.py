"""Commands: asked for, judged, approved, claimed once, and ended with a word."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, as_owner, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    ChangeLimit,
    Command,
    CommandAct,
    CommandCause,
    CommandField,
    CommandGroup,
    CommandState,
    CommandType,
    DataFlag,
    Device,
    Exclusive,
    LockKind,
    OnlyIf,
    Pause,
    Profile,
    ReadingBatch,
    TwoPersons,
    ValueLimit,
)
from yuzhou.capabilities.sense.models import CommandRecord
from yuzhou.capabilities.sense.services.commands import expire_commands
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, message_for
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db]

LEVEL = CommandField("level", Text("开度", "Opening"), "number", low=0, high=100, unit="%")
OPEN = CommandType("open", Text("开阀", "Open the valve"), (LEVEL,), group=CommandGroup.CONTROL)
CLOSE = CommandType("close", Text("关阀", "Close the valve"), group=CommandGroup.CONTROL)
READ = CommandType("read", Text("读取", "Read"), group=CommandGroup.READ)
PURGE = CommandType("purge", Text("放空", "Purge"), group=CommandGroup.CONTROL, interlocks=(TwoPersons(),))
RIGHTS = frozenset(
    {"sense.device:read", "sense.command:request", "sense.command:approve", "sense.command:lock", "sense.interlock:define"}
)


@pytest.fixture(autouse=True)
def valves() -> Iterator[None]:
    """A protocol of valves."""
    api.declare_command_types(protocol="valve", types=[OPEN, CLOSE, READ, PURGE])
    yield
    api.declare_command_types(protocol="valve", types=[])


def person(name: str, place: str = "50.a", rights: frozenset[str] = RIGHTS) -> Actor:
    return Actor(ActorKind.PERSON, name, uuid7(), grants=(Grant("officer", rights, place_path=place),))


ALICE, BOB = person("甲"), person("乙")


@pytest.fixture
def valve(make_device: Callable[..., Device]) -> Device:
    return make_device(protocol="valve", profile="valve")


def ask(device: Device, name: str = "open", actor: Actor = ALICE, params: dict[str, Any] | None = None, **more: Any) -> Command:
    with acting_as(actor):
        params = {"level": 10} if params is None and name == "open" else params or {}
        return api.request_command(actor=actor, device_id=device.id, name=name, params=params, **more)


def claim(*devices: Device) -> list[Command]:
    with as_owner():
        return api.claim_commands(protocol="valve", device_ids=[device.id for device in devices])


def send(command: Command) -> bool:
    with as_owner():
        return api.mark_command_sent(command_id=command.id, reference=f"ref-{command.id}"[:40], at=now())


def finish(command: Command, *, done: bool = True) -> None:
    with as_owner():
        api.mark_command_finished(command_id=command.id, done=done, answer_code="ok" if done else "busy", at=now())


def state(command: Command) -> CommandState:
    with acting_as(SYSTEM):
        return api.get_command(actor=SYSTEM, command_id=command.id).state


def guard(device: Device, interlock: Any, command: str = "open", **more: Any) -> None:
    with acting_as(ALICE):
        api.define_interlock(actor=ALICE, interlock=interlock, command=command, device_id=device.id, **more)


def measure(device: Device, value: float, age: float = 0, flag: int = DataFlag.NORMAL) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=age)
    with as_owner():
        api.ingest(
            ReadingBatch.of(
                series_id=[series_of(device)[COD, RTD]], at=[us(at)], value=[value], flag=[flag], received_at=datetime.now(UTC)
            )
        )


def refused(device: Device, name: str = "open", **params: Any) -> str:
    with pytest.raises((Conflict, Invalid)) as raised:
        ask(device, name, params=params or None)
    return message_for(raised.value)


def acts(command: Command) -> list[CommandAct]:
    with acting_as(SYSTEM):
        return [step.act for step in api.command_history(actor=SYSTEM, command_id=command.id)]


# --- the life of a command ------------------------------------------------------------------------------------------------


def test_a_command_is_asked_for_sent_and_done(valve: Device) -> None:
    command = ask(valve)
    assert (command.state, command.requested_by, command.group) == (CommandState.REQUESTED, "甲", CommandGroup.CONTROL)
    (given,) = claim(valve)
    assert (given.id, given.attempts) == (command.id, 1)
    assert claim(valve) == []
    assert send(given)
    finish(given)
    assert state(given) is CommandState.DONE
    assert acts(given) == [CommandAct.REQUESTED, CommandAct.SENT, CommandAct.DONE]


def test_who_asked_is_on_record_be_it_a_rule(valve: Device) -> None:
    alarm = uuid7()
    rule = Actor.system("sense.rule")
    cause = CommandCause(rule_key="too-full", alarm_id=alarm, note="液位过高")
    command = ask(valve, actor=rule, cause=cause, request_key=f"alarm:{alarm}")
    assert ask(valve, actor=rule, cause=cause, request_key=f"alarm:{alarm}").id == command.id
    with acting_as(SYSTEM), connection.cursor() as cursor:
        (found,) = api.list_commands(actor=SYSTEM, alarm_id=alarm)
        cursor.execute("SELECT details::text FROM kernel_audit_entry")
        (audit,) = [row for (row,) in cursor.fetchall() if "too-full" in row]
    assert (found.rule_key, found.note) == ("too-full", "液位过高")
    assert str(alarm) in audit


def test_what_was_not_sent_can_be_cancelled_and_what_was_cannot(valve: Device) -> None:
    first, second = ask(valve), ask(valve, "close")
    with acting_as(BOB):
        assert api.cancel_command(actor=BOB, command_id=first.id).state is CommandState.CANCELLED
        api.cancel_command(actor=BOB, command_id=first.id)
    (given,) = claim(valve)
    assert given.id == second.id
    with pytest.raises(Conflict), acting_as(BOB):
        api.cancel_command(actor=BOB, command_id=second.id)


def test_only_a_person_asks_again_and_only_for_what_has_ended(valve: Device) -> None:
    command = ask(valve)
    with pytest.raises(Conflict), acting_as(BOB):
        api.retry_command(actor=BOB, command_id=command.id)
    claim(valve)
    send(command)
    finish(command, done=False)
    with pytest.raises(Conflict), acting_as(SYSTEM):
        api.retry_command(actor=SYSTEM, command_id=command.id)
    with acting_as(BOB):
        again = api.retry_command(actor=BOB, command_id=command.id)
    assert (again.retry_of, again.params, again.state) == (command.id, {"level": 10}, CommandState.REQUESTED)
    assert acts(command)[-1] is CommandAct.REPEATED


# --- nothing is sent twice --------------------------------------------------------------------------------------------------


def test_a_door_that_dies_after_the_claim_leaves_it_unsent_for_ever(valve: Device) -> None:
    command = ask(valve)
    claim(valve)
    for _ in range(3):  # the door starts anew and asks again
        assert claim(valve) == []
    end(command)
    with acting_as(SYSTEM):
        found = api.get_command(actor=SYSTEM, command_id=command.id)
    assert (found.state, found.reason_code) == (CommandState.EXPIRED, "sense.command.not-sent")
    assert not send(command)
    assert claim(valve) == []


def end(command: Command) -> None:
    with acting_as(SYSTEM):
        CommandRecord.objects.filter(id=command.id).update(expires_at=now())
        expire_commands()


def test_the_mark_before_the_wire_is_given_once(valve: Device) -> None:
    ask(valve)
    (given,) = claim(valve)
    assert [send(given), send(given)] == [True, False]


def test_what_expired_between_claim_and_wire_is_not_sent(valve: Device) -> None:
    ask(valve)
    (given,) = claim(valve)
    end(given)
    assert not send(given)


def test_a_door_that_dies_after_sending_knows_the_words_that_still_come(valve: Device) -> None:
    ask(valve)
    (given,) = claim(valve)
    send(given)
    with as_owner():
        (under_way,) = api.list_open_commands(protocol="valve")
    assert under_way.id == given.id
    assert claim(valve) == []
    end(given)
    with acting_as(SYSTEM):
        assert api.get_command(actor=SYSTEM, command_id=given.id).reason_code == "sense.command.no-word"
    finish(given)  # a late word still counts
    assert state(given) is CommandState.DONE
    finish(given, done=False)  # a second one does not
    assert state(given) is CommandState.DONE


def test_a_claim_that_was_not_committed_gives_nothing_out_twice(valve: Device) -> None:
    """The database goes away before the commit: the door got nothing, and the command waits on."""
    ask(valve)
    given: list[Command] = []

    def break_off() -> None:
        with acting_as(SYSTEM):
            given.extend(api.claim_commands(protocol="valve", device_ids=[valve.id]))
            raise ConnectionError

    with as_owner(), pytest.raises(ConnectionError):
        break_off()
    assert len(given) == 1
    assert [one.id for one in claim(valve)] == [given[0].id]


def test_one_that_was_never_claimed_says_so(valve: Device) -> None:
    command = ask(valve)
    end(command)
    with acting_as(SYSTEM):
        assert api.get_command(actor=SYSTEM, command_id=command.id).reason_code == "sense.command.never-connected"
    finish(command)  # nobody sent it: no word of it can be true
    assert state(command) is CommandState.EXPIRED


# --- interlocks -------------------------------------------------------------------------------------------------------------


def test_a_refusal_names_the_interlock_and_the_value_seen(valve: Device) -> None:
    guard(valve, ValueLimit("level", high=50), title=Text("高水位限制", "High water"))
    assert refused(valve, level=60) == "高水位限制：开度 60 高于允许的最高值 50。"
    assert ask(valve, params={"level": 50}).state is CommandState.REQUESTED


def test_a_condition_on_another_device_out_of_sight(valve: Device, make_device: Any) -> None:
    tank = make_device(place_path="50.c")
    guard(valve, OnlyIf(COD, "<", 5, fresh_seconds=60, device=tank.id))
    assert COD in refused(valve)
    measure(tank, 7, 5)
    said = refused(valve)
    assert "7" in said
    assert tank.identity in said
    measure(tank, 3, 3)
    assert ask(valve).state is CommandState.REQUESTED
    measure(tank, 3, 1, flag=DataFlag.FAULT)
    assert "无效" in refused(valve)


def test_a_clock_ahead_makes_no_value_fresh(valve: Device) -> None:
    guard(valve, OnlyIf(COD, "<", 5, fresh_seconds=60))
    at, received = now() + timedelta(minutes=8), now() - timedelta(minutes=2)
    with as_owner():
        series = series_of(valve)[COD, RTD]
        api.ingest(ReadingBatch.of(series_id=[series], at=[us(at)], value=[1], received_at=received))
    assert "w01018" in refused(valve)


def test_it_is_judged_again_when_the_door_claims_it(valve: Device) -> None:
    guard(valve, OnlyIf(COD, "<", 5))
    measure(valve, 3, 20)
    command = ask(valve)
    measure(valve, 9, 10)
    assert claim(valve) == []
    with acting_as(SYSTEM):
        found = api.get_command(actor=SYSTEM, command_id=command.id)
    assert (found.state, found.reason_code, found.reason_params["value"]) == (
        CommandState.REFUSED,
        "sense.interlock.condition",
        9,
    )
    assert acts(command) == [CommandAct.REQUESTED, CommandAct.REFUSED]


def test_pause_change_and_exclusion_look_at_what_went_before(valve: Device) -> None:
    guard(valve, Pause(60))
    guard(valve, Exclusive(("open",)), command="close")
    ask(valve)
    refused(valve, "close")
    (given,) = claim(valve)
    send(given)
    refused(valve, "close")
    finish(given)
    assert ask(valve, "close").state is CommandState.REQUESTED
    assert "60" in refused(valve)
    with acting_as(ALICE):
        standing = api.list_interlocks(actor=ALICE, device_id=valve.id)
        api.withdraw_interlock(actor=ALICE, interlock_id=next(one.id for one in standing if one.command == "open" and one.id))
    guard(valve, ChangeLimit("level", 5, 3600))
    refused(valve, level=20)
    assert ask(valve, params={"level": 15}).state is CommandState.REQUESTED


def test_a_profile_guards_all_its_devices_and_only_the_city_may_say_so(valve: Device, make_device: Any) -> None:
    with pytest.raises(PermissionDenied), acting_as(ALICE):
        api.define_interlock(actor=ALICE, interlock=ValueLimit("level", high=5), profile="valve")
    city = person("市", "50")
    with acting_as(city):
        api.define_interlock(actor=city, interlock=ValueLimit("level", high=5), profile="valve", command="open")
    refused(valve, level=6)
    other = make_device(protocol="valve", profile="other")
    assert ask(other).state is CommandState.REQUESTED


def test_locked_out_until_released_reads_pass(valve: Device) -> None:
    with acting_as(BOB):
        lock = api.lock_device(
            actor=BOB, device_id=valve.id, kind=LockKind.MAINTENANCE, reason="检修阀门", until=now() + timedelta(hours=1)
        )
    said = refused(valve)
    assert "乙" in said
    assert "检修阀门" in said
    assert ask(valve, "read").state is CommandState.REQUESTED
    with acting_as(ALICE):
        assert [one.id for one in api.list_locks(actor=ALICE, device_ids=[valve.id])] == [lock.id]
        api.release_device(actor=ALICE, lock_id=lock.id)
    assert ask(valve).state is CommandState.REQUESTED
    for reason, until in (("", 1), ("x", -1), ("x", 24 * 365)):
        with pytest.raises(Invalid), acting_as(BOB):
            api.lock_device(
                actor=BOB, device_id=valve.id, kind=LockKind.LOCAL, reason=reason, until=now() + timedelta(hours=until)
            )


def test_a_lock_out_stops_what_waits_already(valve: Device) -> None:
    command = ask(valve)
    with acting_as(BOB):
        api.lock_device(actor=BOB, device_id=valve.id, kind=LockKind.LOCAL, reason="就地操作", until=now() + timedelta(hours=1))
    assert claim(valve) == []
    assert state(command) is CommandState.REFUSED


def lock(device: Device) -> None:
    with acting_as(BOB):
        api.lock_device(actor=BOB, device_id=device.id, kind=LockKind.LOCAL, reason="就地操作", until=now() + timedelta(hours=1))


def test_a_lock_out_stops_what_a_door_has_claimed_and_not_sent(valve: Device) -> None:
    command, reading = ask(valve), ask(valve, "read")
    assert len(claim(valve)) == 2
    lock(valve)
    assert (send(command), state(command), acts(command)[-1]) == (False, CommandState.REFUSED, CommandAct.REFUSED)
    assert send(reading)


def test_a_lock_out_leaves_what_is_on_the_wire_to_its_word(valve: Device) -> None:
    command = ask(valve)
    claim(valve)
    send(command)
    lock(valve)
    assert state(command) is CommandState.SENT
    finish(command)
    assert state(command) is CommandState.DONE


def test_a_device_that_is_disabled_gets_nothing_more(valve: Device) -> None:
    waiting, claimed = ask(valve), ask(valve, "read")
    with as_owner():
        CommandRecord.objects.filter(id=claimed.id).update(state=CommandState.SENDING, claimed_at=now())
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=valve.id, enabled=False)
    assert [state(one) for one in (waiting, claimed)] == [CommandState.REFUSED] * 2
    assert not send(claimed)


def test_a_rule_keeps_its_refusal(valve: Device) -> None:
    guard(valve, ValueLimit("level", high=5))
    command = ask(valve, actor=Actor.system("sense.rule"), cause=CommandCause(rule_key="too-full"), keep_refused=True)
    assert (command.state, command.reason_code) == (CommandState.REFUSED, "sense.interlock.above")
    assert claim(valve) == []


# --- two persons --------------------------------------------------------------------------------------------------------------


def test_two_persons_are_two(valve: Device) -> None:
    command = ask(valve, "purge")
    assert command.state is CommandState.AWAITING
    assert claim(valve) == []
    for actor, error in (
        (ALICE, Conflict),
        (SYSTEM, Conflict),
        (person("丙", rights=RIGHTS - {"sense.command:approve"}), PermissionDenied),
    ):
        with pytest.raises(error), acting_as(actor):
            api.approve_command(actor=actor, command_id=command.id)
    with acting_as(BOB):
        assert api.approve_command(actor=BOB, command_id=command.id).approved_by == "乙"
        with pytest.raises(Conflict):
            api.approve_command(actor=BOB, command_id=command.id)
    assert [one.id for one in claim(valve)] == [command.id]
    assert acts(command)[:2] == [CommandAct.REQUESTED, CommandAct.APPROVED]


def test_a_second_person_may_say_no_and_silence_is_no_yes(valve: Device) -> None:
    first, second = ask(valve, "purge"), ask(valve, "purge")
    with acting_as(BOB):
        with pytest.raises(Invalid):
            api.reject_command(actor=BOB, command_id=first.id, text=" ")
        assert api.reject_command(actor=BOB, command_id=first.id, text="下游有人").state is CommandState.REFUSED
    end(second)
    assert state(second) is CommandState.EXPIRED
    assert claim(valve) == []


def test_an_approval_is_judged_again(valve: Device) -> None:
    command = ask(valve, "purge")
    guard(valve, OnlyIf(COD, "<", 5), command="purge")
    with pytest.raises(Conflict), acting_as(BOB):
        api.approve_command(actor=BOB, command_id=command.id)
    assert state(command) is CommandState.AWAITING


# --- reach --------------------------------------------------------------------------------------------------------------------


def test_nobody_commands_or_sees_beyond_their_reach(valve: Device) -> None:
    command = ask(valve)
    stranger = person("外", "50.c")
    with acting_as(stranger):
        for call in (
            lambda: api.get_command(actor=stranger, command_id=command.id),
            lambda: api.cancel_command(actor=stranger, command_id=command.id),
            lambda: api.approve_command(actor=stranger, command_id=command.id),
            lambda: api.request_command(actor=stranger, device_id=valve.id, name="read", params={}),
            lambda: api.define_interlock(actor=stranger, interlock=Pause(5), device_id=valve.id),
            lambda: api.lock_device(
                actor=stranger, device_id=valve.id, kind=LockKind.LOCAL, reason="x", until=now() + timedelta(hours=1)
            ),
        ):
            with pytest.raises(NotFound):
                call()
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM sense_command), (SELECT count(*) FROM sense_command_step)")
            assert cursor.fetchone() == (0, 0)
    reader = person("读", rights=frozenset({"sense.device:read"}))
    with pytest.raises(PermissionDenied):
        ask(valve, actor=reader)


# --- many at once --------------------------------------------------------------------------------------------------------------


def test_one_command_for_many_devices(make_device: Any) -> None:
    valves = [make_device(protocol="valve") for _ in range(4)]
    guard(valves[0], ValueLimit("level", high=5))
    ids = [device.id for device in valves] + [make_device().id]
    with acting_as(ALICE):
        batch = api.request_commands(
            actor=ALICE, device_ids=ids, name="open", params={"level": 10}, note="统一开阀", request_key="once"
        )
        again = api.request_commands(actor=ALICE, device_ids=ids, name="open", params={"level": 10}, request_key="once")
    assert again == batch
    assert (batch.states, batch.total, batch.finished) == ({CommandState.REFUSED: 1, CommandState.REQUESTED: 3}, 4, 1)
    for command in claim(*valves)[:1]:
        send(command)
        finish(command)
    with acting_as(BOB):
        assert api.cancel_batch(actor=BOB, batch_id=batch.id) == 0
        found = api.get_command_batch(actor=BOB, batch_id=batch.id)
        assert found.states == {CommandState.REFUSED: 1, CommandState.SENDING: 2, CommandState.DONE: 1}
    with pytest.raises(Invalid), acting_as(ALICE):
        api.request_commands(actor=ALICE, device_ids=[make_device().id], name="open", params={"level": 10})


def test_a_profile_adds_commands_and_takes_the_place_of_the_protocols(make_device: Any) -> None:
    half = CommandType("open", Text("半开", "Open half"), (CommandField("level", Text("开度", "Opening"), "number", 0, 50),))
    extra = CommandType("flush", Text("冲洗", "Flush"), group=CommandGroup.CONTROL, source={"register": "coil", "address": 7})
    with acting_as(SYSTEM):
        profile = Profile(key="sample-valve", title=Text("样例阀", "Sample valve"), protocol="valve", commands=(half, extra))
        api.define_profile(actor=SYSTEM, profile=profile)
    device = make_device(protocol="valve", profile="sample-valve")
    names = [kind.name for kind in api.command_types(protocol="valve", profile="sample-valve")]
    assert names == ["open", "flush", "close", "read", "purge"]
    with pytest.raises(Invalid):
        ask(device, params={"level": 60})
    assert ask(device, "flush").state is CommandState.REQUESTED
