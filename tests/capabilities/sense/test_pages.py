"""The desk's pages and the JSON of sense, with a person signed in."""

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.capabilities.sense.stage import COD, HOUR, RTD, SYSTEM, T0, batch, minute, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    Bound,
    DataFlag,
    Definition,
    Feed,
    Level,
    Limit,
    QuarantinedFrame,
    RawFrame,
)
from yuzhou.kernel.access import api as access
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

PASSWORD = "a long sample password 1"
DISTRICT = "50.0112"
ELSEWHERE = "50.0101"


@pytest.fixture
def scene(make_device):
    """A device in one district that broke its limit, and one in another that did too."""
    found = {}
    for name, path in (("here", DISTRICT), ("there", ELSEWHERE)):
        device = make_device(place_path=path)
        ids = series_of(device)
        with acting_as(SYSTEM):
            api.define_rule(
                actor=SYSTEM,
                key=f"cod-{name}",
                title=Text("化学需氧量超标", "COD too high"),
                definition=Definition((Level(Severity.MAJOR, Limit(Feed(COD, RTD), (Bound(high=100),))),)),
                device_id=device.id,
            )
        refused = QuarantinedFrame("hj212", "hj212.bad-crc", b"##<b>\xff", T0, identity=device.identity, device_id=device.id)
        rows = batch(ids[COD, RTD], (0, 50), (1, 150), (2, 160))
        (alarm,) = api.ingest(rows, raw_frames=[RawFrame(device.id, T0, b"##0101", "2011")], quarantined=[refused]).alarms_raised
        api.ingest(batch(ids[COD, RTD], (3, 900), flag=DataFlag.FAULT))
        api.ingest(batch(ids[COD, HOUR], (0, 99)))
        found[name] = (device, alarm, ids[COD, RTD])
    return found


@pytest.fixture
def officer(scene, places):
    """A browser of the district's officer."""
    system = SYSTEM
    with acting_as(system):
        account = access.create_user(
            actor=system, username="officer", display_name="值班员", password=PASSWORD, must_change_password=False
        )
        access.grant_role(actor=system, user=account, role="environment-officer", place_path=DISTRICT)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    yield client
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def page(client, name, *args, status=200, language="zh-hans", **query):
    client.cookies["django_language"] = language
    response = client.get(reverse(f"sense:{name}", args=args), query)
    assert response.status_code == status, response.content[:2000]
    return b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()


def test_the_list_shows_the_districts_own(scene, officer):
    here, there = scene["here"], scene["there"]
    text = page(officer, "alarms")
    assert str(here[1]) in text
    assert str(there[1]) not in text
    assert "超过限值 100" in text
    english = page(officer, "alarms", language="en", state="open", severity="3", q="COD")
    assert "is above the limit 100" in english
    assert str(here[1]) not in page(officer, "alarms", state="closed")
    csv = page(officer, "alarms", format="csv")
    assert len(csv.strip().splitlines()) == 2


def test_an_alarm_is_acknowledged_commented_and_closed_by_forms(scene, officer):
    _, alarm, _ = scene["here"]
    text = page(officer, "alarm", alarm)
    assert reverse("sense:alarm-acknowledge", args=[alarm]) in text
    assert officer.post(reverse("sense:alarm-acknowledge", args=[alarm])).status_code == 302
    assert officer.post(reverse("sense:alarm-comment", args=[alarm]), {"text": ""}).status_code == 422
    officer.post(reverse("sense:alarm-comment", args=[alarm]), {"text": "<script>已通知企业"})
    assert officer.post(reverse("sense:alarm-close", args=[alarm]), {"reason": "none"}).status_code == 422
    officer.post(reverse("sense:alarm-close", args=[alarm]), {"reason": "handled", "text": "恢复"})
    text = page(officer, "alarm", alarm)
    assert "已查明原因并处理 恢复" in text
    assert "&lt;script&gt;已通知企业" in text
    assert reverse("sense:alarm-close", args=[alarm]) not in text


def test_an_alarm_leads_to_its_rule_and_a_device_to_the_rules_that_watch_it(scene, officer):
    with acting_as(SYSTEM):
        alarm = api.get_alarm(actor=SYSTEM, alarm_id=scene["here"][1])
        rule = next(one for one in api.list_rules(actor=SYSTEM, device_id=alarm.device_id) if one.key == alarm.rule_key)
    address = reverse("sense:rule", args=[rule.id])
    assert address in officer.get(reverse("sense:alarm", args=[alarm.id])).content.decode()
    assert address in officer.get(reverse("sense:device-rules", args=[alarm.device_id])).content.decode()


def test_what_lies_elsewhere_is_not_found(scene, officer):
    device, alarm, series = scene["there"]
    page(officer, "alarm", alarm, status=404)
    for name in ("device", "device-charts", "device-frames", "device-refusals", "device-commands"):
        page(officer, name, device.id, status=404)
    page(officer, "chart", status=404, series=series)
    page(officer, "readings-csv", status=404, series=series)
    assert officer.post(reverse("sense:alarm-close", args=[alarm]), {"reason": "handled"}).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_device_shows_values_frames_refusals(scene, officer, language):
    device, _, series = scene["here"]
    assert device.identity in page(officer, "devices", language=language)
    assert "900" in page(officer, "device", device.id, language=language)
    assert f"series={series}" in page(officer, "device-charts", device.id, language=language)
    assert "##0101" in page(officer, "device-frames", device.id, language=language)
    assert "##&lt;b&gt;\\xff" in page(officer, "device-refusals", device.id, language=language)
    assert device.identity in page(officer, "quarantine", language=language)
    page(officer, "device-commands", device.id, language=language)


def test_chart_data_has_values_flags_and_limits(scene, officer):
    _, _, series = scene["here"]
    query = {"series": series, "start": T0.isoformat(), "end": minute(10).isoformat()}
    data = json.loads(page(officer, "chart", **query))
    (line,) = data["series"]
    assert [point[1] for point in line["points"]] == [50, 150, 160, 900]
    assert line["points"][3][2:] == ["D", "故障"]
    assert [limit["value"] for limit in data["limits"]] == [100]
    csv = page(officer, "readings-csv", **query)
    assert len(csv.strip().splitlines()) == 5
    for wrong in ({"hours": "x"}, {"start": "yesterday"}, {"start": minute(1).isoformat(), "end": T0.isoformat()}):
        page(officer, "chart", status=422, series=series, **wrong)


def confirm(client, url, answer, **more):
    """Press the button of the page that asks once more."""
    token = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    assert token, answer.content.decode()
    return client.post(url, {"token": token[1], **more})


def test_a_command_is_asked_for_by_a_form_confirmed_and_followed(scene, officer):
    device, _, _ = scene["here"]
    assert "设置实时数据间隔" in page(officer, "device-commands", device.id)
    url = reverse("sense:command-new", args=[device.id, "set-interval"])
    assert officer.post(url, {"seconds": "5"}).status_code == 422
    asked = officer.post(url, {"seconds": "60"})
    assert (asked.status_code, "间隔 60 s" in asked.content.decode()) == (200, True)
    first = confirm(officer, url, asked, note="加密监测")
    assert first.status_code == 302
    assert confirm(officer, url, asked)["Location"] == first["Location"]  # pressing twice asks once
    said = page(officer, "device-commands", device.id)
    assert said.count("间隔 60 s") == 1
    shown = officer.get(first["Location"]).content.decode()
    assert "加密监测" in shown
    assert "值班员" in shown
    assert officer.post(url, {"token": "x"}).status_code == 302
    command_id = first["Location"].strip("/").split("/")[-1]
    assert officer.post(reverse("sense:command-cancel", args=[command_id])).status_code == 302
    assert "已撤回" in officer.get(first["Location"]).content.decode()
    again = officer.get(url, {"again": command_id}).content.decode()
    assert 'value="60"' in again


def test_reading_needs_no_second_look_and_is_found(scene, officer):
    device, _, _ = scene["here"]
    found = page(officer, "device-commands", device.id, find="时间间隔 clock 提取")
    assert "没有匹配的指令" in found
    assert "提取现场机时间" in page(officer, "device-commands", device.id, find="提取 时间")
    url = reverse("sense:command-new", args=[device.id, "read-interval"])
    assert officer.post(url).status_code == 302
    assert "提取实时数据间隔" in page(officer, "commands", state="requested")


def test_interlocks_and_lock_outs_are_put_by_forms_and_said_on_the_page(scene, officer):
    device, _, _ = scene["here"]
    guards = reverse("sense:command-guards", args=[device.id])
    value = {"command": "set-interval", "field": "seconds", "high": "120", "title": "不宜过疏"}
    assert officer.post(f"{guards}?kind=value", value).status_code == 302
    assert officer.post(f"{guards}?kind=value", {**value, "high": ""}).status_code == 422
    assert (
        officer.post(f"{guards}?kind=condition", {"property": COD, "operator": "<", "value": "5", "other": "nobody"}).status_code
        == 422
    )
    for kind in ("change", "pause", "exclusive", "two-persons"):
        assert officer.get(guards, {"kind": kind}).status_code == 200
    assert "间隔不高于 120" in page(officer, "command-guards", device.id)
    url = reverse("sense:command-new", args=[device.id, "set-interval"])
    assert "不宜过疏：间隔 600 高于允许的最高值 120" in officer.post(url, {"seconds": "600"}).content.decode()
    lock = reverse("sense:command-lock", args=[device.id])
    assert officer.post(lock, {"kind": "maintenance", "hours": "4"}).status_code == 422
    assert officer.post(lock, {"kind": "maintenance", "hours": "4", "reason": "更换电极"}).status_code == 302
    assert "更换电极" in officer.post(url, {"seconds": "60"}).content.decode()
    said = page(officer, "command-guards", device.id)
    assert officer.post(re.search(r'action="([^"]+/release)"', said)[1]).status_code == 302
    assert officer.post(re.search(r'action="([^"]+/withdraw)"', said)[1]).status_code == 302
    assert "没有联锁" in page(officer, "command-guards", device.id)


def test_many_devices_are_told_at_once(scene, officer):
    chosen = page(officer, "command-many", district=DISTRICT)
    assert "已选 1 台设备" in chosen
    url = reverse("sense:command-many-new", args=["set-interval"]) + "?of=hj212/outlet"
    assert officer.post(url, {"seconds": "5"}).status_code == 422
    sent = confirm(officer, url, officer.post(url, {"seconds": "60"}), note="统一设置")
    assert sent.status_code == 302
    told = officer.get(sent["Location"]).content.decode()
    assert "1 台设备中 0 台已结束" in told
    assert "统一设置" in told
    assert "1 台设备中 0 台已结束" in officer.get(sent["Location"], {"part": "progress"}).content.decode()
    assert officer.post(sent["Location"] + "cancel").status_code == 302
    assert "1 台设备中 1 台已结束" in officer.get(sent["Location"]).content.decode()


def test_a_comment_carries_files_that_only_those_read_who_see_the_alarm(scene, officer, tmp_path, settings):
    _, alarm, _ = scene["here"]
    url = reverse("sense:alarm-comment", args=[alarm])
    png = b"\x89PNG\r\n\x1a\n" + bytes(32)
    files = [
        SimpleUploadedFile("现场.png", png, "image/png"),
        SimpleUploadedFile("说明.txt", "已更换电极".encode(), "text/plain"),
    ]
    assert officer.post(url, {"text": "见附件", "attachments": files}).status_code == 302
    said = page(officer, "alarm", alarm)
    assert "现场.png" in said
    link = re.search(r'href="([^"]+/files/[0-9a-f-]+)"', said)[1]
    answer = officer.get(link)
    assert b"".join(answer.streaming_content) == png
    assert answer["Content-Disposition"].startswith("attachment")
    other = link.replace(str(alarm), str(scene["there"][1]))
    assert officer.get(other).status_code == 404
    many = [SimpleUploadedFile(f"{n}.txt", b"x", "text/plain") for n in range(6)]
    assert officer.post(url, {"text": "太多", "attachments": many}).status_code == 422
    program = SimpleUploadedFile("a.exe", b"MZ" + bytes(64), "application/octet-stream")
    assert officer.post(url, {"text": "程序", "attachments": [program]}).status_code == 422
    assert "太多" not in page(officer, "alarm", alarm)


def test_an_alarm_tells_of_the_commands_that_it_led_to(scene, officer):
    device, alarm, _ = scene["here"]
    said = page(officer, "alarm", alarm)
    assert f"?alarm={alarm}" in said
    url = reverse("sense:command-new", args=[device.id, "set-clock"]) + f"?alarm={alarm}"
    assert confirm(officer, url, officer.post(url, {})).status_code == 302
    assert "指令“设置现场机时间”" in page(officer, "alarm", alarm)


def test_a_new_password_of_a_logger_is_seen_by_its_door_alone(scene, officer):
    device, _, _ = scene["here"]
    url = reverse("sense:command-new", args=[device.id, "set-password"])
    assert 'type="password"' in page(officer, "command-new", device.id, "set-password")
    asked = officer.post(url, {"password": "s3cr37"})
    assert "s3cr37" not in asked.content.decode()
    assert confirm(officer, url, asked).status_code == 302
    assert "新密码 ******" in page(officer, "device-commands", device.id)
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM sense_command c UNION ALL SELECT a::text FROM kernel_audit_entry a")
        stored = "".join(row for (row,) in cursor.fetchall())
    assert stored.count("******") == 2
    assert "s3cr37" not in stored
    assert b"s3cr37".hex() not in stored
    (command,) = api.claim_commands(protocol="hj212", device_ids=[device.id])
    assert command.params == {"password": "s3cr37"}
    api.mark_command_finished(command_id=command.id, done=True, answer_code="1", at=T0)
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM sense_command")
        assert cursor.fetchone() == (None,)


def test_the_alarm_waits_in_the_worklist(scene, officer):
    from yuzhou.kernel.access.api import actor_for, find_account
    from yuzhou.kernel.worklist.api import waiting_for

    _, alarm, _ = scene["here"]
    with acting_as(SYSTEM):
        actor = actor_for(find_account(actor=SYSTEM, username="officer"))
    with acting_as(actor):
        assert [item.key for item in waiting_for(actor) if item.part == "sense"] == [str(alarm)]


def test_the_public_is_sent_to_sign_in(scene, places):
    assert Client().get(reverse("sense:alarms")).status_code in (302, 403)


ROOT = "/api/v1/sense"


def get(client, path, status=200, **query):
    response = client.get(f"{ROOT}{path}", query)
    assert response.status_code == status, response.content[:1000]
    return response.json() if "json" in response["Content-Type"] else b"".join(response.streaming_content).decode()


def post(client, path, body=None, status=200, **headers):
    response = client.post(f"{ROOT}{path}", json.dumps(body or {}), content_type="application/json", headers=headers)
    assert response.status_code == status, response.content[:1000]
    return response.json()


def test_json_of_devices_readings_and_alarms(scene, officer):
    device, alarm, series = scene["here"]
    listed = get(officer, "/devices", q=device.identity)
    assert (listed["total"], listed["items"][0]["id"]) == (1, str(device.id))
    assert "secret" not in listed["items"][0]
    assert {s["property"] for s in get(officer, f"/devices/{device.id}/series")} == {COD, "w21003"}
    newest = get(officer, "/latest", device_id=str(device.id))
    assert {(v["property"], v["statistic"], v["value"], v["flag"]) for v in newest} == {
        (COD, "rtd", 900, "D"),
        (COD, "hour-avg", 99, "N"),
    }
    period = {"start": T0.isoformat(), "end": (T0 + timedelta(hours=1)).isoformat()}
    part = get(officer, f"/series/{series}/readings", limit=2, **period)
    assert [item["value"] for item in part["items"]] == [50, 150]
    rest = get(officer, f"/series/{series}/readings", **(period | {"start": part["next_start"]}))
    assert [item["value"] for item in rest["items"]] == [160, 900]
    assert "900.0" in get(officer, f"/series/{series}/readings", format="csv", **period)
    assert get(officer, "/alarms", min_severity=3)["items"][0]["id"] == str(alarm)
    assert get(officer, f"/alarms/{alarm}")["code"] == "sense.alarm.limit-high"


def test_json_acts_are_idempotent_and_refusals_are_problems(scene, officer):
    _, alarm, _ = scene["here"]
    other = scene["there"]
    assert post(officer, f"/alarms/{alarm}/acknowledge")["state"] == "acknowledged"
    assert post(officer, f"/alarms/{alarm}/acknowledge")["state"] == "acknowledged"
    for _ in range(2):
        post(officer, f"/alarms/{alarm}/comments", {"text": "去看看"}, **{"Idempotency-Key": "a1"})
    assert sum(entry["text"] == "去看看" for entry in get(officer, f"/alarms/{alarm}/history")) == 1
    for _ in range(2):
        assert post(officer, f"/alarms/{alarm}/close", {"reason": "handled"})["state"] == "closed"
    problem = post(officer, f"/alarms/{alarm}/close", {"reason": "false-alarm"}, 409)
    assert problem["code"] == "sense.alarm-closed"
    assert get(officer, f"/alarms/{other[1]}", 404)["code"] == "sense.alarm-unknown"
    get(officer, f"/series/{other[2]}/readings", 404, start=T0.isoformat())
    get(officer, f"/series/{2**40}/readings", 404, start=T0.isoformat())
    get(officer, "/alarms", 422, limit=0)
