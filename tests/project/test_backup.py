"""What a backup holds comes back: rows, files, streams and keys."""

import asyncio
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import nats
import psycopg
import pytest

from tests.server import RunningServer, shared_folder, start_server
from yuzhou.project.processes.account import give_to_account
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.database import embedded_server

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("backup")]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the backups and the restored platforms."""
    import shutil

    made = shared_folder("yuzhou-backup-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def original(folder: Path) -> Iterator[RunningServer]:
    """A platform with something in each of its stores."""
    server = start_server(folder / "original")
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept_thing (id int PRIMARY KEY, name text)")
        connection.execute("INSERT INTO kept_thing SELECT n, '出水口 ' || n FROM generate_series(1, 1000) AS n")
    for name in ("files/2026/报告.txt", "parquet/day=2026-08-01/part.parquet", "keys/test-key"):
        path = server.folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)
        give_to_account(path)
    yield server
    server.stop()


def bus_url(server: RunningServer) -> str:
    state = server.folder.state()
    return EmbeddedBus(server.folder.bus, state["bus_port"], server.mqtt_port, server.folder.secret("bus")).url()


def rows(server: RunningServer) -> list[tuple[int, str]]:
    with psycopg.connect(server.database_url) as connection:
        return connection.execute("SELECT id, name FROM kept_thing ORDER BY id").fetchall()


def users(server: RunningServer) -> list[tuple[str, str]]:
    address = embedded_server(server.folder, server.folder.state()["postgres_port"]).url("yuzhou")
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT username, password FROM kernel_access_user ORDER BY username").fetchall()


def restore(archive: Path, data: Path, server: RunningServer) -> subprocess.CompletedProcess[str]:
    return server.run("restore", str(archive), "--data", str(data))


async def fill_stream(url: str) -> None:
    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="READINGS", subjects=["readings.>"])
    for number in range(50):
        await stream.publish("readings.a", str(number).encode())
    await stream.pull_subscribe("readings.>", "reader")
    await client.close()


async def read_stream(url: str) -> list[int]:
    client = await nats.connect(url)
    subscription = await client.jetstream().pull_subscribe("readings.>", "reader")
    messages = await subscription.fetch(50, timeout=5)
    await client.close()
    return [int(message.data) for message in messages]


@pytest.fixture(scope="module")
def archive(original: RunningServer, folder: Path) -> Path:
    """A backup of the running platform."""
    asyncio.run(fill_stream(bus_url(original)))
    file = folder / "running.tar"
    done = original.run("backup", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    return file


def test_a_backup_of_the_running_platform_comes_back_whole(original: RunningServer, archive: Path, folder: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    done = restore(archive, folder / "restored" / "data", original)
    assert done.returncode == 0, done.stdout + done.stderr
    restored = start_server(folder / "restored")
    try:
        assert restored.password == ""  # it has its administrator already
        assert rows(restored) == rows(original)
        assert users(restored) == users(original) != []
        for name in ("files/2026/报告.txt", "parquet/day=2026-08-01/part.parquet"):
            assert (restored.folder.path / name).read_bytes() == (original.folder.path / name).read_bytes()
        assert keys(restored) == keys(original)
        assert asyncio.run(read_stream(bus_url(restored))) == list(range(50))
    finally:
        restored.stop()


def keys(server: RunningServer) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in server.folder.keys.iterdir() if path.is_file()}


def test_only_an_empty_folder_takes_a_backup(original: RunningServer, archive: Path, folder: Path) -> None:
    full = folder / "full"
    full.mkdir()
    (full / "something").write_text("mine")
    done = restore(archive, full, original)
    assert done.returncode == 3
    assert "empty" in done.stderr
    assert [path.name for path in full.iterdir()] == ["something"]


def test_a_damaged_backup_is_refused(original: RunningServer, archive: Path, folder: Path) -> None:
    damaged = folder / "damaged.tar"
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as packed:
        place = packed.getmember("files/2026/报告.txt").offset_data
    content[place] ^= 0xFF
    damaged.write_bytes(content)
    done = restore(damaged, folder / "from-damaged", original)
    assert done.returncode == 1
    assert "报告.txt is damaged" in done.stderr


def test_a_stopped_platform_is_backed_up_and_upgraded(original: RunningServer, folder: Path) -> None:
    before = rows(original)
    done = original.run("upgrade", "--backup", str(folder / "upgrade.tar"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "upgrade.tar").exists()
    done = original.run("backup", str(folder / "stopped.tar"))
    assert done.returncode == 0, done.stdout + done.stderr
    again = start_server(folder / "original")
    try:
        assert rows(again) == before
    finally:
        again.stop()
