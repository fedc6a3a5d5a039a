"""Organisations: registering them, keeping them right, finding them."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.parties.contracts import Contact, OrganisationKind, OrganisationRef
from yuzhou.kernel.parties.models import Organisation, OrganisationContact
from yuzhou.kernel.parties.rules.credit_code import parse_credit_code
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.scoping import within_place
from yuzhou.kernel.transactions import transaction_required

REGISTER = "kernel.organisation:register"
UPDATE = "kernel.organisation:update"
SEE_CONTACT = "kernel.organisation:see-contact"

KNOWN = declare_message("kernel.organisation-known", gettext_noop("The credit code {uscc} is registered already."))
UNKNOWN = declare_message("kernel.organisation-unknown", gettext_noop("There is no such organisation."))
NAMELESS = declare_message("kernel.name-missing", gettext_noop("Give a name of at most {most} characters."))
BAD_CONTACT = declare_message("kernel.contact-invalid", gettext_noop("The e-mail address or telephone number is not valid."))
TELEPHONE_SIGNS = frozenset("0123456789+-() #")


@transaction_required
def register_organisation(
    *,
    actor: Actor,
    uscc: str,
    name: str,
    kind: OrganisationKind,
    place_path: str,
    name_en: str = "",
    contact: Contact | None = None,
) -> OrganisationRef:
    """Enter an organisation in the register at its registered place.

    Raises PermissionDenied; Invalid for a wrong credit code or name; NotFound for an unknown place; Conflict
    ("kernel.organisation-known") where the code is registered.
    """
    actor.require(REGISTER, place_path=place_path)
    place = get_place(path=place_path)
    code = parse_credit_code(uscc).text
    if Organisation.objects.filter(uscc=code).exists():
        raise Conflict(KNOWN, uscc=code)
    record = Organisation.objects.create(
        uscc=code,
        name=check_name(name),
        name_en=name_en.strip()[:200],
        kind=OrganisationKind(kind),
        place_id=place.id,
        place_path=place.path,
        registered_at=clock.now(),
    )
    acts.record(actor=actor, act=REGISTER, subject=urn("organisation", record.id), details={"uscc": code, "place": place.path})
    if contact:
        _save_contact(record, contact)
    return _ref(record)


@transaction_required
def update_organisation(
    *, actor: Actor, organisation: UUID, name: str | None = None, name_en: str | None = None, kind: OrganisationKind | None = None
) -> OrganisationRef:
    """Change the names or the kind; the credit code never changes. Raises PermissionDenied, NotFound, Invalid."""
    record = _record(id=organisation)
    actor.require(REGISTER, place_path=record.place_path)
    before = {"name": record.name, "name_en": record.name_en, "kind": record.kind}
    record.name = check_name(name) if name is not None else record.name
    record.name_en = name_en.strip()[:200] if name_en is not None else record.name_en
    record.kind = OrganisationKind(kind) if kind is not None else record.kind
    record.save(update_fields=["name", "name_en", "kind"])
    acts.record(actor=actor, act=UPDATE, subject=urn("organisation", record.id), details={"before": before})
    return _ref(record)


@transaction_required
def set_contact(*, actor: Actor, organisation: UUID, contact: Contact) -> None:
    """Say how to reach an organisation: an officer of its place may, and the organisation itself."""
    record = _record(id=organisation)
    actor.require(UPDATE, place_path=record.place_path, organisation=record.id)
    _save_contact(record, contact)
    acts.record(actor=actor, act="kernel.organisation:set-contact", subject=urn("organisation", record.id))


@transaction_required
def get_contact(*, actor: Actor, organisation: UUID) -> Contact:
    """How to reach an organisation; empty where nobody said. The reading is recorded."""
    record = _record(id=organisation)
    actor.require(SEE_CONTACT, place_path=record.place_path, organisation=record.id)
    acts.record(actor=actor, act=SEE_CONTACT, subject=urn("organisation", record.id))
    found = OrganisationContact.objects.filter(organisation=record).first()
    return Contact(found.name, found.telephone, found.email, found.address) if found else Contact()


def get_organisation(*, organisation: UUID | None = None, uscc: str | None = None) -> OrganisationRef:
    """An organisation by id or credit code; public. Raises NotFound("kernel.organisation-unknown")."""
    return _ref(_record(uscc=uscc) if organisation is None else _record(id=organisation))


def list_organisations(
    *, text: str = "", below: str | None = None, ids: list[UUID] | None = None, limit: int = 100
) -> list[OrganisationRef]:
    """Organisations by a part of the name or the beginning of the code, of a place, or of given ids; public, by name."""
    found = Organisation.objects.all()
    if ids is not None:
        found = found.filter(id__in=ids)
    if below:
        found = found.filter(within_place("place_path", below))
    if text.strip():
        sought = text.strip()
        found = found.filter(Q(name__contains=sought) | Q(name_en__icontains=sought) | Q(uscc__startswith=sought.upper()))
    return [_ref(record) for record in found.order_by("name", "id")[:limit]]


def check_name(name: str, most: int = 200) -> str:
    """A name without surrounding or doubled blanks. Raises Invalid(field="name") if none is left, or too much."""
    name = " ".join(name.split())
    if not name or len(name) > most or not name.isprintable():
        raise Invalid(NAMELESS, field="name", most=most)
    return name


def _save_contact(record: Organisation, contact: Contact) -> None:
    """Write the contact. The address of e-mail and the telephone number are checked for form only."""
    try:
        if contact.email:
            validate_email(contact.email)
    except ValidationError:
        raise Invalid(BAD_CONTACT, field="email") from None
    if not TELEPHONE_SIGNS.issuperset(contact.telephone):
        raise Invalid(BAD_CONTACT, field="telephone")
    OrganisationContact.objects.update_or_create(
        organisation=record,
        defaults={
            "place_path": record.place_path,
            "name": contact.name[:80],
            "telephone": contact.telephone[:40],
            "email": contact.email,
            "address": contact.address[:200],
        },
    )


def _record(**by: UUID | str | None) -> Organisation:
    record = Organisation.objects.filter(**by).first()
    if record is None:
        raise NotFound(UNKNOWN)
    return record


def _ref(record: Organisation) -> OrganisationRef:
    return OrganisationRef(
        id=record.id,
        uscc=record.uscc,
        name=record.name,
        name_en=record.name_en,
        kind=OrganisationKind(record.kind),
        place_path=record.place_path,
    )
