"""I3, the pollutant monitoring network, on the running platform: loggers speak HJ 212 to the real port, people act on the pages.

Each test proves a part of the system on `/systems`; the domain's declaration names it.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests.server import RunningServer
from yuzhou.kernel import clock
from yuzhou.kernel.parties.api import complete_credit_code

from .loggers import Logger
from .people import Person, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("environment-acceptance")]
YUBEI, WANZHOU, CITY = "50.0112", "50.0101", "50"
NUMBERS = count(int(uuid4().hex[:8], 16))
TODAY = clock.local_day(clock.now())


@dataclass
class City:
    """The people of the tests and the platform that they use."""

    server: RunningServer
    officer: Person
    stranger: Person
    city: Person
    firm: Person
    firm_code: str

    def register(self, **changes: Any) -> dict[str, Any]:
        """Let the officer register an outlet on the form, and read it back from the API."""
        mn = f"AE500112{next(NUMBERS):016X}"
        fields = registration(mn, self.firm_code) | {key: str(value) for key, value in changes.items()}
        self.officer.send(f"/desk/environment/outlets/register?district={YUBEI}&medium=water", fields)
        found = [outlet for outlet in self.officer.get("/api/v1/environment/outlets") if outlet["mn"] == mn]
        assert found, "the form was not taken"
        until(lambda: self._is_let_in(mn))
        return found[0]

    def logger(self, outlet: dict[str, Any]) -> Logger:
        """The outlet's logger, connected."""
        return Logger(self.server.gateway_port, outlet["mn"])

    def _is_let_in(self, mn: str) -> bool:
        with Logger(self.server.gateway_port, mn) as logger:
            return "CN=9014" in logger.upload("2011", clock.now(), {"w00000": {"Rtd": 9.5, "Flag": "N"}})

    def alarms(self, outlet: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        """The outlet's alarms of a kind."""
        found = self.officer.get("/api/v1/sense/alarms?limit=1000")["items"]
        return [a for a in found if a["site_id"] == outlet["id"] and a["rule_key"].split(":")[2] == kind]


def registration(mn: str, firm_code: str) -> dict[str, str]:
    """A form as a clerk fills it in: flow, COD (limit 100) and ammonia (limit 15)."""
    fields = {
        "firm_code": firm_code, "firm_name": "样例水务七厂", "name": f"样例排口 {mn[-4:]}", "place_path": YUBEI,
        "address": "", "lon": "106.63", "lat": "29.72", "permit": "样例许可", "mn": mn, "password": "123456",
        "system_type": "32", "silent_after_minutes": "5", "frozen_after_minutes": "60", "limits_from": "2026-01-01",
        "factors-TOTAL_FORMS": "4", "factors-INITIAL_FORMS": "0",
    }  # fmt: skip
    rows = [{"code": "w00000"}, {"code": "w01018", "upper": "100", "basis": "样例许可"}, {"code": "w21003", "upper": "15"}, {}]
    return fields | {
        f"factors-{i}-{key}": value for i, row in enumerate(rows) for key, value in ({"averaging": "hour"} | row).items()
    }


@pytest.fixture(scope="module")
def city(server: RunningServer) -> City:
    """The people and their firm."""
    tag = uuid4().hex[:8]
    code = complete_credit_code("91500112", f"MA{int(tag, 16) % 1_000_000:06d}").text
    people = {
        "officer": Person(server, f"officer-{tag}", "environment-officer", "--place", YUBEI),
        "stranger": Person(server, f"stranger-{tag}", "environment-officer", "--place", WANZHOU),
        "city": Person(server, f"city-{tag}", "environment-city", "--place", CITY),
    }
    made = City(server, **people, firm=people["city"], firm_code=code)
    made.register()
    made.firm = Person(server, f"firm-{tag}", "environment-firm", "--organisation", code)
    return made


def last_full_hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


def test_a_logger_reports_and_those_see_it_who_may(city: City) -> None:
    outlet = city.register()
    page = f"/desk/environment/outlets/{outlet['id']}/"
    with city.logger(outlet) as logger:
        values = {"w01018": {"Rtd": 43.21, "Flag": "N"}, "w00000": {"Rtd": 12.5, "Flag": "N"}}
        assert "CN=9014" in logger.upload("2011", clock.now(), values)
        refused = logger.send(logger.segment("2011", "DataTime=20260101000000;w01018-Rtd=1", password="654321"))
        assert "CN=9014" not in refused
    with city.logger(outlet) as logger:
        logger.socket.sendall(b"##0010QN=2026010BAD0\r\n")
        assert "CN=9014" in logger.upload("2011", clock.now(), values), "a broken frame does not end the connection"
    for person in (city.officer, city.city, city.firm):
        assert "43.21 mg/L" in person.page(page)
        assert outlet["id"] in [one["id"] for one in person.get("/api/v1/environment/outlets")]
    frames = city.officer.page(f"/desk/environment/outlets/{outlet['id']}/frames")
    assert "w01018-Rtd=43.21" in frames
    assert "PW=123456" not in frames
    assert city.stranger.visitor.get(page)[0] == 404
    assert city.stranger.ask("GET", f"/api/v1/environment/outlets/{outlet['id']}")[0] == 404
    assert city.firm.ask("POST", f"/api/v1/environment/outlets/{outlet['id']}/limits/w01018", {"upper": 1})[0] == 403
    points = city.officer.get("/desk/environment/outlets.geojson")["features"]
    assert "normal" in [point["properties"]["state"] for point in points if outlet["name"] == point["properties"]["name"]]
    with Logger(city.server.gateway_port, "AE5001120000000000000BAD") as unknown:
        assert "CN=9014" not in unknown.upload("2011", clock.now(), values)


def test_an_outlet_is_registered_over_the_api_as_well(city: City) -> None:
    firm = city.officer.get(f"/api/v1/kernel/parties/{city.firm_code}")["id"]
    mn = f"AE500112{next(NUMBERS):016X}"
    data = {
        "name": "样例接口排口", "place_path": YUBEI, "longitude": 106.63, "latitude": 29.72, "firm": firm, "medium": "water",
        "mn": mn, "password": "123456", "system_type": "32", "factors": [{"code": "w01018", "limits": [{"upper": 100}]}],
    }  # fmt: skip
    made = city.officer.post("/api/v1/environment/outlets", data)
    assert (made["mn"], made["state"], made["factors"]) == (mn, "no-data", ["w01018"])
    refusals = [({}, 409), ({"mn": "x y"}, 422), ({"factors": []}, 422), ({"place_path": WANZHOU, "mn": mn[:-1] + "F"}, 403)]
    for changes, status in refusals:
        assert city.officer.ask("POST", "/api/v1/environment/outlets", {**data, **changes})[0] == status, changes
    assert city.officer.post(f"/api/v1/environment/outlets/{made['id']}/close")["state"] == "closed"


def test_a_limit_is_in_force_from_its_day(city: City) -> None:
    outlet = city.register()
    page = f"/desk/environment/outlets/{outlet['id']}/limits"
    later = (TODAY + timedelta(days=20)).isoformat()
    data = {"code": "w01018", "averaging": "hour", "upper": "60", "basis": "样例许可变更", "valid_from": later}
    city.officer.send(f"{page}/new", data)
    limits = city.officer.get(f"/api/v1/environment/outlets/{outlet['id']}")["limits"]
    own = [(x["upper"], x["valid_from"], x["valid_to"]) for x in limits if x["factor"] == "w01018"]
    assert own == [(100.0, "2026-01-01", later), (60.0, later, None)]
    assert "样例许可变更" in city.officer.page(page)
    again = city.officer.send(f"{page}/new", {**data, "valid_from": TODAY.isoformat()})
    assert "新限值的生效日期须更晚" in again
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", last_full_hour(), [80.0])
    assert not city.alarms(outlet, "limit"), "80 breaks only the limit to come"


def test_an_hourly_mean_above_the_limit_is_warned_of_and_acted_on(city: City) -> None:
    outlet = city.register()
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", last_full_hour() - timedelta(hours=3), [100.0, 150.0, 250.0])
    (alarm,) = until(lambda: city.alarms(outlet, "limit"))
    assert (alarm["state"], alarm["severity"], alarm["property"]) == ("raised", 4, "w01018")
    assert outlet["name"] in city.officer.page("/desk/")
    assert "超标" in city.firm.page("/desk/")
    assert until(lambda: outlet["name"] in city.firm.page("/desk/"))
    assert city.stranger.ask("GET", f"/api/v1/sense/alarms/{alarm['id']}")[0] == 404
    base = f"/desk/sense/alarms/{alarm['id']}/"
    assert city.firm.ask("POST", f"/api/v1/sense/alarms/{alarm['id']}/close", {"reason": "handled"})[0] == 403
    city.firm.post(f"/api/v1/sense/alarms/{alarm['id']}/comments", {"text": "样例答复：设备检修后恢复"})
    city.officer.post(f"/api/v1/sense/alarms/{alarm['id']}/acknowledge")
    assert "样例答复：设备检修后恢复" in city.officer.page(base)
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", last_full_hour(), [40.0])
    until(lambda: city.alarms(outlet, "limit")[0]["cleared_at"])
    closed = city.officer.post(f"/api/v1/sense/alarms/{alarm['id']}/close", {"reason": "handled", "text": "样例处置"})
    assert (closed["state"], closed["close_reason"]) == ("closed", "handled")
    assert city.officer.ask("POST", f"/api/v1/sense/alarms/{alarm['id']}/close", {"reason": "other"})[0] == 409


def test_missing_and_frozen_data_are_warned_of(city: City) -> None:
    outlet = city.register(silent_after_minutes=1)
    with city.logger(outlet) as logger:
        start = clock.now() - timedelta(minutes=90)
        for minute in range(0, 90, 2):
            flow = {"Rtd": 10 + minute / 100, "Flag": "N"}
            moment = start + timedelta(minutes=minute)
            logger.upload("2011", moment, {"w01018": {"Rtd": 43.2, "Flag": "N"}, "w00000": flow, "w21003": flow})
    (frozen,) = until(lambda: city.alarms(outlet, "frozen"))
    assert frozen["property"] == "w01018"
    (missing,) = until(lambda: city.alarms(outlet, "missing"), seconds=120)
    assert missing["state"] == "raised"
    page = city.officer.page("/desk/environment/outlets/?state=silent")
    assert outlet["name"] in page
    with city.logger(outlet) as logger:
        steady = {"Rtd": 44.0, "Flag": "N"}
        logger.upload("2011", clock.now(), {"w01018": steady, "w00000": steady, "w21003": steady})
    until(lambda: city.alarms(outlet, "missing")[0]["cleared_at"])


def test_flags_tell_which_values_are_valid(city: City) -> None:
    outlet = city.register()
    start, _ = clock.day_bounds(TODAY - timedelta(days=1))
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", start, [50.0] * 6, {1: "D", 2: "T", 3: "C"})
    readings = city.officer.page(
        f"/desk/environment/outlets/{outlet['id']}/readings.csv?factor=w01018&from={start.isoformat().replace('+', '%2B')}"
    )
    rows = list(csv.reader(io.StringIO(readings.lstrip("\ufeff"))))[1:]
    assert [row[5] for row in rows][:6] == ["", "D", "T", "C", "", ""]
    day = (TODAY - timedelta(days=1)).isoformat()
    report = city.officer.post(f"/api/v1/environment/outlets/{outlet['id']}/reports/{day}")
    (cod,) = [item for item in report["figures"]["factors"] if item["factor"] == "w01018"]
    assert (cod["received"], cod["valid"]) == (6, 3)


def test_the_day_of_an_outlet_and_its_district_is_reported(city: City) -> None:
    outlet = city.register()
    day = TODAY - timedelta(days=1)
    start, _ = clock.day_bounds(day)
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", start, [50.0] * 20 + [120.0] * 2)
        logger.upload_hours("w00000", start, [10.0] * 24)
    own = f"/desk/environment/outlets/{outlet['id']}/reports/{day}"
    page = city.officer.send(f"{own}/make", {})
    assert "22 / 24" in page
    report = city.officer.get(f"/api/v1/environment/outlets/{outlet['id']}/reports/{day}")
    assert (report["version"], report["exceeding_hours"], report["exceedances"]) == (1, 2, 1)
    with city.logger(outlet) as logger:
        logger.upload_hours("w01018", start + timedelta(hours=22), [50.0] * 2)
    assert "24 / 24" in city.officer.send(f"{own}/make", {})
    assert city.officer.get(f"/api/v1/environment/outlets/{outlet['id']}/reports/{day}")["version"] == 2
    district = f"/desk/environment/reports/{YUBEI}/{day}"
    assert outlet["name"] in city.officer.page(district)
    for address in (f"{own}.csv", f"{district}.csv"):
        assert outlet["mn"] in city.officer.page(address)
    for address in (f"{own}.pdf", f"{district}.pdf"):
        assert is_pdf(city.officer, address)
    assert city.stranger.visitor.get(own)[0] == 404
    assert city.firm.page(own)
    assert city.firm.ask("POST", f"/api/v1/environment/outlets/{outlet['id']}/reports/{day}")[0] == 403


def is_pdf(person: Person, address: str) -> bool:
    """Whether a PDF is there."""
    with person.visitor.opener.open(person.server.url + address, timeout=60) as answer:
        return bool(answer.read(5) == b"%PDF-")


def test_the_plan_says_what_works(city: City) -> None:
    systems = {system["key"]: system for system in city.officer.get("/api/v1/plan/systems")["systems"]}
    assert systems["I3"]["state"] == "works"
