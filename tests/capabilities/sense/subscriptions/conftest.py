"""A receiver that may be reached, and nothing known from the test before."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.capabilities.sense.subscriptions.stage import Receiver, receiving
from yuzhou.capabilities.sense.services.subscriptions.noticing import forget_interest
from yuzhou.capabilities.sense.services.subscriptions.series import watched_series


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    forget_interest()
    watched_series.forget()
    yield
    forget_interest()
    watched_series.forget()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.YUZHOU_NOTIFIER_ALLOW = "127.0.0.0/8"
    with receiving() as found:
        yield found
