"""docs/doors/http.md: its examples are sent to a door as they stand, and answered as they say; it names what exists."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.capabilities.sense.doors.http.conftest import ask, running_door
from tests.capabilities.sense.doors.http.test_readings import token
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings

ROOT = Path(__file__).parents[5]
PAGE = (ROOT / "docs" / "doors" / "http.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```http\n(.*?)\n```\n```json\n(.*?)\n```", re.S)
UNUSED = {
    "max_connections",
    "connection_frames",
    "frame_seconds",
    "idle_seconds",
    "stranger_seconds",
    "answer_seconds",
    "retries",
}


@pytest.mark.owner
@pytest.mark.usefixtures("stations")
async def test_the_examples_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhou.capabilities.sense.doors.payloads.columns.AHEAD", 10**18)  # the page has dates of its own
    monkeypatch.setattr("yuzhou.capabilities.sense.doors.payloads.columns.BEHIND", 10**18)
    secret = await ask(lambda: token("sense.reading:write"))
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == 4
    async with running_door() as (_, client):
        for request, expected in examples:
            head, _, body = request.replace("{token}", secret).partition("\n\n")
            first, *lines = head.split("\n")
            method, path = first.split(" ")
            headers = dict(line.split(": ", 1) for line in lines)
            answer = await client.request(method, path, headers=headers, content=(body + "\n").encode())
            assert answer.status_code == 200, answer.text
            assert answer.json() == json.loads(expected)


def test_every_setting_is_named() -> None:
    settings = PAGE.rsplit("Settings, each from the environment", 1)[1]
    named = set(re.findall(r"`([A-Z_]+[A-Z])`", settings))
    assert named == {field.name.upper() for field in fields(HttpSettings) if field.name not in UNUSED}
