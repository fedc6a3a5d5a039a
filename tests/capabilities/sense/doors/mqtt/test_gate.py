"""Who may come in."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.mqtt.gate import Gate, read_request
from yuzhou.kernel.nkeys import AccountKey, claims_of

KEY = AccountKey(b"k" * 32)


def link(identity: str, secret: str) -> DeviceLink:
    return DeviceLink(DirectoryEntry(uuid.uuid4(), identity, secret, "", 600, False), 0.0)


LINKS = {name: link(name, "s3cret") for name in ("pump", "other", "g/n")} | {"mute": link("mute", "")}


def question(user: str, password: str, client: str = "", kind: str = "mqtt") -> bytes:
    asked = {
        "server_id": {"id": "NSERVER"},
        "user_nkey": "UUSER",
        "client_info": {"host": "10.0.0.7", "type": kind, "mqtt_id": client or user},
        "connect_opts": {"user": user, "pass": password},
    }
    return AccountKey(b"s" * 32).sign({"nats": asked}).encode()


def gate(in_use: dict[str, str] | None = None, held: float = 0.0) -> Gate:
    return Gate(KEY, "CITY", LINKS.get, in_use or {}, lambda _: held, 1000)


def told(answer: str) -> dict[str, Any]:
    claims = claims_of(answer)
    assert claims["iss"] == KEY.public
    assert (claims["aud"], claims["sub"]) == ("NSERVER", "UUSER")
    return dict(claims["nats"])


def test_a_device_comes_in_with_leave_for_its_own_topics() -> None:
    verdict = gate().decide(question("pump", "s3cret"))
    assert not verdict.code
    leave = claims_of(told(verdict.answer)["jwt"])
    assert (leave["aud"], leave["name"]) == ("CITY", "pump")
    assert all(".pump." in subject + "." for subject in leave["nats"]["pub"]["allow"])
    assert leave["nats"]["payload"] == 1000


def test_an_edge_node_comes_in_under_group_and_node() -> None:
    leave = claims_of(told(gate().decide(question("g/n", "s3cret", "edge-7")).answer)["jwt"])
    assert "spBv1//0.g.DDATA.n.*" in leave["nats"]["pub"]["allow"]
    assert "spBv1//0.g.NCMD.n" in leave["nats"]["sub"]["allow"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (question("nobody", "s3cret"), "unknown-device"),
        (question("pump", "wrong"), "wrong-password"),
        (question("pump", ""), "wrong-password"),
        (question("mute", ""), "wrong-password"),
        (question("", ""), "unknown-device"),
        (question("pump", "s3cret", kind="nats"), "not-mqtt"),
        (question("pump", "s3cret", "other"), "client-taken"),
        (question("pump", "s3cret", "shared"), "client-taken"),
        (question("pump/#", "s3cret"), "unknown-device"),
    ],
    ids=lambda value: value if isinstance(value, str) else "question",  # the questions are signed anew in each process
)
def test_others_stay_outside(asked: bytes, code: str) -> None:
    verdict = gate({"shared": "other"}).decide(asked)
    assert verdict.code == code
    assert told(verdict.answer)["error"] == code
    assert b"s3cret" not in verdict.caller.shown


def test_who_sent_too_much_waits_outside() -> None:
    assert gate(held=3.0).decide(question("pump", "s3cret")).code == "too-many-frames"


@given(st.binary(max_size=80))
def test_what_is_no_question_is_refused(token: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_request(token)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_caller_gets_an_answer(user: str, password: str, client: str) -> None:
    told(gate().decide(question(user, password, client)).answer)
