"""The pages and the JSON of the plan, for anyone."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_all_systems_are_listed_in_both_languages() -> None:
    chinese = Client(headers={"accept-language": "zh-hans"}).get("/systems/").content.decode()
    english = Client(headers={"accept-language": "en"}).get("/systems/").content.decode()
    assert chinese.count("<tr id=") == english.count("<tr id=") == 59
    assert "I3 重要污染物监测网络" in chinese
    assert "I3 Pollutant monitoring network" in english


@pytest.mark.django_db
def test_a_system_shows_its_parts_and_the_named_tests() -> None:
    page = Client(headers={"accept-language": "en"}).get("/systems/I3").content.decode()
    assert "Hourly means above the limit" in page
    assert "Daily reports of outlets and districts" in page


@pytest.mark.django_db
def test_an_unknown_system_is_not_found() -> None:
    assert Client().get("/systems/Z9").status_code == 404
    assert Client().get("/api/v1/plan/systems/Z9").status_code == 404


@pytest.mark.django_db
def test_the_json_says_the_same() -> None:
    found = Client().get("/api/v1/plan/systems").json()
    assert len(found["systems"]) == 59
    assert sum(found["counts"].values()) == 59
    one = Client().get("/api/v1/plan/systems/A2").json()
    assert one == next(system for system in found["systems"] if system["key"] == "A2")
    assert one["title"] == {"zh": "智能节水灌溉", "en": "Smart irrigation"}
    assert [part["key"] for part in one["parts"]] == ["water-balance", "plot-plan", "valves"]
