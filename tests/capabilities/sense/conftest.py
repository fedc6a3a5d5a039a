"""Devices to play with."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.capabilities.sense.stage import AMMONIA, COD, HOUR, RTD, SYSTEM
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, SeriesSpec
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.partitions import forget_partitions
from yuzhou.capabilities.sense.services.staging import forget_staging
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    """Each test's database starts afresh, so must the copy in memory."""
    forget_engine()
    forget_partitions()
    forget_staging()
    yield
    forget_engine()
    forget_partitions()
    forget_staging()


@pytest.fixture
def make_device(db: None) -> Callable[..., Device]:
    """Registers devices with series."""
    counter = iter(range(1, 1000))

    def make(place_path: str = "50.a.b", **more: Any) -> Device:
        number = next(counter)
        series = more.pop("series", [(COD, RTD), (COD, HOUR), (AMMONIA, RTD)])
        given: dict[str, Any] = {"identity": f"MN{number:022d}", "secret": "123456", "profile": "outlet", "protocol": "hj212"}
        given["title"] = Text(f"样例监测点{number}", f"Sample point {number}")
        with acting_as(SYSTEM):
            return api.register_device(
                actor=SYSTEM,
                place_path=place_path,
                series=[SeriesSpec(prop, statistic, "mg/L", Text(prop, prop)) for prop, statistic in series],
                **(given | more),
            )

    return make
