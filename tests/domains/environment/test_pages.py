"""The pages open for those who may see them, in both languages, and the forms do what they say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from yuzhou.capabilities.sense.contracts import Statistic
from yuzhou.domains.environment.contracts import Outlet
from yuzhou.domains.environment.selectors.outlets import list_outlets
from yuzhou.domains.environment.services.reports import make_report
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as
from yuzhou.ui.pdf import FONT

from .conftest import SYSTEM

pytestmark = pytest.mark.django_db
DAY = clock.local_day(clock.now()) - timedelta(days=1)
START, _ = clock.day_bounds(DAY)


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """A browser of someone who is signed in."""

    def sign_in(actor: Actor, language: str = "zh-hans") -> Client:
        monkeypatch.setattr("yuzhou.project.middleware.actor_for_request", lambda request: actor)
        return Client(headers={"accept-language": language})

    return sign_in


def addresses(outlet: Outlet, district: str) -> list[str]:
    """Every page and data address of the desk."""
    own = (
        "",
        "alarms",
        "frames",
        "limits",
        "limits/new",
        "edit",
        "factors",
        "close",
        "reports",
        f"reports/{DAY}",
        f"reports/{DAY}.csv",
    )
    names = [f"/desk/environment/outlets/{outlet.id}/{name}" for name in own]
    names += [f"/desk/environment/outlets/{outlet.id}/{data}?factor=w01018&scale=hour" for data in ("chart.json", "readings.csv")]
    shared = (
        "",
        "outlets/",
        "outlets.geojson",
        "outlets/new",
        f"districts/{district}",
        "reports/",
        f"reports/{district}/{DAY}",
        f"reports/{district}/{DAY}.csv",
    )
    return (
        names
        + [f"/desk/environment/{name}" for name in shared]
        + [f"/desk/environment/outlets/register?district={district}&medium=water"]
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens(
    outlet: Outlet, officer: Actor, store: Callable[..., None], signed_in: Callable[..., Client], language: str, yubei: str
) -> None:
    store(outlet, "w01018", START, [50.0] * 24)
    store(outlet, "w00000", START, [10.0] * 24, flag=[0] * 23 + [4])
    store(outlet, "w01018", clock.now() - timedelta(minutes=30), [51.0] * 20, statistic=Statistic.RTD, step=timedelta(minutes=1))
    with acting_as(officer):
        make_report(actor=officer, outlet=outlet.id, day=DAY)
    client = signed_in(officer, language)
    for address in addresses(outlet, yubei):
        answer = client.get(address)
        assert answer.status_code == 200, address
    page = client.get(f"/desk/environment/outlets/{outlet.id}/").content.decode()
    assert ("50 mg/L" in page, "≤ 100 mg/L" in page) == (True, True)
    csv = b"".join(client.get(f"/desk/environment/outlets/{outlet.id}/readings.csv?factor=w00000").streaming_content).decode()
    assert csv.count("\n") == 25
    assert ",D," in csv


@pytest.mark.skipif(not finders.find(FONT), reason="the front end is not built: npm ci && npm run build")
def test_papers_are_pdf(outlet: Outlet, officer: Actor, signed_in: Callable[..., Client], yubei: str) -> None:
    with acting_as(officer):
        make_report(actor=officer, outlet=outlet.id, day=DAY)
    client = signed_in(officer)
    for address in (f"outlets/{outlet.id}/reports/{DAY}.pdf", f"reports/{yubei}/{DAY}.pdf"):
        assert client.get(f"/desk/environment/{address}").content.startswith(b"%PDF-")


def test_a_stranger_finds_nothing_and_the_public_signs_in(outlet: Outlet, wanzhou: str, signed_in: Callable[..., Client]) -> None:
    from .conftest import person

    client = signed_in(person("environment-officer", place_path=wanzhou))
    assert outlet.name not in client.get("/desk/environment/outlets/").content.decode()
    assert client.get("/desk/environment/outlets.geojson").json()["features"] == []
    assert client.get(f"/desk/environment/outlets/{outlet.id}/").status_code == 404
    assert signed_in(Actor.public()).get("/desk/environment/").status_code in (302, 401, 403)


def test_the_public_page_tells_counts_and_no_names(outlet: Outlet, signed_in: Callable[..., Client]) -> None:
    page = signed_in(Actor.public()).get("/environment/").content.decode()
    assert "渝北区" in page
    assert outlet.name not in page
    assert "样例水务" not in page


def form_of(entry: dict[str, Any], factors: list[dict[str, str]]) -> dict[str, str]:
    """What a browser sends."""
    data = {key: str(value) for key, value in entry.items()}
    data |= {"factors-TOTAL_FORMS": str(len(factors)), "factors-INITIAL_FORMS": "0"}
    for index, row in enumerate(factors):
        data |= {f"factors-{index}-{key}": value for key, value in row.items()}
    return data


ENTRY = {
    "firm_code": "", "firm_name": "样例水务八厂", "name": "样例水务八厂 总排口", "address": "", "lon": 106.63, "lat": 29.72,
    "permit": "样例许可8", "mn": "DE50011200000000000000E8", "password": "123456", "system_type": "32",
    "silent_after_minutes": 30, "frozen_after_minutes": 240, "limits_from": DAY.isoformat(),
}  # fmt: skip
ROWS = [
    {"code": "w00000", "averaging": "hour"},
    {"code": "w01018", "upper": "100", "averaging": "hour", "basis": "样例许可8"},
    {"code": "w01018", "upper": "60", "averaging": "day", "basis": "样例许可8"},
    {"code": "", "averaging": "hour"},
]


def test_a_clerk_registers_a_firm_and_its_outlet(officer: Actor, yubei: str, signed_in: Callable[..., Client]) -> None:
    from yuzhou.kernel.parties.api import complete_credit_code

    code = complete_credit_code("91500112", "MAYL8008").text
    client = signed_in(officer)
    address = f"{reverse('environment:outlet-register')}?district={yubei}&medium=water"
    wrong = client.post(address, form_of({**ENTRY, "firm_code": code[:-1] + "?", "place_path": yubei}, ROWS))
    assert wrong.status_code == 200
    all_wrong = {**ENTRY, "firm_code": "123", "mn": "ABC", "password": "12", "lon": 206, "place_path": yubei}
    told = client.post(address, form_of(all_wrong, ROWS)).context["form"].errors
    assert set(told) == {"firm_code", "mn", "password", "lon"}, "one look shows everything that is wrong"
    unsure = client.post(address, form_of({**ENTRY, "firm_code": code, "mn": "88888880000001", "place_path": yubei}, ROWS))
    assert "24 位大写十六进制" in unsure.content.decode()
    with acting_as(SYSTEM):
        assert list_outlets(actor=SYSTEM) == []
    right = client.post(address, form_of({**ENTRY, "firm_code": code, "place_path": yubei}, ROWS))
    assert right.status_code == 302
    with acting_as(SYSTEM):
        (outlet,) = list_outlets(actor=SYSTEM)
    assert str(outlet.operator) == "样例水务八厂"
    assert [(limit.averaging.value, limit.upper) for limit in outlet.factors[1].limits] == [("day", 60.0), ("hour", 100.0)]


def test_a_limit_is_set_on_a_page(outlet: Outlet, officer: Actor, signed_in: Callable[..., Client]) -> None:
    client = signed_in(officer)
    address = reverse("environment:outlet-limit-new", args=[outlet.id])
    later = clock.local_day(clock.now()) + timedelta(days=10)
    data = {"code": "w01018", "averaging": "hour", "upper": "80", "basis": "样例", "valid_from": later.isoformat()}
    assert client.post(address, data).status_code == 302
    again = client.post(address, {**data, "upper": "70"})
    assert again.status_code == 200
    assert "新限值的生效日期须更晚" in again.content.decode()


def test_reports_are_made_by_a_button_of_those_who_may(
    outlet: Outlet, officer: Actor, signed_in: Callable[..., Client], yubei: str, firm: UUID
) -> None:
    from .conftest import person

    address = reverse("environment:district-report-make", args=[yubei, DAY])
    assert signed_in(person("environment-firm", organisation=firm)).post(address).status_code == 403
    assert signed_in(officer).post(address).status_code == 302
    assert signed_in(officer).get(address).status_code == 405
