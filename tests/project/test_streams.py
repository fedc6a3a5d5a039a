"""Open pages hear what they may hear, and nothing else."""

import json
import socket
import threading
import urllib.request
from uuid import UUID, uuid4

import nats
import pytest
from django.core.signing import BadSignature

from tests.server import RunningServer
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.streams.listeners import Listener, Listeners, Message
from yuzhou.project.streams.tickets import issue_ticket, read_ticket

ORGANISATION = UUID(int=7)


def officer(place: str) -> Actor:
    return Actor(
        ActorKind.PERSON, "officer", uuid4(), grants=(Grant("officer", frozenset({"sense.alarm:see"}), place_path=place),)
    )


def alarm(place: str) -> Message:
    return Message("sense.alarm", "{}", "sense.alarm:see", place, ORGANISATION)


def test_an_officer_hears_of_their_district_only() -> None:
    assert alarm("50.0103.001").may_be_heard_by(officer("50.0103"))
    assert not alarm("50.0104.001").may_be_heard_by(officer("50.0103"))


def test_a_firm_hears_of_itself() -> None:
    member = Actor(
        ActorKind.PERSON, "m", uuid4(), grants=(Grant("firm", frozenset({"sense.alarm:see"}), organisation=ORGANISATION),)
    )
    assert alarm("50.0104").may_be_heard_by(member)
    assert not Message("a", "{}", "sense.alarm:see", "50.0104", UUID(int=8)).may_be_heard_by(member)


def test_the_public_hears_only_what_needs_no_permission() -> None:
    assert not alarm("50").may_be_heard_by(Actor.public())
    assert Message("publish.notice", "{}").may_be_heard_by(Actor.public())


def test_a_subject_includes_those_below_it() -> None:
    listener = Listener(Actor.public(), ("sense.series",))
    assert listener.wants(Message("sense.series.42", "{}"))
    assert not listener.wants(Message("sense.seriesx", "{}"))


def test_a_slow_page_loses_messages_and_is_told() -> None:
    listeners, listener = Listeners(), Listener(Actor.public())
    listeners.add(listener)
    for _ in range(300):
        listeners.spread(Message("a", "{}"))
    assert listener.waiting.qsize() == 256
    assert listener.has_lost


def test_one_person_cannot_take_all_places() -> None:
    listeners, person = Listeners(largest_of_one=3), officer("50")
    assert [listeners.add(Listener(person)) for _ in range(4)] == [True, True, True, False]
    assert listeners.add(Listener(officer("50")))


def test_tickets_name_people_and_cannot_be_forged() -> None:
    assert read_ticket(issue_ticket(ORGANISATION)) == ORGANISATION
    assert read_ticket(issue_ticket(None)) is None
    with pytest.raises(BadSignature):
        read_ticket(issue_ticket(ORGANISATION).replace(str(ORGANISATION), str(UUID(int=9))))


@pytest.mark.server
async def test_a_page_hears_over_the_real_bus(server: RunningServer) -> None:
    state = server.folder.state()
    heard: list[str] = []
    opened = threading.Event()

    def listen() -> None:
        with urllib.request.urlopen(f"{server.url}/streams/live?subject=test.news", timeout=20) as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            response.readline()
            opened.set()
            while not heard:
                line = response.readline().decode()
                if line.startswith("data: "):
                    heard.append(line.removeprefix("data: "))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(15)
    bus = EmbeddedBus(server.folder.bus, state["bus_port"], server.mqtt_port, server.folder.secret("bus"))
    client = await nats.connect(bus.url())
    for subject, headers in (("secret", {"permission": "sense.alarm:see"}), ("news", {"permission": ""})):
        await client.publish(f"live.test.{subject}", json.dumps({"said": subject}).encode(), headers=headers)
    await client.flush()
    await client.close()
    thread.join(15)
    assert json.loads(heard[0]) == {"subject": "test.news", "payload": {"said": "news"}}


@pytest.mark.server
def test_a_forged_ticket_is_refused(server: RunningServer) -> None:
    port = server.folder.state()["streams_url"].rpartition(":")[2]
    with socket.create_connection(("127.0.0.1", int(port)), 5) as connection:
        connection.sendall(b"GET /streams/live?ticket=forged HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 401 " in connection.recv(200)
