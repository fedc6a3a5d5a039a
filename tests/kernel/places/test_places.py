"""The carried places in a real database, read as the web's role."""

import json
from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.places import api
from yuzhou.kernel.places.importing import load_carried_data
from yuzhou.kernel.places.models import Edition, Place, PlaceChange, PlaceCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


@pytest.mark.owner
def test_loading_again_changes_nothing() -> None:
    Edition.objects.all().delete()
    before = set(Place.objects.values_list("id", "path", "code")), PlaceCode.objects.count(), PlaceChange.objects.count()
    assert "loaded" in load_carried_data()
    after = set(Place.objects.values_list("id", "path", "code")), PlaceCode.objects.count(), PlaceChange.objects.count()
    assert before == after
    assert load_carried_data() == "places: up to date"


def test_every_level_is_there() -> None:
    counts = [Place.objects.filter(level=level, on_map=True, valid_to=None).count() for level in api.Level]
    assert counts == [1, 38, 1031, 11270]


def test_the_web_role_cannot_change_places() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Place.objects.filter(path="50").update(name="x")


@pytest.mark.parametrize(
    ("code", "on", "path", "name"),
    [
        ("500234", date(2015, 1, 1), "50.0154", "开县"),
        ("500154", date(2016, 6, 8), "50.0154", "开州区"),
        ("500110", date(2011, 10, 21), "50.0901", "万盛区"),
        ("500110", date(2011, 10, 22), "50.0110", "綦江区"),
        ("500222", date(2010, 1, 1), "50.0110", "綦江县"),
        ("500111", date(2005, 1, 1), "50.0902", "双桥区"),
        ("500239", date(1999, 1, 1), "50.0114", "黔江土家族苗族自治县"),
        ("500112", date(2026, 1, 1), "50.0112", "渝北区"),
        ("500157", date(2026, 1, 1), "50.0157", "两江新区"),
        ("500112008", None, "50.0112.008", None),
        ("500234", None, "50.0154", "开州区"),
    ],
)
def test_a_code_finds_the_place_that_bore_it_then(code: str, on: date | None, path: str, name: str | None) -> None:
    found = api.get_place(code=code, on=on)
    assert found.path == path
    assert name is None or found.name == name


def test_a_code_that_nobody_bore_then_is_refused() -> None:
    for code, on in (("500154", date(2016, 6, 7)), ("500234", date(2016, 6, 8)), ("999999", None), ("", None)):
        with pytest.raises(NotFound):
            api.get_place(code=code, on=on)
    with pytest.raises(NotFound):
        api.get_place(path="51")


def test_a_path_tells_the_name_of_its_day() -> None:
    then, now = api.get_place(path="50.0154", on=date(2015, 1, 1)), api.get_place(path="50.0154")
    assert (then.id, then.code, then.name, then.name_en) == (now.id, "500234", "开县", "Kaizhou (开县)")
    assert (now.code, now.name_en) == ("500154", "Kaizhou District")
    assert [span.code for span in api.list_codes("50.0154")] == ["500154", "500234", "511221"]
    assert api.get_place(path="50.0156", on=date(2015, 1, 1)).name_en == "Wulong County"


def test_the_map_shows_38_districts_since_2011_and_40_before() -> None:
    assert [len(api.list_districts(on=day)) for day in (None, date(2026, 11, 1), date(2012, 1, 1), date(2011, 1, 1))] == [
        38,
        38,
        38,
        40,
    ]


def test_children_are_in_the_order_of_pinyin() -> None:
    names = [place.name for place in api.list_children("50.0103")]
    assert len(names) == 11
    assert names[:2] == ["菜园坝街道", "朝天门街道"]
    assert [place.path for place in api.list_ancestors("50.0103.001")] == ["50", "50.0103"]


@pytest.mark.parametrize("text", ["渝北", "渝北区", "yubei", "Yu bei", "ybq", "500112"])
def test_a_place_is_found_by_name_pinyin_initials_and_code(text: str) -> None:
    assert api.find_places(text)[0].path == "50.0112"


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "'", "'; drop table", "\\", "渝北%"])
def test_odd_searches_find_nothing_and_break_nothing(text: str) -> None:
    assert api.find_places(text) == []


def test_a_search_stays_below_a_place_and_at_a_level() -> None:
    found = api.find_places("long", below="50.0112", level=api.Level.TOWNSHIP)
    assert found
    assert all(place.path.startswith("50.0112.") and place.level is api.Level.TOWNSHIP for place in found)


def test_every_point_inside_a_district_finds_it() -> None:
    wrong = [d.path for d in api.list_districts() if d.lon is None or d.lat is None or api.district_at(d.lon, d.lat) != d]
    assert wrong == []
    assert api.district_at(116.4, 39.9) is None
    assert not api.within_city_bounds(116.4, 39.9)


def test_outlines_are_served_to_anyone_and_cached(client: Client) -> None:
    response = client.get("/places/districts.geojson")
    features = json.loads(response.content)["features"]
    assert len(features) == 38
    assert features[0]["properties"]["path"] == "50.0101"
    assert len(response.content) < 150_000
    assert client.get("/places/districts.geojson", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert len(json.loads(client.get("/places/city.geojson").content)["features"]) == 1
    assert client.post("/places/city.geojson").status_code == 405


def test_the_picker_answers_with_what_lies_above(client: Client) -> None:
    found = client.get("/places/search", {"q": "高笋塘", "limit": "x"}).json()["places"]
    assert found[0] == {"path": "50.0101.001", "code": "500101001", "level": 3, "name": "高笋塘街道", "within": "万州区"}


def test_a_code_cannot_name_two_places_at_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = 'kernel_places_code_names_one_place'")
        assert cursor.fetchone() == (1,)
