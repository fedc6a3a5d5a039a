"""Persons: encrypted, masked, found by hash, revealed for a purpose and on the record."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, YuzhouError
from yuzhou.kernel.keys import api as keys
from yuzhou.kernel.parties import api
from yuzhou.kernel.parties.contracts import PersonView
from yuzhou.kernel.parties.models import Person
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
Make = Callable[..., Actor]
ALL = ("kernel.person:register", "kernel.person:see", "kernel.person:reveal")
NUMBER = "11010519491231002X"  # the standard's own example
WHY = "测试核对身份"


def register(actor: Actor, **where: Any) -> PersonView:
    with acting_as(actor):
        return api.register_person(actor=actor, name="样例人员", id_number=NUMBER, **(where or {"place_path": "50.0112"}))


def test_a_person_is_shown_masked_and_stored_closed(officer: Make, kept_acts: Any) -> None:
    actor = officer("50.0112", *ALL)
    made = register(actor)
    assert (made.masked_id_number, made.sex) == ("110***********002X", api.Sex.FEMALE)
    assert not hasattr(made, "birth_date")
    with acting_as(actor):
        record = Person.objects.get()
        assert NUMBER.encode() not in bytes(record.id_number)
        assert NUMBER not in record.id_number_hash
        assert api.get_person(actor=actor, person=made.id, purpose=WHY) == made
        assert api.list_persons(actor=actor, purpose=WHY) == [made]
    assert kept_acts.names == ["kernel.person:register", "kernel.person:see", "kernel.person:see"]


def test_a_person_is_found_by_the_number_within_reach_only(officer: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    for path, expected in (("50", made), ("50.0112", made), ("50.0113", None), ("50.0112.008", None)):
        actor = officer(path, *ALL)
        with acting_as(actor):
            assert api.find_person_by_id_number(actor=actor, id_number=NUMBER.lower(), purpose=WHY) == expected
    assert [details.get("found", True) for _, _, details in kept_acts.kept[1:]] == [True, True, False, False]
    assert all(details["purpose"] == WHY for _, _, details in kept_acts.kept[1:])


def test_the_whole_number_needs_permission_reach_and_purpose_and_is_recorded(officer: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    entitled = officer("50.0112", "kernel.person:reveal")
    with acting_as(entitled):
        with pytest.raises(Invalid):
            api.reveal_id_number(actor=entitled, person=made.id, purpose="  x ")
        assert api.reveal_id_number(actor=entitled, person=made.id, purpose=WHY) == NUMBER
        assert api.reveal_birth_date(actor=entitled, person=made.id, purpose=WHY) == date(1949, 12, 31)
    assert kept_acts.kept[-2:] == [("kernel.person:reveal", f"urn:yuzhou:person:{made.id}", {"purpose": WHY})] * 2
    seeing, elsewhere = officer("50.0112", "kernel.person:see"), officer("50.0113", *ALL)
    with acting_as(seeing), pytest.raises(PermissionDenied):
        api.reveal_id_number(actor=seeing, person=made.id, purpose=WHY)
    with acting_as(elsewhere), pytest.raises(NotFound):
        api.reveal_id_number(actor=elsewhere, person=made.id, purpose=WHY)


def test_no_record_no_number(officer: Make, kept_acts: Any) -> None:
    actor = officer("50.0112", *ALL)
    made = register(actor)
    before = acts.set_sink(None)
    try:
        with acting_as(actor), pytest.raises(YuzhouError, match=r"kernel\.no-audit"):
            api.reveal_id_number(actor=actor, person=made.id, purpose=WHY)
    finally:
        acts.set_sink(before)


def test_each_registrar_has_its_own_record_and_learns_nothing_of_the_others(officer: Make, kept_acts: Any) -> None:
    register(officer("50.0112", *ALL))
    register(officer("50.0113", *ALL), place_path="50.0113")
    with pytest.raises(Conflict):
        register(officer("50.0112", *ALL))


def test_the_database_itself_hides_persons(officer: Make, kept_acts: Any) -> None:
    made = register(officer("50.0112", *ALL))
    assert Person.objects.count() == 0, "without a scope nothing is seen"
    for actor, count in (
        (Actor.public(), 0),
        (officer("50.0113", *ALL), 0),
        (officer("50.0112", "x.y:z"), 1),
        (Actor.system("t"), 1),
    ):
        with acting_as(actor):
            assert Person.objects.filter(id=made.id).count() == count


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id_number": "1"}, Invalid),
        ({"name": ""}, Invalid),
        ({"place_path": None}, Invalid),
        ({"place_path": "50.0113"}, PermissionDenied),
        ({"place_path": "50.0112.zzz"}, NotFound),
        ({"place_path": None, "organisation": uuid4()}, PermissionDenied),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], error: type[Exception], officer: Make, kept_acts: Any) -> None:
    actor = officer("50.0112", *ALL)
    values = {"name": "样例人员", "id_number": NUMBER, "place_path": "50.0112"} | changes
    with acting_as(actor), pytest.raises(error):
        api.register_person(actor=actor, **values)


@pytest.mark.owner
def test_rotation_closes_every_number_anew(officer: Make, kept_acts: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from yuzhou.kernel.keys.command import run

    made = register(officer("50.0112", *ALL))
    before = keys.status().current
    assert run(["rotate"]) == 0
    assert "parties.id-number: 1 records closed anew" in capsys.readouterr().out
    assert keys.key_version(bytes(Person.objects.get().id_number)) == keys.status().current == before + 1
    assert keys.status().outstanding["parties.id-number"] == 0
    assert kept_acts.names[-1] == "kernel.key:rotate"
    actor = officer("50", *ALL)
    with acting_as(actor):
        assert api.reveal_id_number(actor=actor, person=made.id, purpose=WHY) == NUMBER


def test_the_number_does_not_open_in_another_record(officer: Make, kept_acts: Any) -> None:
    actor = officer("50.0112", *ALL)
    made = register(actor)
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_parties_person SET id = %s WHERE id = %s", [uuid4(), made.id])
        with pytest.raises(YuzhouError, match=r"kernel\.cannot-decrypt"):
            api.list_persons(actor=actor, purpose=WHY)
