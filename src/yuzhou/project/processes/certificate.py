"""A certificate of our own, for phones on the network of a trial."""

import ipaddress
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yuzhou.kernel.clock import now
from yuzhou.project.processes.account import give_to_account
from yuzhou.project.processes.folder import DataFolder, write_private
from yuzhou.project.processes.options import Options

VALID_DAYS = 397


def self_signed(folder: DataFolder, host: str, public_url: str) -> tuple[Path, Path]:
    """Certificate and key in `keys/`, made when absent, near their end, or for other names."""
    certificate, key = folder.keys / "tls-cert.pem", folder.keys / "tls-key.pem"
    names = certificate_names(host, public_url)
    if not (key.exists() and _is_good(certificate, names)):
        pem, key_pem = make_certificate(names)
        write_private(key, key_pem)
        write_private(certificate, pem)
        give_to_account(certificate)
        give_to_account(key)
    return certificate, key


def certificate_names(host: str, public_url: str) -> list[str]:
    """Every name and address by which this machine may be called."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), host, urlsplit(public_url).hostname or ""]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        names.append(_own_address())
    return sorted({name for name in names if name and name not in ("0.0.0.0", "::")})  # noqa: S104 - read, not bound


def make_certificate(names: list[str]) -> tuple[str, str]:
    """A new certificate and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Yuzhou self-signed")])
    moment = now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), key_pem.decode()


def _is_good(path: Path, names: list[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    has_names = all(_general_name(name) in list(held) for name in names)
    return has_names and certificate.not_valid_after_utc - now() > timedelta(days=30)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _own_address() -> str:
    """The address by which the network sees us; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def server_context(options: Options) -> ssl.SSLContext | None:
    """How the supervisor's own answers speak TLS, where the site does."""
    if not options.is_tls:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(str(options.tls_cert), str(options.tls_key))
    return context
