"""Registering a device by its profile, with a secret made up where none is given."""

from dataclasses import dataclass
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.onboarding import DeviceEntry
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.rules.identities import is_identity, new_secret
from yuzhou.capabilities.sense.selectors.devices import visible_devices
from yuzhou.capabilities.sense.selectors.profiles import get_profile
from yuzhou.capabilities.sense.services.devices import register_device, update_device
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.transactions import transaction_required

SHORT_SECRETS = {"hj212": 6}  # HJ 212-2017: PW has six signs


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A device with its secret, to be shown this once."""

    device: Device
    secret: str


@transaction_required
def onboard_device(*, actor: Actor, entry: DeviceEntry, simulated: bool = False) -> Onboarded:
    """Register a device by its profile; its protocol, series and time of silence come from there.

    Needs `sense.device:register` at its place. Raises Invalid naming the field, NotFound for the profile, Conflict
    `sense.identity-taken`.
    """
    profile = get_profile(key=entry.profile)
    if profile.retired:
        raise Invalid("sense.profile-retired", field="profile", profile=profile.key)
    if not is_identity(entry.identity):
        raise Invalid("sense.identity-form", field="identity")
    secret = entry.secret or (made_up_secret(profile.protocol) if protocol_of(profile.protocol).own_secret is None else "")
    device = register_device(
        actor=actor,
        protocol=profile.protocol,
        identity=entry.identity,
        secret=secret,
        title=entry.title,
        profile=profile.key,
        place_path=entry.place_path,
        site_id=entry.site_id,
        operator_id=entry.operator_id,
        silent_after_seconds=entry.silent_after_seconds,
        notes=entry.notes,
        connection=entry.connection,
        simulated=simulated,
    )
    return Onboarded(device, secret)


def made_up_secret(protocol: str) -> str:
    """A secret of the form that the protocol takes."""
    return new_secret(SHORT_SECRETS.get(protocol, 24))


@transaction_required
def rotate_secret(*, actor: Actor, device_id: UUID) -> Onboarded:
    """Give a device a new secret; the old one is refused from the next second on. Needs `sense.device:register` there."""
    found = visible_devices(actor).filter(id=device_id).first()
    if found is None:
        raise NotFound("sense.device-unknown")
    secret = made_up_secret(found.protocol)
    return Onboarded(update_device(actor=actor, device_id=device_id, secret=secret), secret)
