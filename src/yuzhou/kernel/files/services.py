"""Keeping, reading and removing files."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import IO, Any, BinaryIO
from uuid import UUID

from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.errors import Invalid, NotFound, TooMany, declare_message, gettext_noop
from yuzhou.kernel.files import rules, store
from yuzhou.kernel.files.contracts import PUBLIC, FileRef
from yuzhou.kernel.files.models import KeptFile
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required

IN_MEMORY = 2 * rules.MIB
SWEPT_AFTER = timedelta(days=1)

TOO_LARGE = declare_message("kernel.file-too-large", gettext_noop("The file is larger than {limit} MB."))
EMPTY = declare_message("kernel.file-empty", gettext_noop("The file is empty."))
WRONG_TYPE = declare_message("kernel.file-type", gettext_noop("Files of the type {media_type} are not taken here."))
MISNAMED = declare_message(
    "kernel.file-misnamed", gettext_noop("The file is said to be {declared}, but its content is {media_type}.")
)
UNKNOWN = declare_message("kernel.file-unknown", gettext_noop("There is no such file among those that you may read."))


@transaction_required
def save_file(
    *,
    actor: Actor,
    name: str,
    content: bytes | BinaryIO,
    permission: str = "",
    media_type: str | None = None,
    place_path: str | None = None,
    organisation: UUID | None = None,
    limit: int = rules.DEFAULT_LIMIT,
    allowed: Iterable[str] = rules.DOCUMENTS,
) -> FileRef:
    """Keep a file; whoever calls has checked that the actor may. `permission` says who reads it (see FileRef).

    `limit` is in bytes; `allowed` holds media types, of which the content decides; `media_type` is what the sender says, and
    must agree. Raises TooMany("kernel.file-too-large"), Invalid("kernel.file-…").
    """
    clean = rules.clean_name(name)
    with _spooled(content, limit) as (file, size, sha256):
        found = _check_type(clean, file, media_type, frozenset(allowed))
        file.seek(0)
        store.current().put(sha256, file)
    record = KeptFile.objects.create(
        name=clean,
        media_type=found,
        size=size,
        sha256=sha256,
        permission=permission,
        place_path=place_path,
        organisation=organisation,
        created_by=actor.id,
        created_at=clock.now(),
    )
    details = {"sha256": sha256, "size": size, "media_type": found}
    acts.record(actor=actor, act="kernel.file:save", subject=urn("file", record.id), details=details)
    return _ref(record)


def get_file(*, actor: Actor, file: UUID) -> FileRef:
    """What is known of a file that the actor may read. Raises NotFound("kernel.file-unknown") otherwise."""
    return _ref(_record(actor, file))


def list_files(*, actor: Actor, files: Iterable[UUID]) -> list[FileRef]:
    """Those of the files that the actor may read, the oldest first."""
    found = KeptFile.objects.filter(id__in=list(files), deleted_at__isnull=True).order_by("id")
    return [_ref(record) for record in found if _may_read(actor, record)]


@transaction_required
def open_file(*, actor: Actor, file: UUID) -> tuple[FileRef, BinaryIO]:
    """A file and its bytes, to be closed by the caller; recorded unless it is public. Raises as `get_file`."""
    record = _record(actor, file)
    if record.permission != PUBLIC:
        acts.record(actor=actor, act="kernel.file:read", subject=urn("file", record.id))
    return _ref(record), store.current().open(record.sha256)


@transaction_required
def delete_file(*, actor: Actor, file: UUID) -> None:
    """Take a file away: nobody reads it any more, and the sweep removes its bytes. Raises NotFound."""
    record = _record(actor, file)
    KeptFile.objects.filter(id=record.id).update(deleted_at=clock.now())
    acts.record(actor=actor, act="kernel.file:delete", subject=urn("file", record.id), details={"sha256": record.sha256})


def sweep() -> int:
    """Remove bytes that no file names and nobody wrote for a day: of deleted files and of broken transactions.

    Runs as the database owner, who sees every file. Returns how many.
    """
    kept, removed = store.current(), 0
    for sha256, written_at in list(kept.kept()):
        if written_at < clock.now() - SWEPT_AFTER and not KeptFile.objects.filter(sha256=sha256, deleted_at=None).exists():
            kept.delete(sha256)
            removed += 1
    return removed


@contextmanager
def _spooled(content: bytes | BinaryIO, limit: int) -> Iterator[tuple[IO[bytes], int, str]]:
    """The content in a file that can be sought, its size and SHA-256; never more than the limit is read."""
    source = BytesIO(content) if isinstance(content, bytes) else content
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        while piece := source.read(min(1 << 16, limit + 1 - size)):
            size += len(piece)
            if size > limit:
                raise TooMany(TOO_LARGE, limit=round(limit / rules.MIB, 1))
            digest.update(piece)
            file.write(piece)
        if not size:
            raise Invalid(EMPTY, field="file")
        yield file, size, digest.hexdigest()


def _check_type(name: str, file: Any, declared: str | None, allowed: frozenset[str]) -> str:
    """The media type of the content. A browser's guess for text is forgiven: it goes by the name."""
    found = rules.sniff(name, file)
    if found not in allowed:
        raise Invalid(WRONG_TYPE, field="file", media_type=found)
    stated = (declared or "").partition(";")[0].strip().lower()
    agrees = stated in ("", rules.UNKNOWN, found) or (found in rules.PLAIN and stated not in rules.BINARY)
    if not agrees:
        raise Invalid(MISNAMED, field="file", declared=stated, media_type=found)
    return found


def _may_read(actor: Actor, record: KeptFile) -> bool:
    if record.permission == PUBLIC or actor.kind is ActorKind.SYSTEM:
        return True
    if actor.id is not None and record.created_by == actor.id:
        return True
    reach = actor.scope(record.permission) if record.permission else None
    return reach is not None and reach.covers(place_path=record.place_path, organisation=record.organisation)


def _record(actor: Actor, file: UUID) -> KeptFile:
    record = KeptFile.objects.filter(id=file, deleted_at__isnull=True).first()
    if record is None or not _may_read(actor, record):
        raise NotFound(UNKNOWN)
    return record


def _ref(record: KeptFile) -> FileRef:
    return FileRef(
        id=record.id,
        name=record.name,
        media_type=record.media_type,
        size=record.size,
        sha256=record.sha256,
        permission=record.permission,
        place_path=record.place_path,
        organisation=record.organisation,
        created_at=record.created_at,
    )
