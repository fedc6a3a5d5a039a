"""The key that signs heads (Ed25519), kept in the data folder's `keys`, outside the database."""

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from yuzhou.kernel.audit.contracts import SignedHead
from yuzhou.kernel.audit.leaves import moment_text


def private_key() -> Ed25519PrivateKey:
    """The signing key; made at the first use, with its public half beside it."""
    path = _folder() / "audit-head.pem"
    if not path.exists():
        _make(path)
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key of a PEM file."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def public_keys() -> dict[str, Ed25519PublicKey]:
    """Every key that ever signed here, by its name: a retired one stays as `audit-head-<name>.pub`."""
    keys = [read_public_key(path) for path in sorted(_folder().glob("audit-head*.pub"))]
    return {key_name(key): key for key in keys}


def rotate_key() -> str:
    """Retire the signing key and make another; returns its name. Heads of the old one stay valid."""
    name = key_name(private_key().public_key())
    folder = _folder()
    (folder / "audit-head.pub").rename(folder / f"audit-head-{name}.pub")
    (folder / "audit-head.pem").unlink()
    return key_name(private_key().public_key())


def key_name(key: Ed25519PublicKey) -> str:
    """A short name of a key: the first 8 bytes of the hash of its raw form, in hex."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def statement(head: SignedHead) -> bytes:
    """The bytes that are signed: four lines of text."""
    return f"yuzhou audit head\n{head.size}\n{head.root.hex()}\n{moment_text(head.at)}\n".encode()


def is_signed_by(head: SignedHead, key: Ed25519PublicKey) -> bool:
    """Whether the signature is the key's."""
    try:
        key.verify(head.signature, statement(head))
    except InvalidSignature:
        return False
    return True


def _folder() -> Path:
    folder: Path = Path(settings.DATA_FOLDER) / "keys"
    return folder


def _make(path: Path) -> None:
    """Write a new pair; the private file appears whole and readable by its owner only, and never replaces one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    keep_owner(draft)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    path.with_suffix(".pub").write_bytes(public)
    keep_owner(path.with_suffix(".pub"))


def keep_owner(path: Path) -> None:
    """Give a file that root wrote to the owner of its folder, whom the worker runs as."""
    if os.geteuid() == 0:
        status = path.parent.stat()
        os.chown(path, status.st_uid, status.st_gid)
