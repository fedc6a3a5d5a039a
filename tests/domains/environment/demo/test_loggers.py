"""The simulated loggers and recordings as clients of a real gateway."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.capabilities.sense.doors.hj212.conftest import ask, register, rows, running_gateway, start_afresh
from tests.capabilities.sense.doors.hj212.samples import SHARED
from yuzhou.domains.environment.demo.cast import OUTLETS
from yuzhou.domains.environment.demo.logger import SimulatedLogger
from yuzhou.domains.environment.demo.memory import Memory
from yuzhou.domains.environment.demo.replay import recorded_frames, replay
from yuzhou.domains.environment.demo.simulate import limits_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


@pytest.fixture
def empty(transactional_db: None) -> None:
    start_afresh()


async def test_loggers_reissue_catch_up_and_remember(empty: None, tmp_path: Path) -> None:
    chosen = [outlet for outlet in OUTLETS if outlet.number in (1, 8, 10, 16, 19)]
    await ask(lambda: [register(outlet.mn, secret=outlet.password) for outlet in chosen])
    memory = Memory(tmp_path / "memory.json")
    async with running_gateway() as gateway:
        loggers = [
            SimulatedLogger(
                outlet, limits_of(outlet), host="127.0.0.1", port=gateway.port, remember=memory.remember, history_seconds=7200
            )
            for outlet in chosen
        ]
        tasks = [asyncio.create_task(one.run()) for one in loggers]
        deadline = time.monotonic() + 30
        while not all(one.is_live and one.acknowledged >= 36 for one in loggers) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(one.is_live for one in loggers)
    stored = await ask(lambda: rows("SELECT count(*), min(r.at) < now() - interval '110 minutes' FROM sense_reading r"))
    assert stored[0][0] > 1000
    assert stored[0][1]
    codes = await ask(lambda: {code for (code,) in rows("SELECT code FROM sense_quarantine")})
    assert codes <= {"hj212.crc", "hj212.length"}
    quirks = await ask(lambda: {one for (one,) in rows("SELECT quirks FROM sense_raw_frame")})
    assert "crc-lower semicolon-at-end" in quirks
    memory.save()
    assert all(time.time() - Memory(tmp_path / "memory.json").progress(outlet.mn) < 1200 for outlet in chosen)


async def test_recordings_come_as_they_are(empty: None, tmp_path: Path) -> None:
    frame = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80"
    (tmp_path / "some.jsonl").write_text(json.dumps({"frame": frame}) + "\n" + json.dumps({"frame": frame[:-1] + "1"}) + "\n")
    async with running_gateway() as gateway:
        assert await replay(tmp_path, "127.0.0.1", gateway.port) == 2
        codes = await ask(lambda: sorted(rows("SELECT code, identity FROM sense_quarantine")))
        assert codes == [("hj212.crc", "010000A8900016F000169DC0"), ("hj212.unknown-device", "010000A8900016F000169DC0")]


async def test_the_shared_recordings(empty: None) -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared sensing data is not at hand; set YUZHOU_SHARED_DATA")
    expected = len(list(recorded_frames(SHARED)))
    await ask(lambda: register("010000A8900016F000169DC0", secret="123456"))
    async with running_gateway() as gateway:
        assert await replay(SHARED, "127.0.0.1", gateway.port) == expected > 13
        codes = await ask(lambda: dict(rows("SELECT code, count(*) FROM sense_quarantine GROUP BY code")))
        assert codes["hj212.crc"] == 4
        assert codes["hj212.past-time"] > 5
