"""Our own application certificate: made when it is first needed, kept with the other keys in the data folder."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from asyncua.crypto.cert_gen import dump_private_key_as_pem, generate_private_key, generate_self_signed_app_certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

APPLICATION_URI = "urn:yuzhou:connectors"
VALID_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Application:
    """The files of our certificate (DER) and key (PEM, readable to us alone)."""

    certificate: Path
    key: Path


def thumbprint(der: bytes) -> str:
    """SHA-256 of a certificate, in small hexadecimal letters."""
    return sha256(der).hexdigest()


def own_application(folder: Path) -> Application:
    """The certificate below `folder`; made where there is none."""
    found = Application(folder / "opcua-client.der", folder / "opcua-client.pem")
    if not (found.certificate.exists() and found.key.exists()):
        _make(found)
    return found


def _make(application: Application) -> None:
    application.key.parent.mkdir(parents=True, exist_ok=True)
    key = generate_private_key()
    names: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(APPLICATION_URI),
        x509.DNSName(socket.gethostname()),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = generate_self_signed_app_certificate(
        key, "Yuzhou", {"organizationName": "Yuzhou"}, names, [ExtendedKeyUsageOID.CLIENT_AUTH], days=VALID_DAYS
    )
    _write(application.key, dump_private_key_as_pem(key))
    _write(application.certificate, certificate.public_bytes(Encoding.DER))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    beside = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)


def application() -> Application:
    """Our certificate, in the data folder's keys."""
    from django.conf import settings

    return own_application(settings.DATA_FOLDER / "keys")
