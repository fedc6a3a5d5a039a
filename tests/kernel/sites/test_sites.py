"""Sites: in the city, within reach, with their history."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.parties import api as parties
from yuzhou.kernel.sites import api
from yuzhou.kernel.sites.models import Site
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places", "kept_acts")]
Make = Callable[..., Actor]
P = "environment.outlet:register"
SEE = "environment.outlet:see"


def register(actor: Actor, **changes: Any) -> api.SiteView:
    values: dict[str, Any] = {
        "kind": "outlet",
        "name": "样例水务一厂排口",
        "place_path": "50.0112.008",
        "lon": 106.6,
        "lat": 29.7,
        "valid_from": date(2026, 1, 1),
    } | changes
    with acting_as(actor):
        return api.register_site(actor=actor, permission=P, **values)


@pytest.fixture
def firm() -> parties.OrganisationRef:
    system = Actor.system("test")
    with acting_as(system):
        return parties.register_organisation(
            actor=system,
            uscc=str(parties.complete_credit_code("91500112", "MA000002")),
            name="样例水务有限公司",
            kind=parties.OrganisationKind.ENTERPRISE,
            place_path="50.0112",
        )


def test_a_site_tells_its_place_and_operator(officer: Make, firm: parties.OrganisationRef, kept_acts: Any) -> None:
    made = register(officer("50.0112", P), operator=firm.id)
    assert (made.place.name, made.operator, made.is_open) == ("翠云街道", firm, True)
    assert made.urn == f"urn:yuzhou:site:{made.id}"
    assert kept_acts.names[-1] == "kernel.site:register"


def test_who_sees_a_site(officer: Make, member: Make, firm: parties.OrganisationRef) -> None:
    made = register(officer("50.0112", P), operator=firm.id)
    seeing = [officer(path, SEE) for path in ("50", "50.0112", "50.0112.008")] + [member(firm.id, SEE)]
    blind = [officer("50.0113", SEE), officer("50.0112.002", SEE), officer("50.0112", P), member(uuid4(), SEE), Actor.public()]
    for actor in seeing:
        with acting_as(actor):
            assert api.get_site(actor=actor, permission=SEE, site=made.id) == made
            assert api.list_sites(actor=actor, permission=SEE, kind="outlet", below="50.0112") == [made]
    for actor in blind:
        with acting_as(actor):
            assert api.list_sites(actor=actor, permission=SEE) == []
            with pytest.raises(NotFound):
                api.get_site(actor=actor, permission=SEE, site=made.id)


def test_lists_narrow_by_kind_place_operator_and_id(officer: Make, firm: parties.OrganisationRef) -> None:
    city = officer("50", P)
    one, two = register(city, operator=firm.id), register(city, kind="farm", name="样例农场", place_path="50.0113")
    with acting_as(city):
        for narrowed, expected in (
            ({}, [two, one]),
            ({"kind": "farm"}, [two]),
            ({"below": "50.0113"}, [two]),
            ({"operator": firm.id}, [one]),
            ({"ids": [one.id]}, [one]),
            ({"ids": []}, []),
        ):
            assert api.list_sites(actor=city, permission=P, **narrowed) == expected


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": "Outlet!"}, Invalid),
        ({"name": ""}, Invalid),
        ({"lon": 116.4, "lat": 39.9}, Invalid),
        ({"lon": float("nan")}, Invalid),
        ({"lat": float("inf")}, Invalid),
        ({"place_path": "50.0113"}, PermissionDenied),
        ({"place_path": "50.0112.000"}, NotFound),
        ({"operator": uuid4()}, NotFound),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], error: type[Exception], officer: Make) -> None:
    with pytest.raises(error):
        register(officer("50.0112", P), **changes)


def test_a_change_keeps_the_rest_and_records_what_was(officer: Make, kept_acts: Any) -> None:
    actor = officer("50.0112", P)
    made = register(actor)
    with acting_as(actor):
        changed = api.update_site(actor=actor, permission=P, site=made.id, lon=106.61)
        assert (changed.lon, changed.lat, changed.name) == (106.61, 29.7, made.name)
        with pytest.raises(Invalid):
            api.update_site(actor=actor, permission=P, site=made.id, lat=0.0)
    assert kept_acts.kept[-1][2]["before"]["lon"] == "106.6"


def test_a_closed_site_stays_in_history_and_does_not_change(officer: Make) -> None:
    actor = officer("50.0112", P)
    made = register(actor)
    with acting_as(actor):
        with pytest.raises(Invalid):
            api.close_site(actor=actor, permission=P, site=made.id, on=date(2025, 12, 31))
        assert api.close_site(actor=actor, permission=P, site=made.id, on=date(2026, 6, 1)).closed_at == date(2026, 6, 1)
        for act in (api.close_site, api.update_site):
            with pytest.raises(Conflict):
                act(actor=actor, permission=P, site=made.id)
        assert api.list_sites(actor=actor, permission=P) == []
        assert len(api.list_sites(actor=actor, permission=P, with_closed=True)) == 1


def test_the_database_itself_holds_the_reach(officer: Make) -> None:
    made = register(officer("50.0112", P))
    assert Site.objects.count() == 0, "without a scope nothing is seen"
    with acting_as(officer("50.0113", P)):
        assert Site.objects.count() == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Site.objects.create(
                kind="x", name="x", place_id=made.place.id, place_path="50.0112", lon=1, lat=1, valid_from=date(2026, 1, 1)
            )
