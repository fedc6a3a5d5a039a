"""Organisations: public to read, their contacts not; written only within reach."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from yuzhou.kernel.parties import api
from yuzhou.kernel.parties.contracts import Contact, OrganisationKind, OrganisationRef
from yuzhou.kernel.parties.models import Organisation, OrganisationContact
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
Make = Callable[..., Actor]
ALL = ("kernel.organisation:register", "kernel.organisation:update", "kernel.organisation:see-contact")
CONTACT = Contact("样例人员", "023-0000 0000", "sample@example.org", "样例路1号")
USCC = str(api.complete_credit_code("91500112", "MA000001"))


def register(actor: Actor, **changes: Any) -> OrganisationRef:
    values = {
        "uscc": USCC,
        "name": "样例水务有限公司",
        "kind": OrganisationKind.ENTERPRISE,
        "place_path": "50.0112",
        "contact": CONTACT,
    } | changes
    with acting_as(actor):
        return api.register_organisation(actor=actor, **values)


def test_an_officer_registers_an_organisation_that_anyone_finds(officer: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL), uscc=f" {USCC.lower()} ", name="  样例水务  有限公司 ", name_en="Sample Water")
    with acting_as(Actor.public()):
        assert api.get_organisation(uscc=USCC) == api.get_organisation(organisation=made.id) == made
        assert (
            api.list_organisations(text="水务")
            == api.list_organisations(below="50")
            == api.list_organisations(ids=[made.id])
            == [made]
        )
        assert api.list_organisations(below="50.0113") == []
    assert (made.name, made.title.en, made.kind.label.zh) == ("样例水务 有限公司", "Sample Water", "企业")
    assert kept_acts.names == ["kernel.organisation:register"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"uscc": "1"}, Invalid),
        ({"name": " "}, Invalid),
        ({"name": "x" * 201}, Invalid),
        ({"name": "a\u0000b"}, Invalid),
        ({"place_path": "50.0112.999"}, NotFound),
        ({"place_path": "50.0113"}, PermissionDenied),
        ({"place_path": "50"}, PermissionDenied),
        ({"contact": Contact(email="x")}, Invalid),
        ({"contact": Contact(telephone="call me")}, Invalid),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(
    changes: dict[str, Any], error: type[Exception], officer: Make, kept_acts: Any
) -> None:
    with pytest.raises(error):
        register(officer("50.0112", *ALL), **changes)
    assert not Organisation.objects.exists()


def test_a_code_is_registered_once_in_the_whole_city(officer: Make, kept_acts: Any) -> None:
    register(officer("50.0112", *ALL))
    with pytest.raises(Conflict):
        register(officer("50.0113", *ALL), place_path="50.0113")


def test_a_contact_is_seen_by_the_district_and_the_organisation_only(officer: Make, member: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    for actor in (officer("50.0112", *ALL), officer("50", *ALL), member(made.id, *ALL)):
        with acting_as(actor):
            assert api.get_contact(actor=actor, organisation=made.id) == CONTACT
    for actor in (officer("50.0113", *ALL), member(uuid4(), *ALL), Actor.public()):
        with acting_as(actor), pytest.raises(PermissionDenied):
            api.get_contact(actor=actor, organisation=made.id)
    assert kept_acts.names.count("kernel.organisation:see-contact") == 3


def test_the_database_itself_hides_contacts_and_refuses_writes_beyond_reach(officer: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    assert OrganisationContact.objects.count() == 0, "without a scope nothing is seen"
    assert Organisation.objects.count() == 1
    with acting_as(officer("50.0113", *ALL)):
        assert OrganisationContact.objects.count() == 0
        assert Organisation.objects.filter(id=made.id).update(name="x") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Organisation.objects.create(
                uscc="1",
                name="x",
                kind="other",
                place_id=get_place(path="50.0112").id,
                place_path="50.0112",
                registered_at=clock.now(),
            )


def test_an_organisation_keeps_its_own_contact_but_not_its_name(officer: Make, member: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    own = member(made.id, "kernel.organisation:update", "kernel.organisation:see-contact")
    with acting_as(own):
        api.set_contact(actor=own, organisation=made.id, contact=Contact(name="样例人员二"))
        assert api.get_contact(actor=own, organisation=made.id).name == "样例人员二"
        with pytest.raises(PermissionDenied):
            api.update_organisation(actor=own, organisation=made.id, name="x")
    district = officer("50.0112", *ALL)
    with acting_as(district):
        changed = api.update_organisation(actor=district, organisation=made.id, name="样例水务二厂", kind=OrganisationKind.OTHER)
    assert (changed.name, changed.uscc, changed.kind) == ("样例水务二厂", made.uscc, OrganisationKind.OTHER)


def test_an_unknown_organisation_is_not_found() -> None:
    for by in ({"organisation": uuid4()}, {"uscc": "x"}):
        with pytest.raises(NotFound):
            api.get_organisation(**by)
