"""The secrets of devices and of their connections, encrypted under the key ring."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.models import DeviceRecord
from yuzhou.capabilities.sense.rules.secret_fields import addresses_of, kept_secrets, split_secrets, with_secrets
from yuzhou.capabilities.sense.selectors.devices import SEALED
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.keys.api import current_version_prefix, decrypt, encrypt
from yuzhou.kernel.transactions import acting_as

SECRET = "sense.device-secret"  # noqa: S105 - the name of a purpose, not a secret
ROTATION = Actor.system("sense.secrets")
LONGEST = 20_000  # signs of a connection as JSON: certificates fit in


def seal(identifier: UUID, secret: str) -> bytes:
    """A secret of a device, encrypted."""
    return encrypt(SECRET, secret.encode(), bound_to=str(identifier))


def open_secret(record: DeviceRecord) -> str:
    """The secret of a device."""
    return _open(record, record.secret)


def open_new_secret(record: DeviceRecord) -> str:
    """The secret that the device was sent and that nobody proved yet; empty where there is none."""
    return _open(record, record.new_secret) if record.new_secret else ""


def _open(record: DeviceRecord, sealed: bytes | memoryview) -> str:
    return decrypt(SECRET, bytes(sealed), bound_to=str(record.id)).decode()


def set_connection(record: DeviceRecord, connection: Mapping[str, Any]) -> None:
    """Replace how the device is reached. What is secret in it, at whatever depth, is sealed.

    Secrets left out (or given as their mask) stay; an empty one goes: see `kept_secrets`. Where it leads to another host, or
    speaks for another user, none stays: a secret goes nowhere but where it was meant for.
    """
    try:
        size = len(json.dumps(dict(connection)))
        plain, given = split_secrets(connection)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid("sense.connection-invalid", field="connection") from error
    if size > LONGEST or SEALED in connection:
        raise Invalid("sense.connection-invalid", field="connection")
    same = addresses_of(record.connection) == addresses_of(plain)
    secrets = kept_secrets(_secrets(record) if same else {}, given, plain)
    record.connection = plain
    if secrets:
        record.connection[SEALED] = sorted(secrets)
    record.connection_sealed = seal(record.id, json.dumps(secrets)) if secrets else b""


def open_connection(record: DeviceRecord) -> dict[str, Any]:
    """How the device is reached, with the secrets; for its door alone."""
    plain = {name: value for name, value in record.connection.items() if name != SEALED}
    return with_secrets(plain, _secrets(record))


def _secrets(record: DeviceRecord) -> dict[str, Any]:
    sealed = bytes(record.connection_sealed or b"")
    return dict(json.loads(_open(record, sealed))) if sealed else {}


def outstanding_secrets() -> int:
    """How many secrets are closed with an old key."""
    prefix = current_version_prefix()
    pairs = DeviceRecord.objects.values_list("secret", "connection_sealed", "new_secret")
    return sum(_is_old(one, prefix) for pair in pairs for one in pair)


def _is_old(sealed: bytes | memoryview, prefix: bytes) -> bool:
    return len(sealed) > 0 and not bytes(sealed).startswith(prefix)


def reencrypt_secrets() -> int:
    """Close every secret with the current key; returns how many were under an old one."""
    prefix = current_version_prefix()
    changed = 0
    with acting_as(ROTATION):
        for record in DeviceRecord.objects.select_for_update().iterator(chunk_size=1000):
            for column in ("secret", "connection_sealed", "new_secret"):
                sealed = getattr(record, column)
                if _is_old(sealed, prefix):
                    DeviceRecord.objects.filter(id=record.id).update(**{column: seal(record.id, _open(record, sealed))})
                    changed += 1
    return changed
