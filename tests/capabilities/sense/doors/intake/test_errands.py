"""A device's word on a command is told to the database when it is there again."""

import asyncio

import pytest
from django.db import OperationalError

from yuzhou.capabilities.sense.doors.intake import errands
from yuzhou.capabilities.sense.doors.intake.errands import Errands


async def test_an_errand_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "PAUSES", (0.01,) * 5)
    tries: list[str] = []

    def away_twice(word: str) -> None:
        tries.append(word)
        if len(tries) < 3:
            raise OperationalError("the database is away")

    one = Errands("test")
    one.background(away_twice, "done")
    await one.settle(5.0)
    one.close()
    assert tries == ["done"] * 3


async def test_an_errand_that_is_wrong_is_not_repeated() -> None:
    tries: list[int] = []

    def wrong() -> None:
        tries.append(1)
        raise ValueError("wrong")

    one = Errands("test")
    one.background(wrong)
    await one.settle(5.0)
    assert tries == [1]
    assert await one.run(len, "abc") == 3
    one.close()


async def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "PAUSES", (60.0,))

    def away() -> None:
        raise OperationalError("the database is away")

    one = Errands("test")
    one.background(away)
    await asyncio.wait_for(one.settle(0.2), 5.0)
    one.close()
