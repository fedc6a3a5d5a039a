"""What sense gives to the desk's search."""

import time

import pytest
from django.db import connection
from django.utils import translation

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, batch, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Bound, Definition, Feed, Level, Limit
from yuzhou.capabilities.sense.web.desk import search
from yuzhou.kernel.access import api as access
from yuzhou.kernel.actor import ActorKind
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
from yuzhou.ui.search import find

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
HERE, ELSEWHERE = "50.0112", "50.0101"


def officer_of(place: str):
    with acting_as(SYSTEM):
        account = access.create_user(actor=SYSTEM, username="officer", display_name="值班员", password="a long sample password 1")
        access.grant_role(actor=SYSTEM, user=account, role="environment-officer", place_path=place)
        return access.actor_now(kind=ActorKind.PERSON, holder=account.id, name=account.username)


@pytest.fixture
def meter(make_device):
    """A chlorine meter with a rule of its own that raised an alarm."""
    device = make_device(place_path=HERE, identity="MD-WATER-01", title=Text("木洞水厂余氯仪", "Chlorine meter"))
    with acting_as(SYSTEM):
        api.define_rule(
            actor=SYSTEM,
            key="chlorine-high",
            title=Text("余氯过高", "Too much chlorine"),
            definition=Definition((Level(Severity.MAJOR, Limit(Feed(COD, RTD), (Bound(high=100),))),)),
            device_id=device.id,
        )
    api.ingest(batch(series_of(device)[COD, RTD], (0, 50), (1, 150), (2, 160)))
    return device


@pytest.mark.parametrize("text", ["余氯", "木洞水厂余氯仪", "MD-WATER-01", "md-water"])
def test_the_desk_finds_a_device_and_its_newest_alarms(meter, places, text):
    with translation.override("zh-hans"):
        (answer,) = [one for one in find(officer_of(HERE), text) if str(one.title) == "设备监测"]
    titles = [str(hit.title) for hit in answer.hits]
    assert not answer.failed
    assert titles[0] == "木洞水厂余氯仪 (MD-WATER-01)"
    assert any("木洞水厂余氯仪" in title and title.startswith("报警：") for title in titles)
    assert ("报警规则：余氯过高" in titles) == (text == "余氯")


def test_nothing_beyond_the_reach(meter, places):
    assert search(officer_of(ELSEWHERE), "木洞") == []


def test_the_one_of_exactly_that_identity_comes_first(make_device, meter):
    for number in range(12):
        make_device(place_path=HERE, identity=f"0-MD-WATER-01-{number}")
    with acting_as(SYSTEM):
        found = search(SYSTEM, "md-water-01")
    assert found[0][0].endswith("(MD-WATER-01)")
    assert len(found) <= 20


def test_among_many_devices_it_is_quick(meter):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # without their entities
        cursor.execute(
            "INSERT INTO sense_device (id, protocol, identity, secret, title_zh, title_en, profile, place_path, simulated,"
            " silent_after_seconds, frames_per_minute, enabled, notes, connection, connection_sealed, registered_at,"
            " directory_version) SELECT gen_random_uuid(), 'http', 'many-' || n, '', '样例设备' || n, 'Sample ' || n, '', %s,"
            " false, 600, 600, true, '', '{}', '', now(), 0 FROM generate_series(1, 100000) n",
            [HERE],
        )
    with acting_as(SYSTEM):
        search(SYSTEM, "木洞")
        began = time.perf_counter()
        assert search(SYSTEM, "木洞")
        assert search(SYSTEM, "样例设备")
    assert time.perf_counter() - began < 4
