"""The example of the documentation runs as it stands, through an HTTP client that knows nothing of Django."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from tests.capabilities.sense.ngsild.client import Broker

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[4] / "docs" / "ngsi-ld.md"


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Requests leave the test's transaction open, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("kept_connection")
def test_the_example_runs(broker: Broker) -> None:
    _, example = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    transport = httpx.WSGITransport(app=get_wsgi_application())
    with httpx.Client(transport=transport, base_url="http://testserver", headers=broker._headers) as city:
        names = {"city": city}
        exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102  our own page
        assert names["page"].json()[0]["id"] == "urn:ngsi-ld:ParkingLot:1"
