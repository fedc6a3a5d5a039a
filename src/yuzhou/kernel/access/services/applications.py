"""Applications to join (入驻申请): a firm asks on the portal, an officer of its district decides."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from yuzhou.kernel import acts, clock, ids, registry
from yuzhou.kernel.access import rules, selectors
from yuzhou.kernel.access.contracts import Application, IssuedInvitation
from yuzhou.kernel.access.letters import send_letter
from yuzhou.kernel.access.models import JoinApplication
from yuzhou.kernel.access.placing import require_place
from yuzhou.kernel.access.services.holders import actor_user_id
from yuzhou.kernel.access.services.invitations import DAYS, invite, revoke_invitation
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import Role
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.parties.api import OrganisationKind, check_name, get_organisation, parse_credit_code, register_organisation
from yuzhou.kernel.transactions import acting_as, transaction_required

REVIEW = "kernel.application:review"
ADMINISTRATOR = "organisation-administrator"
STATUS_PATH = "/join/status/{reference}/"
REFERENCE_GROUPS = 4  # 16 signs, 79 bits: who knows the reference is the applicant
SYSTEM = Actor.system("access")
State = JoinApplication.State


def list_open_roles() -> list[Role]:
    """The roles for which a firm can apply: those of fields that organisations hold."""
    return [
        role
        for role in registry.roles().values()
        if role.holder == "organisation" and not any(p.startswith(rules.ADMINISTRATION) for p in role.permissions)
    ]


@transaction_required
def apply_to_join(
    *,
    organisation_name: str,
    uscc: str,
    place_path: str,
    contact_name: str,
    contact_phone: str,
    role: str,
    contact_email: str = "",
    note: str = "",
) -> Application:
    """Ask to join for a firm; its `reference` opens the status page. Raises Invalid, or Conflict while one is pending.

    Several may ask for one firm, as nobody proved yet to be of it: the officer chooses among them.
    An application for a firm that is in the register goes to the place where it sits, whatever place was named.
    """
    code = parse_credit_code(uscc).text
    if role not in {open_role.key for open_role in list_open_roles()}:
        raise Invalid("kernel.role-not-open", field="role")
    with acting_as(SYSTEM):
        phone = _required(contact_phone, "contact_phone")[:32]
        if JoinApplication.objects.filter(uscc=code, contact_phone=phone, state=State.PENDING).exists():
            raise Conflict("kernel.application-pending")
        application = JoinApplication.objects.create(
            reference=rules.readable_secret(REFERENCE_GROUPS),
            organisation_name=check_name(organisation_name),
            uscc=code,
            place_path=_seat(code) or require_place(place_path),
            contact_name=_required(contact_name, "contact_name"),
            contact_phone=phone,
            contact_email=_address(contact_email),
            role=role,
            note=note.strip()[:2000],
        )
        _record(Actor.public(), "kernel.application:send", application)
    return selectors.application_of(application)


def find_application(*, reference: str) -> Application:
    """The application of a reference code, for who sent it. Raises NotFound."""
    with acting_as(SYSTEM):
        return selectors.application_of(_by_reference(reference))


@transaction_required
def accept_application(*, actor: Actor, application: UUID) -> Application:
    """Let the firm join: enters it in the register if it is new, and invites its contact as administrator with the role.

    The invitation goes by e-mail if an address was given; the status page gives the link as well.
    """
    found = _pending(actor, application)
    organisation = _organisation(actor, found)
    found.organisation_id = organisation
    _decide(actor, found, State.ACCEPTED)
    issued = _invite_contact(actor, found)
    if found.contact_email:
        values = {"days": DAYS, "organisation": found.organisation_name}
        send_letter("application_accepted", found.contact_email, "zh-hans", path=issued.path, **values)
    _record(actor, "kernel.application:accept", found)
    return selectors.application_of(found)


@transaction_required
def refuse_application(*, actor: Actor, application: UUID, reason: str) -> Application:
    """Refuse the firm with a reason, which it reads on its status page."""
    found = _pending(actor, application)
    found.reason = _required(reason, "reason", "kernel.reason-required")
    _decide(actor, found, State.REFUSED)
    if found.contact_email:
        path = STATUS_PATH.format(reference=found.reference)
        values = {"organisation": found.organisation_name, "reason": found.reason}
        send_letter("application_refused", found.contact_email, "zh-hans", path=path, **values)
    _record(actor, "kernel.application:refuse", found)
    return selectors.application_of(found)


@transaction_required
def renew_application_link(*, reference: str) -> IssuedInvitation:
    """A fresh link to make the account that an accepted application promises; the one before stops working.

    Raises NotFound, Conflict if the application was not accepted or the account is made.
    """
    with acting_as(SYSTEM):
        found = _by_reference(reference)
        if found.state != State.ACCEPTED or (found.invitation and found.invitation.accepted_at):
            raise Conflict("kernel.invitation-closed")
        if found.invitation and not found.invitation.revoked_at:
            revoke_invitation(actor=SYSTEM, invitation=found.invitation.id)
        return _invite_contact(SYSTEM, found)


def _invite_contact(actor: Actor, application: JoinApplication) -> IssuedInvitation:
    """Invite as the system: the officer's decision gives the role, and may outlast the officer's own post."""
    with acting_as(SYSTEM):
        issued = invite(
            actor=SYSTEM,
            roles=(application.role, ADMINISTRATOR),
            name=application.contact_name,
            organisation=application.organisation_id,
        )
        application.invitation_id = issued.invitation.id
        application.save(update_fields=["invitation"])
    return issued


def _organisation(actor: Actor, application: JoinApplication) -> UUID:
    """The firm, new in the register or not; one that sits elsewhere is not the actor's to give away (PermissionDenied)."""
    seat = _seat(application.uscc)
    if seat:
        actor.require(REVIEW, place_path=seat)
        return get_organisation(uscc=application.uscc).id
    kind = OrganisationKind.ENTERPRISE
    place = application.place_path
    name = application.organisation_name
    return register_organisation(actor=actor, uscc=application.uscc, name=name, kind=kind, place_path=place).id


def _seat(uscc: str) -> str:
    """The place where a registered firm sits; empty for one that is not registered."""
    try:
        return get_organisation(uscc=uscc).place_path
    except NotFound:
        return ""


def _pending(actor: Actor, application: UUID) -> JoinApplication:
    found = JoinApplication.objects.select_for_update(of=("self",)).filter(id=application).first()
    if found is None or not actor.can(REVIEW, place_path=found.place_path):
        raise NotFound("kernel.not-found")
    if found.state != State.PENDING:
        raise Conflict("kernel.application-decided")
    return found


def _decide(actor: Actor, application: JoinApplication, state: str) -> None:
    application.state, application.decided_at = state, clock.now()
    application.decided_by_id = actor_user_id(actor)
    application.save()


def _by_reference(reference: str) -> JoinApplication:
    known = JoinApplication.objects.select_related("invitation").filter(reference=reference.strip().lower()).first()
    if known is None:
        raise NotFound("kernel.not-found")
    return known


def _required(text: str, field: str, code: str = "kernel.contact-required") -> str:
    if not text.strip():
        raise Invalid(code, field=field)
    return text.strip()[:2000]


def _address(text: str) -> str:
    try:
        if text.strip():
            validate_email(text.strip())
    except ValidationError as refused:
        raise Invalid("kernel.email-invalid", field="contact_email") from refused
    return text.strip()


def _record(actor: Actor, act: str, application: JoinApplication) -> None:
    details = {"uscc": application.uscc, "place": application.place_path, "role": application.role}
    acts.record(actor=actor, act=act, subject=ids.urn("application", application.id), details=details)
