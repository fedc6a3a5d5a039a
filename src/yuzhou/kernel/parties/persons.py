"""Persons: each reading of one takes an actor and a purpose, and is recorded."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, declare_message, gettext_noop
from yuzhou.kernel.ids import urn, uuid7
from yuzhou.kernel.keys.api import current_version_prefix, decrypt, encrypt, keyed_hash
from yuzhou.kernel.parties.contracts import PersonView
from yuzhou.kernel.parties.models import Person
from yuzhou.kernel.parties.organisations import check_name
from yuzhou.kernel.parties.rules.id_number import IdNumber, parse_id_number
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.scoping import scoped
from yuzhou.kernel.transactions import transaction_required

REGISTER = "kernel.person:register"
SEE = "kernel.person:see"
REVEAL = "kernel.person:reveal"
KEY = "parties.id-number"

UNKNOWN = declare_message("kernel.person-unknown", gettext_noop("There is no such person among those that you may see."))
KNOWN = declare_message("kernel.person-known", gettext_noop("You have registered a person with this identity number already."))
PURPOSE = declare_message("kernel.purpose-missing", gettext_noop("Say for what purpose you need this, in 4 to 200 characters."))
REGISTRAR = declare_message("kernel.registrar-missing", gettext_noop("A person is registered by a place or by an organisation."))


@transaction_required
def register_person(
    *,
    actor: Actor,
    name: str,
    id_number: str,
    place_path: str | None = None,
    organisation: UUID | None = None,
    account: UUID | None = None,
) -> PersonView:
    """Enter a person for a place or an organisation. Another's record of the same person is neither seen nor told of.

    Raises PermissionDenied; Invalid for a wrong number or name; Conflict("kernel.person-known") for one's own second record.
    """
    if place_path is None and organisation is None:
        raise Invalid(REGISTRAR)
    actor.require(REGISTER, place_path=place_path, organisation=organisation)
    if place_path is not None:
        get_place(path=place_path)
    number = parse_id_number(id_number, on=clock.local_day(clock.now()))
    hashed = keyed_hash(KEY, number.text)
    if Person.objects.filter(id_number_hash=hashed, place_path=place_path, organisation=organisation).exists():
        raise Conflict(KNOWN)
    identifier = uuid7()
    record = Person.objects.create(
        id=identifier,
        name=check_name(name, 80),
        id_number=encrypt(KEY, number.text.encode(), bound_to=str(identifier)),
        id_number_hash=hashed,
        place_path=place_path,
        organisation_id=organisation,
        account=account,
        registered_at=clock.now(),
    )
    acts.record(actor=actor, act=REGISTER, subject=urn("person", identifier))
    return _view(record)


@transaction_required
def get_person(*, actor: Actor, person: UUID, purpose: str) -> PersonView:
    """A person, the number masked; recorded with the purpose. Raises NotFound beyond the actor's reach."""
    record = _record(actor, SEE, person)
    _record_reading(actor, SEE, record, purpose)
    return _view(record)


@transaction_required
def list_persons(*, actor: Actor, purpose: str, limit: int = 100) -> list[PersonView]:
    """The persons within the actor's reach, by name; recorded once for each."""
    found = list(_visible(actor, SEE).order_by("name", "id")[:limit])
    for record in found:
        _record_reading(actor, SEE, record, purpose)
    return [_view(record) for record in found]


@transaction_required
def find_person_by_id_number(*, actor: Actor, id_number: str, purpose: str) -> PersonView | None:
    """The person of a number within the actor's reach (the first record if there are several), or None.

    Recorded with the purpose, found or not; raises Invalid for a number that cannot be one.
    """
    number = parse_id_number(id_number, on=clock.local_day(clock.now()))
    found = _visible(actor, SEE).filter(id_number_hash=keyed_hash(KEY, number.text)).order_by("id").first()
    if found is None:
        details = {"purpose": _check_purpose(purpose), "found": False}
        acts.record(actor=actor, act=SEE, subject=urn("person", "register"), details=details)
        return None
    _record_reading(actor, SEE, found, purpose)
    return _view(found)


@transaction_required
def reveal_id_number(*, actor: Actor, person: UUID, purpose: str) -> str:
    """The whole identity number, for a purpose that is recorded in the same transaction: no record, no number."""
    return _reveal(actor, person, purpose).text


@transaction_required
def reveal_birth_date(*, actor: Actor, person: UUID, purpose: str) -> date:
    """The date of birth: as sensitive as the whole number, which it and the masked one nearly tell. Recorded likewise."""
    return _reveal(actor, person, purpose).birth_date


def _reveal(actor: Actor, person: UUID, purpose: str) -> IdNumber:
    record = _record(actor, REVEAL, person)
    _record_reading(actor, REVEAL, record, purpose)
    return _opened(record)


def _visible(actor: Actor, permission: str) -> QuerySet[Person]:
    actor.require(permission)
    return scoped(Person.objects.all(), actor.scope(permission), place="place_path", organisation="organisation_id")


def _record(actor: Actor, permission: str, person: UUID) -> Person:
    record = _visible(actor, permission).filter(id=person).first()
    if record is None:
        raise NotFound(UNKNOWN)
    return record


def _check_purpose(purpose: str) -> str:
    purpose = " ".join(purpose.split())
    if not 4 <= len(purpose) <= 200:
        raise Invalid(PURPOSE, field="purpose")
    return purpose


def _record_reading(actor: Actor, act: str, record: Person, purpose: str) -> None:
    acts.record(actor=actor, act=act, subject=urn("person", record.id), details={"purpose": _check_purpose(purpose)})


def _opened(record: Person) -> IdNumber:
    return IdNumber(decrypt(KEY, bytes(record.id_number), bound_to=str(record.id)).decode())


def _view(record: Person) -> PersonView:
    number = _opened(record)
    return PersonView(record.id, record.name, number.masked, number.sex, record.place_path, record.organisation_id)


def outstanding() -> int:
    """How many numbers are closed with an older key."""
    return _older().count()


def reencrypt() -> int:
    """Close with the current key the numbers that an older one closed; returns how many."""
    count = 0
    for record in _older().select_for_update().iterator(chunk_size=1000):
        record.id_number = encrypt(KEY, _opened(record).text.encode(), bound_to=str(record.id))
        record.save(update_fields=["id_number"])
        count += 1
    return count


def _older() -> QuerySet[Person]:
    prefix = current_version_prefix()
    return Person.objects.extra(where=["substring(id_number for %s) <> %s"], params=[len(prefix), prefix])
