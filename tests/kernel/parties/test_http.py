"""The register of organisations as JSON."""

from typing import Any

import pytest
from django.test import Client

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.parties import api
from yuzhou.kernel.transactions import acting_as

ROOT = "/api/v1/kernel/parties"


@pytest.mark.django_db
@pytest.mark.usefixtures("places")
def test_anyone_finds_an_organisation_but_not_its_contact(client: Client, kept_acts: Any) -> None:
    system, uscc = Actor.system("test"), str(api.complete_credit_code("91500112", "MA000003"))
    with acting_as(system):
        api.register_organisation(
            actor=system,
            uscc=uscc,
            name="样例水务有限公司",
            kind=api.OrganisationKind.ENTERPRISE,
            place_path="50.0112",
            contact=api.Contact(name="样例人员", telephone="023-00000000"),
        )
    found = client.get(f"{ROOT}/{uscc.lower()}")
    assert found.json()["name"] == "样例水务有限公司"
    assert "023" not in found.content.decode()
    assert len(client.get(ROOT, {"q": "水务", "below": "50.0112"}).json()) == 1
    assert client.get(f"{ROOT}/x").status_code == 404
