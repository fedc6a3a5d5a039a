"""Tickers: in one process at a time, and not ended by a bad run."""

import threading
import time
from types import ModuleType

import pytest
from django.db import connection

from yuzhou.kernel import registry
from yuzhou.kernel.jobs.api import list_tickers
from yuzhou.kernel.jobs.tickers import TickerLoop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


def start(stop: threading.Event) -> threading.Thread:
    ((_, ticker),) = registry.every("tickers")

    def run() -> None:
        TickerLoop(ticker, stop).run()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_ticker_runs_in_one_process_at_a_time(part: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhou.kernel.jobs.tickers.CONTEND_SECONDS", 0.05)
    runners: list[int] = []
    part.run = lambda: runners.append(threading.get_ident())
    first_stop, second_stop = threading.Event(), threading.Event()
    first = start(first_stop)
    while len(runners) < 3:
        time.sleep(0.01)
    second = start(second_stop)
    time.sleep(0.3)
    assert set(runners) == {first.ident}
    first_stop.set()
    first.join()
    count = len(runners)
    while len(runners) < count + 2:
        time.sleep(0.01)
    second_stop.set()
    second.join()
    assert set(runners[count:]) == {second.ident}


def test_a_bad_run_is_noted_and_the_next_one_comes(part: ModuleType) -> None:
    runs: list[str] = []

    def run() -> None:
        runs.append("run")
        if len(runs) == 1:
            raise ValueError("a bad moment")

    part.run = run
    stop = threading.Event()
    thread = start(stop)
    while len(runs) < 3:
        time.sleep(0.01)
    stop.set()
    thread.join()
    (state,) = list_tickers()
    assert (state.name, state.error) == ("testing.tick", "")
