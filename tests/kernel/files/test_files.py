"""Files are kept once, read within reach, and swept when nobody names them."""

import os
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, NotFound, TooMany, YuzhouError
from yuzhou.kernel.files import api, services, store
from yuzhou.kernel.files.models import KeptFile
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_acts")]
Make = Callable[..., Actor]
SEE = "environment.outlet:see"
PDF = b"%PDF-1.7\nsample"


@pytest.fixture(params=["folder", "bucket"])
def kept_in(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[store.Store]:
    """A store of one's own: a folder, and a bucket of a real S3 server in memory."""
    settings.DATA_FOLDER, settings.FILES_URL = tmp_path, ""
    if request.param == "folder":
        yield store.current()
        return
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sample")
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="sample")
    settings.FILES_URL = f"s3://sample/city/files?endpoint={endpoint}&region=us-east-1"
    yield store.current()
    server.stop()


def save(actor: Actor, content: Any = PDF, **changes: Any) -> api.FileRef:
    values = {"name": "报告.pdf", "permission": SEE, "place_path": "50.0112"} | changes
    with acting_as(actor):
        return api.save_file(actor=actor, content=content, **values)


def read(actor: Actor, file: UUID) -> bytes:
    with acting_as(actor):
        _, content = api.open_file(actor=actor, file=file)
        with content:
            return content.read()


def test_the_same_bytes_are_kept_once(officer: Make, kept_in: store.Store, kept_acts: Any) -> None:
    actor = officer("50.0112", SEE)
    one, two = save(actor), save(actor, BytesIO(PDF), name="又.pdf")
    assert (one.sha256, one.size, one.media_type) == (two.sha256, len(PDF), "application/pdf")
    assert one.id != two.id
    assert len(list(kept_in.kept())) == 1
    assert read(actor, one.id) == PDF
    assert kept_acts.names == ["kernel.file:save", "kernel.file:save", "kernel.file:read"]


def test_lost_bytes_are_told_of(officer: Make, kept_in: store.Store) -> None:
    actor = officer("50.0112", SEE)
    made = save(actor)
    kept_in.delete(made.sha256)
    kept_in.delete(made.sha256)
    with pytest.raises(YuzhouError, match=r"kernel\.file-lost"):
        read(actor, made.id)


@pytest.mark.owner
def test_the_sweep_takes_what_nobody_names_after_a_day(
    officer: Make, kept_in: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = officer("50.0112", SEE)
    kept, gone = save(actor), save(actor, b"%PDF-other")
    kept_in.put("0" * 64, BytesIO(b"of a broken transaction"))
    with acting_as(actor):
        api.delete_file(actor=actor, file=gone.id)
        with pytest.raises(NotFound):
            api.get_file(actor=actor, file=gone.id)
    assert services.sweep() == 0
    monkeypatch.setattr(services, "SWEPT_AFTER", -services.SWEPT_AFTER)
    assert services.sweep() == 2
    assert [sha256 for sha256, _ in kept_in.kept()] == [kept.sha256]


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_FOLDER, settings.FILES_URL = tmp_path, ""
    return tmp_path / "files"


def test_who_reads_a_file(officer: Make, member: Make, folder: Path) -> None:
    firm, maker = uuid4(), officer("50.0112", "x.y:z")
    made = save(maker, organisation=firm)
    seeing = [maker, officer("50", SEE), officer("50.0112", SEE), member(firm, SEE), Actor.system("t")]
    blind = [officer("50.0113", SEE), officer("50.0112", "x.y:z"), member(uuid4(), SEE), Actor.public()]
    for actor in seeing:
        assert read(actor, made.id) == PDF
        with acting_as(actor):
            assert api.list_files(actor=actor, files=[made.id, uuid4()]) == [made]
    for actor in blind:
        with pytest.raises(NotFound):
            read(actor, made.id)
        with acting_as(actor):
            assert api.list_files(actor=actor, files=[made.id]) == []


def test_a_file_without_permission_is_its_makers_alone(officer: Make, folder: Path) -> None:
    maker = officer("50.0112", SEE)
    made = save(maker, permission="")
    assert read(maker, made.id) == PDF
    with pytest.raises(NotFound):
        read(officer("50", SEE), made.id)


def test_the_database_itself_hides_files(officer: Make, folder: Path) -> None:
    save(officer("50.0112", SEE))
    shown = save(officer("50.0112", SEE), permission=api.PUBLIC)
    assert [record.id for record in KeptFile.objects.all()] == [shown.id], "without a scope only public ones are seen"
    with acting_as(officer("50.0113", SEE)):
        assert KeptFile.objects.filter(id=shown.id).update(name="x") == 0


@pytest.mark.parametrize(
    ("content", "changes", "error", "code"),
    [
        (b"", {}, Invalid, "empty"),
        (b"%PDF-" + b"x" * 100, {"limit": 50}, TooMany, "too-large"),
        (b"MZ\x90\0", {}, Invalid, "type"),
        (b"<html>", {"name": "a.pdf"}, Invalid, "type"),
        (PDF, {"allowed": {"image/png"}}, Invalid, "type"),
        (PDF, {"media_type": "image/png"}, Invalid, "misnamed"),
        (b"a,b\n", {"media_type": "application/pdf", "name": "a.csv"}, Invalid, "misnamed"),
    ],
)
def test_bad_files_are_refused_and_leave_nothing(
    content: bytes, changes: dict[str, Any], error: type[YuzhouError], code: str, officer: Make, folder: Path
) -> None:
    with pytest.raises(error) as caught:
        save(officer("50.0112", SEE), content, **changes)
    assert caught.value.code == f"kernel.file-{code}"
    assert not KeptFile.objects.exists()
    assert not folder.exists()


def test_what_browsers_say_of_text_is_forgiven(officer: Make, folder: Path) -> None:
    made = save(officer("50.0112", SEE), b"a,b\n", name="a.csv", media_type="application/vnd.ms-excel")
    assert made.media_type == "text/csv"


def test_a_public_file_is_downloaded_by_anyone(officer: Make, folder: Path, client: Client) -> None:
    made = save(officer("50.0112", SEE), permission=api.PUBLIC)
    response = client.get(f"/files/{made.id}")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["X-Content-Type-Options"], response["Content-Length"]) == ("nosniff", str(len(PDF)))
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(f"/files/{made.id}", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.post(f"/files/{made.id}").status_code == 405


def test_others_are_not_found_by_the_public(officer: Make, folder: Path, client: Client) -> None:
    made = save(officer("50.0112", SEE))
    assert client.get(f"/files/{made.id}").status_code == client.get(f"/files/{uuid4()}").status_code == 404


def test_keeping_old_bytes_again_makes_them_fresh(officer: Make, folder: Path) -> None:
    made = save(officer("50.0112", SEE))
    (file,) = folder.glob("??/??/*")
    os.utime(file, (0, 0))
    save(officer("50.0112", SEE))
    assert file.name == made.sha256
    assert time.time() - file.stat().st_mtime < 60
