"""What `up` refuses before it starts anything."""

from pathlib import Path

import pytest

from yuzhou.project.cli import up
from yuzhou.project.processes.ports import is_loopback

EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused, not bound


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.7", "city.example", "localhost.city.example", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("detach", [[], ["--detach"]])
def test_the_demonstration_is_not_shown_to_the_network_unasked(
    detach: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert up.run(["--demo", "--host", EVERYWHERE, "--data", str(data), *detach]) == 2
    told = capsys.readouterr().err
    assert EVERYWHERE in told
    assert "密码是公开的" in told
    assert "password that everybody knows" in told
    assert told.count("--demo-public") == 2
    assert not data.exists(), "nothing was begun"


@pytest.mark.parametrize(
    "arguments",
    [["--demo"], ["--demo", "--host", "::1"], ["--host", EVERYWHERE], ["--demo", "--demo-public", "--host", EVERYWHERE]],
)
def test_what_is_asked_for_begins(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr("yuzhou.project.cli.detach.start_detached", lambda data, given: begun.append(given) or 0)
    assert up.run([*arguments, "--detach"]) == 0
    assert begun == [arguments]
