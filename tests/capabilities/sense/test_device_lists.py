"""Many devices by a list: every fault in words, nothing entered before the word, and work that breaks off goes on."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests.capabilities.sense.stage import SYSTEM, as_owner
from tests.capabilities.sense.test_onboarding_pages import DISTRICT, city, look, send, sign_in
from tests.capabilities.sense.test_profiles import METER, define
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.models import DeviceImportRecord
from yuzhou.capabilities.sense.rules.device_lists import Unreadable, read_list
from yuzhou.capabilities.sense.services import importing
from yuzhou.kernel.jobs.api import run_now
from yuzhou.kernel.transactions import acting_as

LISTS = "/desk/sense/devices/lists/"
__all__ = ["city"]  # the fixture
HEAD = "identity,title,profile,place,secret,silent_minutes\n"


def bring(client: Client, text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    answer = client.post(f"{LISTS}new", {"file": SimpleUploadedFile("list.csv", content)}, follow=True)
    return unescape(answer.content.decode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lists_of_all_spreadsheets_are_read(encoding: str, delimiter: str) -> None:
    text = '设备标识,名称,设备类型编码,行政区划代码\r\n\'0001,"一号,北",cold-store,500112\r\n,,,\r\n'.replace(",", delimiter)
    (row,), faults = read_list(text.encode(encoding), most=10)
    assert row.cells == {"identity": "0001", "title": f"一号{delimiter}北", "profile": "cold-store", "place": "500112"}
    assert (row.line, faults) == (2, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sense.list-empty"),
        (HEAD.encode(), "sense.list-empty"),
        (b"\x89PNG\x00\x00", "sense.list-no-text"),
        (b"identity,title\na,b\n", "sense.list-headings-missing"),
        (b"identity,title,profile,place,colour\n", "sense.list-heading"),
        (HEAD.encode() + b"a,b,c,d\n" * 4, "sense.list-too-long"),
    ],
)
def test_what_is_no_list_is_said_at_once(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_list(content, most=3)
    assert caught.value.code == code


@pytest.mark.django_db
@pytest.mark.owner
def test_a_list_is_looked_through_entered_and_its_secrets_taken_along(city: Client) -> None:
    with as_owner():
        define(METER)
    template = b"".join(city.get(f"{LISTS}template.csv?profile=cold-store").streaming_content).decode("utf-8-sig")
    assert template.splitlines()[1].startswith("DEVICE-0001,")
    page = bring(city, HEAD + "S-1,一号,cold-store,500112,my-own,30\nS-2,二号,cold-store,500112,,\n")
    assert "Nothing is entered yet" in page
    with acting_as(SYSTEM):
        (record,) = DeviceImportRecord.objects.all()
        assert api.list_devices(actor=SYSTEM).total == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT position('my-own'::bytea in content) FROM sense_device_import")
        assert cursor.fetchall() in ([(0,)], [])
    send(city, f"{LISTS}{record.id}/start")
    with as_owner():
        run_now("sense.import-devices", import_id=str(record.id))
    page = look(city, f"{LISTS}{record.id}/")
    assert "All devices are entered" in page
    devices = api.load_directory(protocol="http").devices
    assert devices["S-1"].secret == "my-own"
    secrets = b"".join(city.get(f"{LISTS}{record.id}/secrets.csv").streaming_content).decode("utf-8-sig")
    assert f"S-2,二号,cold-store,{devices['S-2'].secret}" in secrets
    with acting_as(SYSTEM):
        found = {device.identity: device for device in api.list_devices(actor=SYSTEM)}
    assert (found["S-1"].silent_after_seconds, found["S-2"].silent_after_seconds) == (1800, 900)
    assert found["S-1"].place_path == DISTRICT
    page = send(city, f"{LISTS}{record.id}/forget")
    assert "Secrets as CSV" not in page


@pytest.mark.django_db
@pytest.mark.owner
def test_every_fault_of_every_row_is_said(places: None) -> None:
    define(METER)
    officer = sign_in("district", "environment-officer", DISTRICT)
    rows = [
        "a b,x,cold-store,500112,,",
        "S-2,,cold-store,500112,,",
        "S-3,x,no-such,500112,,",
        "S-4,x,cold-store,999999,,",
        "S-5,x,cold-store,500101,,",
        "S-6,x,cold-store,500112,,soon",
        "S-7,x,cold-store,500112,,,more",
        "S-8,x,cold-store,500112,,",
        "S-8,x,cold-store,500112,,",
    ]
    page = bring(officer, HEAD + "\n".join(rows))
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    said = [
        "begins with a letter or digit",
        "This must be filled in",
        "no profile no-such",
        "code 999999",
        "may not enter devices at the place 500101",
        "“soon” is no number",
        "more cells than there are columns",
        "in line 9 already",
    ]
    assert [words for words in said if words not in page] == []
    assert "Nothing was entered" in page
    assert re.search(r"Enter \d+ device", page) is None


@pytest.mark.django_db
@pytest.mark.owner
def test_work_that_breaks_off_keeps_what_it_did_and_goes_on(city: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_owner():
        define(METER)
    monkeypatch.setattr(importing, "PORTION", 2)
    bring(city, HEAD + "".join(f"S-{n},x,cold-store,500112,,\n" for n in range(5)))
    with acting_as(SYSTEM):
        (record,) = DeviceImportRecord.objects.all()
    send(city, f"{LISTS}{record.id}/start")
    with as_owner():
        entering = f"/desk/sense/devices/new/cold-store/{DISTRICT}"
        send(city, entering, title="meanwhile", identity="S-3", place_path=DISTRICT)
        run_now("sense.import-devices", import_id=str(record.id))
    page = look(city, f"{LISTS}{record.id}/")
    assert "2 of 5 devices are entered" in page
    assert "identity S-3 is registered already" in page
    with acting_as(SYSTEM):
        taken = next(device for device in api.list_devices(actor=SYSTEM) if device.identity == "S-3")
        api.update_device(actor=SYSTEM, device_id=taken.id, enabled=False)
    send(city, f"{LISTS}{record.id}/start")
    with as_owner():
        run_now("sense.import-devices", import_id=str(record.id))
    assert "5 of 5" in look(city, f"{LISTS}{record.id}/")
