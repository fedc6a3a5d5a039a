"""The key ring and what it closes."""

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.keys import api, ring


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A data folder of one's own."""
    settings.DATA_FOLDER = tmp_path / "data"
    return tmp_path / "data"


def test_the_ring_is_made_at_first_use_for_its_owner_alone(folder: Path) -> None:
    api.encrypt("p", b"x")
    file = folder / "keys" / "ring.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [p.name for p in file.parent.iterdir()] == ["ring.json"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.binary(max_size=200), purpose=st.text(min_size=1, max_size=20), bound_to=st.text(max_size=20))
def test_what_is_closed_opens_again(folder: Path, data: bytes, purpose: str, bound_to: str) -> None:
    closed = api.encrypt(purpose, data, bound_to=bound_to)
    assert api.decrypt(purpose, closed, bound_to=bound_to) == data
    assert data not in closed or len(data) < 4


def test_it_opens_only_whole_for_its_purpose_and_record(folder: Path) -> None:
    closed = api.encrypt("p", b"secret", bound_to="1")
    for purpose, data, bound_to in (
        ("q", closed, "1"),
        ("p", closed, "2"),
        ("p", closed[:-1], "1"),
        ("p", closed[:-1] + bytes([closed[-1] ^ 1]), "1"),
        ("p", b"", "1"),
        ("p", b"\x02" + closed[1:], "1"),
    ):
        with pytest.raises(YuzhouError) as caught:
            api.decrypt(purpose, data, bound_to=bound_to)
        assert caught.value.code == "kernel.cannot-decrypt"


def test_rotation_closes_new_data_with_a_new_key_and_still_opens_old(folder: Path) -> None:
    old, hashed = api.encrypt("p", b"secret"), api.keyed_hash("p", "text")
    ring.add_version()
    new = api.encrypt("p", b"secret")
    assert (api.key_version(old), api.key_version(new)) == (1, 2)
    assert api.decrypt("p", old) == api.decrypt("p", new) == b"secret"
    assert new.startswith(api.current_version_prefix())
    assert api.keyed_hash("p", "text") == hashed


def test_rotation_calls_those_who_hold_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from yuzhou.kernel.keys import rotation

    monkeypatch.setattr(rotation, "_reencrypters", {})
    api.register_reencrypter(api.Reencrypter("things", run=lambda: 3, outstanding=lambda: 1))
    assert api.rotate() == {"things": 3}
    state = api.status()
    assert (state.current, [version for version, _ in state.versions], state.outstanding) == (2, [1, 2], {"things": 1})


def test_a_version_that_is_not_in_the_ring_is_named(folder: Path) -> None:
    closed = bytearray(api.encrypt("p", b"secret"))
    closed[4] = 9
    with pytest.raises(YuzhouError) as caught:
        api.decrypt("p", bytes(closed))
    assert (caught.value.code, caught.value.params) == ("kernel.key-missing", {"version": 9})


def test_hashes_differ_by_purpose_and_by_ring(folder: Path, settings: Any, tmp_path: Path) -> None:
    first = api.keyed_hash("p", "x")
    assert first != api.keyed_hash("q", "x")
    settings.DATA_FOLDER = tmp_path / "other"
    assert first != api.keyed_hash("p", "x")
