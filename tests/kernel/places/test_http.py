"""Places as JSON."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
ROOT = "/api/v1/kernel/places"


def test_districts_children_searches_and_codes_are_listed(client: Client) -> None:
    assert len(client.get(ROOT).json()) == 38
    assert len(client.get(ROOT, {"on": "2011-01-01"}).json()) == 40
    assert len(client.get(ROOT, {"below": "50.0103"}).json()) == 11
    assert client.get(ROOT, {"q": "yubei", "limit": 1}).json()[0]["name_en"] == "Yubei District"
    assert client.get(ROOT, {"code": "500234", "on": "2015-01-01"}).json()[0]["name"] == "开县"


def test_one_place_tells_its_codes(client: Client) -> None:
    place = client.get(f"{ROOT}/50.0154").json()
    assert (place["name"], place["ancestors"]) == ("开州区", ["50"])
    assert [code["code"] for code in place["codes"]] == ["500154", "500234", "511221"]


@pytest.mark.parametrize("query", [{"on": "yesterday"}, {"level": 9}, {"limit": 0}, {"q": "x" * 81}])
def test_what_cannot_be_read_is_refused(client: Client, query: dict[str, str]) -> None:
    assert client.get(ROOT, query).status_code in (400, 422)


def test_an_unknown_place_is_not_found(client: Client) -> None:
    assert client.get(f"{ROOT}/51").status_code == client.get(ROOT, {"code": "1"}).status_code == 404


@pytest.mark.parametrize("address", [f"{ROOT}/50%00", f"{ROOT}?q=%00", f"{ROOT}?below=a%00b", "/places/search?q=a%00"])
def test_a_nul_character_is_refused(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400
