"""Sentences of codes: in the reader's language, with titles where there are any."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from yuzhou.domains.environment.contracts import ALARM_RAISED
from yuzhou.kernel.access.api import create_user
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import word
from yuzhou.kernel.transactions import acting_as

PASSWORD = "yuzhou-ceshi-2026"


def test_a_parameter_in_two_languages_is_told_in_the_readers() -> None:
    params: dict[str, Any] = {"outlet": "A", "rule_zh": "氨氮超标", "rule_en": "Ammonia above limit"}
    with translation.override("zh-hans"):
        assert word(ALARM_RAISED, params) == "A：氨氮超标。"
    with translation.override("en"):
        assert word(ALARM_RAISED, params) == "A: Ammonia above limit."


@pytest.mark.django_db
def test_a_lacking_permission_is_named_by_its_title(client: Client) -> None:
    system = Actor.system("test")
    with acting_as(system):
        create_user(actor=system, username="nobody", display_name="N", password=PASSWORD, must_change_password=False)
    client.post("/accounts/login/", {"login": "nobody", "password": PASSWORD})
    response = client.get("/desk/admin/audit/")
    assert response.status_code == 403
    assert "“查阅审计日志”" in response.content.decode()
