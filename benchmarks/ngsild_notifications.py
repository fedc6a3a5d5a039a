"""Notifications of NGSI-LD subscriptions per second, from the write to the receiver, beside plain posts to the same receiver.

    python benchmarks/ngsild_notifications.py --changes 2000 --subscriptions 4

The receiver is a process of its own that answers 204 and counts. "one by one" writes a change, and the next when it was told:
the latency. "in a row" writes all, and takes the time until the last entity was told; entities of one look come together.
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import time
from typing import Any

os.environ.setdefault("YUZHOU_NOTIFIER_ALLOW", "127.0.0.0/8")
NAME = "https://uri.etsi.org/ngsi-ld/default-context/"


def receive(port: int, told: Any, notifications: Any) -> None:
    """Answer 204 to everything, and count entities and notifications."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            length = 0
            while line not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = await reader.readline()
            body = await reader.readexactly(length)
            told.value += body.count(b'"type":"Room"')
            notifications.value += 1
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def serve() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
            await server.serve_forever()

    asyncio.run(serve())


def write(number: int, value: int) -> None:
    """What a client's write does to an entity: its row and the note of its change."""
    from yuzhou.capabilities.sense.contracts.subscriptions import AttributeChange, Change
    from yuzhou.capabilities.sense.models import EntityRecord
    from yuzhou.capabilities.sense.rules.ngsild.interest import Happened
    from yuzhou.capabilities.sense.services.subscriptions.noticing import note_changes
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.clock import now
    from yuzhou.kernel.transactions import acting_as

    moment, urn = now(), f"urn:ngsi-ld:Room:{number}"
    document = {NAME + "temperature": [{"type": "Property", "value": value}]}
    with acting_as(Actor.system("benchmark")):
        EntityRecord.objects.update_or_create(
            urn=urn,
            defaults={
                "types": [NAME + "Room"],
                "place_path": "50",
                "document": document,
                "modified_at": moment,
                "created_at": moment,
            },
        )
        changed = AttributeChange(NAME + "temperature", Happened.UPDATED)
        note_changes(changes=[Change(urn, (NAME + "Room",), Happened.UPDATED, "50", None, moment, (changed,))])


def main() -> None:
    """Measure."""
    from stage import database, free_port

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--subscriptions", type=int, default=4)
    given = parser.parse_args()
    told, notifications = multiprocessing.Value("q", 0), multiprocessing.Value("q", 0)
    port = free_port()
    receiver = multiprocessing.Process(target=receive, args=(port, told, notifications), daemon=True)
    receiver.start()
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)
    with database():
        url = f"http://127.0.0.1:{port}/"
        posts(url, given.changes)
        told.value = notifications.value = 0
        asyncio.run(measure(given, url, told, notifications))
    receiver.kill()


def posts(url: str, count: int) -> None:
    """The limit: bodies of the same size, one after the other over one connection."""
    from yuzhou.kernel.outbound import Caller, find_target, parse_networks

    caller = Caller(find_target(url, parse_networks("127.0.0.0/8")))
    began = time.perf_counter()
    for _ in range(count):
        caller.post(b"x" * 400, {"Content-Type": "application/json"})
    print(f"plain posts over one connection: {count / (time.perf_counter() - began):,.0f}/s")


async def measure(given: argparse.Namespace, url: str, told: Any, notifications: Any) -> None:
    """The notifier in this process, with its threads."""
    from yuzhou.capabilities.sense.doors.notifier.process import Notifier
    from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings

    await asyncio.to_thread(subscribe, url, 1)
    notifier = Notifier(NotifierSettings())
    await notifier.open()
    await asyncio.sleep(1)
    seconds = await asyncio.to_thread(one_by_one, told)
    slow = sorted(seconds)[int(len(seconds) * 0.95)]
    print(f"one by one: median {statistics.median(seconds) * 1000:.1f} ms, 95 % {slow * 1000:.1f} ms")
    await asyncio.to_thread(subscribe, url, given.subscriptions - 1)
    await asyncio.sleep(1)
    told.value = notifications.value = 0
    took, wrote = await asyncio.to_thread(in_a_row, given, told)
    sent = notifications.value
    print(f"in a row: {given.changes / wrote:,.0f} writes/s")
    print(f"told: {told.value / took:,.0f} entities/s in {sent / took:,.0f} notifications/s")
    await notifier.close()


def subscribe(url: str, count: int) -> None:
    """As many subscriptions to rooms."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    body = {"type": "Subscription", "entities": [{"type": "Room"}], "notification": {"endpoint": {"uri": url}}}
    for _ in range(count):
        with acting_as(actor):
            api.create_subscription(actor=actor, body=body, context=CORE_CONTEXT)


def one_by_one(told: Any) -> list[float]:
    """Seconds from the write to its telling."""
    seconds = []
    for value in range(100):
        began, before = time.perf_counter(), told.value
        write(0, value)
        while told.value == before:
            time.sleep(0.0005)
        seconds.append(time.perf_counter() - began)
    return seconds


def in_a_row(given: argparse.Namespace, told: Any) -> tuple[float, float]:
    """Seconds until everything was told, and until everything was written."""
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    began = time.perf_counter()
    for start in range(0, given.changes, 100):
        with acting_as(Actor.system("benchmark")):  # a batch operation of a client
            for number in range(start, min(start + 100, given.changes)):
                write(number + 1, number)
    wrote = time.perf_counter() - began
    while told.value < given.changes * given.subscriptions:
        time.sleep(0.005)
        if time.perf_counter() - began > 120:
            break
    return time.perf_counter() - began, wrote


if __name__ == "__main__":
    main()
