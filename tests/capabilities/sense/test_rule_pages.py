"""The desk's pages of rules: define by steps, read it in words, try it on the past, switch on; numbers of a device's own."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, series_of
from tests.capabilities.sense.test_judging import FEED, above, define, one
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import (
    Aggregate,
    All,
    AnyOf,
    Bound,
    Compare,
    Days,
    Definition,
    During,
    Flagged,
    Frozen,
    Level,
    Limit,
    Missing,
    Near,
    Operation,
    Other,
    Rate,
    ReadingBatch,
    Schedule,
    Severity,
    Stuck,
    Then,
    Window,
)
from yuzhou.capabilities.sense.contracts.sentences import Names, word_definition
from yuzhou.capabilities.sense.web.rule_editor import ThenForm
from yuzhou.capabilities.sense.web.rule_entries import Editor
from yuzhou.capabilities.sense.web.rule_forms import NotEditable
from yuzhou.capabilities.sense.web.rule_writing import written
from yuzhou.kernel.access import api as access
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
PASSWORD = "a long sample password 1"


@pytest.fixture
def officer(make_device, places):
    """A browser of a district's officer, with a device there and one elsewhere."""
    here, there = make_device("50.0112"), make_device("50.0101")
    with acting_as(SYSTEM):
        account = access.create_user(
            actor=SYSTEM, username="officer", display_name="值班员", password=PASSWORD, must_change_password=False
        )
        access.grant_role(actor=SYSTEM, user=account, role="environment-city", place_path="50.0112")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    client.here, client.there = here, there
    yield client
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def page(client, name, *args, status=200, language="zh-hans", **query):
    client.cookies["django_language"] = language
    response = client.get(reverse(f"sense:{name}", args=args), query)
    assert response.status_code == status, response.content[:2000]
    return b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()


def entries(**more):
    plain = {
        "shape": "1",
        "version": "0",
        "title_zh": "样例规则",
        "title_en": "Sample rule",
        "note": "",
        "l0-severity": "3",
        "l0-hold": "5",
        "l0-clear": "0",
        "l0-days": "every",
        "c0-0-kind": "limit",
        "c0-0-feed": f"{COD}|rtd",
        "c0-0-high": "100",
        "command": "",
        "dead": "10",
    }
    return plain | more


def test_an_officer_defines_tries_and_switches_on_a_rule_by_plain_forms(officer):
    device, series = officer.here, series_of(officer.here)[COD, RTD]
    start = now() - timedelta(hours=3)
    at = [int((start + timedelta(minutes=n)).timestamp() * 1e6) for n in range(60)]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    api.ingest(ReadingBatch.of(series_id=[series] * 60, at=at, value=[50] * 30 + [150] * 20 + [50] * 10, received_at=now()))
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    url = f"{reverse('sense:rule-new')}?device={device.id}"
    assert reverse("sense:rule-new") in page(officer, "rules")
    assert "identity" in page(officer, "rule-new")
    assert officer.get(url).status_code == 200
    more = officer.post(url, entries(step="add-condition:0")).content.decode()
    assert 'name="c0-1-kind"' in more
    assert 'value="2"' in more
    window = entries(
        step="refresh", **{"c0-0-kind": "window", "c0-0-aggregate": "mean", "c0-0-time": "1", "c0-0-time_unit": "3600"}
    )
    assert "1 小时" in officer.post(url, window).content.decode() or "60 分钟" in officer.post(url, window).content.decode()
    assert officer.post(url, entries(step="save", **{"c0-0-high": ""})).status_code == 422
    tried = officer.post(url, entries(step="try", span="1"))
    assert tried.status_code == 302, tried.content.decode()
    shown = officer.get(tried.url).content.decode()
    assert "样例规则" in shown
    assert "高于 100" in shown
    trial = re.search(r"trials/([0-9a-f-]+)/", tried.url).group(1)
    days = officer.get(reverse("sense:rule-trial-days", args=[trial])).json()
    assert sum(value for _, value in days["series"][0]["points"]) == 1
    values = officer.get(reverse("sense:rule-trial-values", args=[trial])).json()
    assert len(values["series"]) == 2
    assert officer.get(reverse("sense:rule-from-trial", args=[trial])).status_code == 200
    done = officer.post(reverse("sense:rule-switch-on", args=[trial]))
    text = officer.get(done.url).content.decode()
    assert "重要：当w01018高于 100 mg/L，且持续 5 分钟。" in text
    rule = re.search(r"rules/([0-9a-f-]+)/", done.url).group(1)
    edit = reverse("sense:rule-edit", args=[rule])
    assert 'value="100.0"' in officer.get(edit).content.decode()
    changed = officer.post(edit, entries(step="save", version="1", note="更严", **{"c0-0-high": "80"}))
    assert changed.status_code == 302, changed.content.decode()
    assert officer.post(edit, entries(step="save", version="1", **{"c0-0-high": "70"})).status_code == 422
    english = page(officer, "rule", rule, language="en")
    assert "is above 80 mg/L" in english
    assert "is above 100 mg/L" in english
    officer.post(reverse("sense:rule-switch", args=[rule]), {"enabled": "off"})
    assert "样例规则" in page(officer, "rules", state="off", origin="person")


def test_rules_elsewhere_are_out_of_reach(officer):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    rule = define("there", above(100), device_id=officer.there.id)
    shared = define("all", above(100), profile="outlet")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE yuzhou_web")
    page(officer, "rule", rule.id, status=404)
    assert officer.get(f"{reverse('sense:rule-new')}?device={officer.there.id}").status_code == 404
    assert str(rule.id) not in page(officer, "rules")
    assert str(shared.id) in page(officer, "rules")
    assert officer.post(reverse("sense:rule-switch", args=[shared.id]), {"enabled": "off"}).status_code in (302, 403)
    with acting_as(SYSTEM):
        assert api.get_rule(actor=SYSTEM, rule_id=shared.id).enabled
    own = reverse("sense:rule-device", args=[shared.id, officer.here.id])
    assert "按规则：100" in officer.get(own).content.decode()
    assert officer.post(own, {"n0": "120", "n1": "", "n2": ""}).status_code == 302
    assert "120" in page(officer, "rule", shared.id)
    assert officer.get(reverse("sense:rule-device", args=[shared.id, officer.there.id])).status_code == 404


DEEP = AnyOf((All((Limit(FEED, (Bound(high=9, clear_high=8),)), Rate(FEED, 3, 60))), Flagged(FEED, frozenset({1, 4}))))
SAID = [
    one(DEEP),
    one(During(Limit(FEED, (Bound(low=1),)), Schedule(((480, 1080),), days=Days.WORKING))),
    one(Window(FEED, Aggregate.MISSING, 3600, (Bound(high=0.5),), 2, 60)),
    one(Window(FEED, Aggregate.SLOPE, 5400, (Bound(high=2, low=-2),))),
    one(AnyOf((Stuck(FEED, 7200, 0.5), Frozen(FEED, 5, 600), Missing(FEED, 90, True)))),
    one(Compare(FEED, Other(FEED, profile="p", near=Near.DISTRICT), Operation.RATIO, (Bound(high=2),), 900)),
    Definition((*above(5).levels, Level(Severity.CRITICAL, Limit(FEED, (Bound(high=9),)), 60, 120))),
]


@pytest.mark.parametrize("definition", SAID)
def test_the_editor_gives_back_what_it_was_given(definition):
    feeds = {f"{COD}|rtd": ("COD (mg/L)", "mg/L")}
    editor = Editor(feeds, written(definition, {}), "p", bound=True)
    assert editor.is_valid(), [(level.errors, [c.errors for c in cs]) for level, cs in editor.levels]
    again = editor.definition(lambda identity: None)
    assert again == definition


def test_what_is_nested_too_deep_is_left_to_the_interface():
    deep = All((DEEP, Limit(FEED, (Bound(high=1),))))
    with pytest.raises(NotEditable):
        written(one(deep), {})


@pytest.mark.parametrize("definition", SAID)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_rule_is_said_in_words(definition, language):
    with override(language):
        said = word_definition(definition, Names({(COD, "rtd"): "COD"}, {(COD, "rtd"): "mg/L"}))
    assert len(said) == len(definition.levels)
    assert all("COD" in sentence and "{" not in sentence for sentence in said)


def test_rules_and_trials_as_json(officer):
    base = "/api/v1/sense"
    plain = {"levels": [{"severity": 2, "when": {"kind": "limit", "property": COD, "statistic": "rtd", "bounds": [{"high": 7}]}}]}
    given = {"title": {"zh": "样例", "en": "Sample"}, "definition": plain, "device_id": str(officer.here.id)}

    def send(method, address, body=None, status=200):
        found = getattr(officer, method)(f"{base}{address}", body, content_type="application/json")
        assert found.status_code == status, found.content
        return found.json()

    made = send("post", "/rules", given)
    assert made["version"] == 1
    assert send("put", f"/rules/{made['id']}", given)["version"] == 1
    higher = given | {"definition": {"levels": [plain["levels"][0] | {"hold_seconds": 60}]}, "expected_version": 5}
    send("put", f"/rules/{made['id']}", higher, 409)
    assert send("put", f"/rules/{made['id']}", higher | {"expected_version": 1})["version"] == 2
    assert len(send("get", f"/rules/{made['id']}/versions")) == 2
    assert send("post", f"/rules/{made['id']}/switch", {"enabled": False})["enabled"] is False
    assert send("get", "/rules")["total"] == 1
    span = {"start": (now() - timedelta(days=1)).isoformat(), "end": now().isoformat()}
    trial = send("post", "/rule-trials", {key: given[key] for key in ("title", "definition", "device_id")} | span)
    assert (trial["state"], trial["alarms"]) == ("done", [])
    assert send("get", f"/rule-trials/{trial['id']}")["state"] == "done"
    send("post", "/rules", given | {"device_id": str(officer.there.id)}, 404)
    send("post", "/rules", given | {"definition": {"levels": [{"severity": 9}]}}, 422)


def test_how_fresh_readings_must_be_is_entered_and_said():
    def asked(kept=(), **typed):
        form = ThenForm(typed, commands=[("=", "as it is"), ("stop", "stop")])
        assert form.is_valid()
        return form.asked(kept)

    old = Then("stop", severity=Severity.MAJOR, fresh_seconds=90)
    assert asked(command="stop", dead="", fresh="") == (Then("stop"),)
    assert asked(command="stop", dead="5", fresh="60") == (Then("stop", dead_seconds=300, fresh_seconds=60),)
    assert asked((old,), command="=", dead="10", fresh="30") == (replace(old, fresh_seconds=30),)
    assert asked((old, old), command="=", dead="10", fresh="30") == (old, old)
    assert asked((old,), command="", dead="10", fresh="30") == ()
    assert not ThenForm({"fresh": "86401"}, commands=[]).is_valid()
    with override("en"):
        said = word_definition(replace(above(100), then=(old,)), Names())[-1]
    assert said.endswith("not again within 10 minutes; never on what was measured more than 90 seconds ago.")
