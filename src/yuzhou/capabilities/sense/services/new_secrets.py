"""A device's change of secret, safe from crashes: the new one is kept before it is sent, both hold until one is proven.

So whatever dies between keeping, sending and the device's answer, the device gets in with whichever of the two it has.
"""

from uuid import UUID

from yuzhou.capabilities.sense.models import DeviceRecord
from yuzhou.capabilities.sense.services.directory import tell_door
from yuzhou.capabilities.sense.services.secrets import open_new_secret, open_secret, seal
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import acting_as

DOOR = Actor.system("sense.door")
ACT = "sense.device:register"


def keep_new_secret(*, device_id: UUID, secret: str) -> None:
    """Keep the secret that is about to be sent. Own transaction. The same again changes nothing.

    Raises Conflict `sense.secret-pending` while another new one is not proven.
    """
    with acting_as(DOOR):
        record = _locked(device_id)
        before = open_new_secret(record)
        if before and before != secret:
            raise Conflict("sense.secret-pending")
        if not before:
            record.new_secret, record.new_secret_since, record.new_secret_confirmed = seal(record.id, secret), now(), False
            _save(record, "new secret kept")


def confirm_new_secret(*, device_id: UUID) -> None:
    """The device says that it took it on: requests to it bear the new one from now on. Own transaction."""
    with acting_as(DOOR):
        record = _locked(device_id)
        if record.new_secret and not record.new_secret_confirmed:
            record.new_secret_since, record.new_secret_confirmed = now(), True
            _save(record, "new secret confirmed")


def settle_secret(*, device_id: UUID, proven: str) -> None:
    """The device used this one, or refused the other: it stays, the other goes. Own transaction; a third changes nothing."""
    with acting_as(DOOR):
        record = _locked(device_id)
        new = open_new_secret(record)
        if not new or proven not in (new, open_secret(record)):
            return
        record.secret = seal(record.id, proven)
        record.new_secret, record.new_secret_since, record.new_secret_confirmed = b"", None, False
        _save(record, "new secret proven" if proven == new else "new secret dropped")


def _locked(device_id: UUID) -> DeviceRecord:
    return DeviceRecord.objects.select_for_update(no_key=True).get(id=device_id)


def _save(record: DeviceRecord, what: str) -> None:
    record.save(update_fields=["secret", "new_secret", "new_secret_since", "new_secret_confirmed"])
    tell_door(record)
    acts.record(actor=DOOR, act=ACT, subject=urn("device", record.id), details={"changed": [what]})


declare_message(
    "sense.secret-pending", gettext_noop("The device was sent a new password before, and did not show yet which one it has.")
)
