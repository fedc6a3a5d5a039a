"""Events through the outbox, beside raw inserts of the same bytes into the same server.

    python benchmarks/events.py [--events 4000] [--subjects 500] [--batch 100]

Emitting is measured one event to a transaction and in batches, with one subscriber; delivering with one and two dispatchers
(threads of one process) and a handler that does nothing; waking as the time from commit to handler. Prints rates and ratios.
"""

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

MODULE = "yuzhou_benchmark_part"


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=4000)
    options.add_argument("--subjects", type=int, default=500)
    options.add_argument("--batch", type=int, default=100)
    asked = options.parse_args()
    with database():
        measure(asked.events, asked.subjects, asked.batch)


def install() -> type:
    """A part with one event and one subscriber; returns the event's class."""
    from yuzhou.kernel import registry
    from yuzhou.kernel.declarations import Domain, Subscription
    from yuzhou.kernel.events.api import Event
    from yuzhou.kernel.text import Text

    class ThingMoved(Event):
        name: ClassVar[str] = "bench.ThingMoved@1"
        distance: int
        sent: float = 0.0

    module = ModuleType(MODULE)
    module.ThingMoved, module.waited = ThingMoved, []
    module.handle = lambda event: module.waited.append(time.time() - (event.payload["sent"] or time.time()))
    sys.modules[MODULE] = module
    subscription = Subscription(ThingMoved.name, f"{MODULE}:handle")
    part = Domain("bench", Text("测", "Bench"), events=(f"{MODULE}:ThingMoved",), subscriptions=(subscription,))
    registry.parts = lambda parts=(part,): parts
    return ThingMoved


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def measure(count: int, subjects: int, batch: int) -> None:
    """Raw, emitted, delivered, woken."""
    from django.db import connection

    kind = install()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE raw (id bigserial PRIMARY KEY, name text, subject text, payload jsonb, at timestamptz)")
    events = [kind(subject=f"urn:yuzhou:thing:{n % subjects}", distance=n) for n in range(count)]
    raw_one, raw_many = rate(count, lambda: insert(events, 1)), rate(count, lambda: insert(events, batch))
    one = rate(count, lambda: publish(events, 1))
    one_dispatcher = rate(count, lambda: deliver(1))
    many = rate(count, lambda: publish(events, batch))
    two_dispatchers = rate(count, lambda: deliver(2))
    print(f"raw insert, one to a transaction   {raw_one:9,.0f}/s")
    print(f"emit, one to a transaction         {one:9,.0f}/s   {one / raw_one:.2f} of raw")
    print(f"raw insert, {batch} to a transaction   {raw_many:9,.0f}/s")
    print(f"emit, {batch} to a transaction         {many:9,.0f}/s   {many / raw_many:.2f} of raw")
    print(f"deliver, one dispatcher            {one_dispatcher:9,.0f}/s   {one_dispatcher / raw_one:.2f} of raw")
    print(f"deliver, two dispatchers           {two_dispatchers:9,.0f}/s   {two_dispatchers / raw_one:.2f} of raw")
    waits = sorted(wake(kind))
    print(f"commit to handler, idle            median {statistics.median(waits) * 1000:.1f} ms, worst {waits[-1] * 1000:.1f} ms")


def insert(events: Sequence, batch: int) -> None:
    """The same rows without any of it."""
    from django.db import connection, transaction

    sql = "INSERT INTO raw (name, subject, payload, at) SELECT *, now() FROM unnest(%s::text[], %s::text[], %s::jsonb[])"
    for start in range(0, len(events), batch):
        part = events[start : start + batch]
        rows = [[e.name for e in part], [e.subject for e in part], [json.dumps(e.model_dump(mode="json")) for e in part]]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, rows)


def publish(events: Sequence, batch: int) -> None:
    """Emit them."""
    from django.db import transaction

    from yuzhou.kernel.events.api import emit_many

    for start in range(0, len(events), batch):
        with transaction.atomic():
            emit_many(events[start : start + batch])


def deliver(dispatchers: int) -> None:
    """Deliver everything that is due."""
    from yuzhou.kernel.events.api import Dispatcher

    run_all([Dispatcher().drain for _ in range(dispatchers)])


def run_all(bodies: Sequence[Callable[[], object]]) -> None:
    """Run in threads, each with a connection of its own."""
    from django.db import connection

    def run(body: Callable[[], object]) -> None:
        body()
        connection.close()

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wake(kind: type) -> list[float]:
    """Seconds from commit to handler for events that come singly."""
    from yuzhou.kernel.events.api import Dispatcher

    waited = sys.modules[MODULE].waited
    dispatcher = Dispatcher()
    dispatcher.drain()
    waited.clear()
    runner = threading.Thread(target=run_all, args=([dispatcher.run],))
    runner.start()
    time.sleep(0.5)
    for n in range(50):
        publish([kind(subject=f"urn:{n}", distance=n, sent=time.time())], 1)
        time.sleep(0.03)
    time.sleep(1)
    dispatcher.stop.set()
    runner.join()
    return waited


if __name__ == "__main__":
    main()
