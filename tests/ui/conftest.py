"""What the tests of pages share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from yuzhou.kernel.actor import Actor

DIST = Path(__file__).parents[2] / "src" / "yuzhou" / "ui" / "static" / "ui" / "dist"


@pytest.fixture
def ask() -> Callable[..., HttpRequest]:
    """A request for an address by anyone."""

    def make(address: str = "/", **parameters: str) -> HttpRequest:
        request = RequestFactory().get(address, parameters)
        request.actor = Actor.public()
        return request

    return make


@pytest.fixture
def bundle() -> Path:
    """The built frontend; tests that need it are skipped where it was not built."""
    if not (DIST / "style.css").exists():
        pytest.skip("the frontend is not built: run `npm ci && npm run build`")
    return DIST
