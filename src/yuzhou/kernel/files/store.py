"""Where the bytes lie, under their SHA-256: a folder of the data folder, or a bucket of any S3.

`YUZHOU_FILES_URL=s3://bucket/prefix?endpoint=https://…&region=…` names a bucket; the credentials come from the usual
environment of S3 clients. Keeping the same bytes twice keeps them once.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from yuzhou.kernel.errors import YuzhouError, declare_message, gettext_noop

LOST = declare_message("kernel.file-lost", gettext_noop("The content of the file is missing from the store."))


class Store(Protocol):
    """Keeps bytes by their SHA-256, in hex."""

    def put(self, sha256: str, file: IO[bytes]) -> None:
        """Keep the whole of a file, from its current position."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes. Raises YuzhouError("kernel.file-lost")."""

    def delete(self, sha256: str) -> None:
        """Remove the bytes, if they are there."""

    def kept(self) -> Iterator[tuple[str, datetime]]:
        """Everything kept, with the moment it was last written."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk, two levels deep. A file is written aside and renamed, so that it is whole or absent."""

    path: Path

    def put(self, sha256: str, file: IO[bytes]) -> None:
        """Keep a file; what is there already is only marked as fresh, so that no sweep takes it."""
        target = self._file(sha256)
        if target.exists():
            os.utime(target)
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = target.with_name(f".{sha256}.{os.getpid()}.{id(file)}")
        with aside.open("xb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(target)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes."""
        try:
            return self._file(sha256).open("rb")
        except FileNotFoundError:
            raise YuzhouError(LOST) from None

    def delete(self, sha256: str) -> None:
        """Remove the bytes."""
        self._file(sha256).unlink(missing_ok=True)

    def kept(self) -> Iterator[tuple[str, datetime]]:
        """Everything kept."""
        for file in self.path.glob("??/??/*"):
            yield file.name, datetime.fromtimestamp(file.stat().st_mtime, UTC)

    def _file(self, sha256: str) -> Path:
        return self.path / sha256[:2] / sha256[2:4] / sha256


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3 service; needs the extra `s3`."""

    name: str
    prefix: str
    client: Any

    @classmethod
    def of(cls, url: str) -> "Bucket":
        """The bucket that `s3://bucket/prefix?endpoint=…&region=…` names."""
        import boto3

        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        client = boto3.client("s3", endpoint_url=options.get("endpoint"), region_name=options.get("region"))
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "", client)

    def put(self, sha256: str, file: IO[bytes]) -> None:
        """Keep a file; large ones go up in pieces."""
        self.client.upload_fileobj(_Unclosed(file), self.name, self.prefix + sha256)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, as they come."""
        try:
            body: BinaryIO = self.client.get_object(Bucket=self.name, Key=self.prefix + sha256)["Body"]
        except self.client.exceptions.NoSuchKey:
            raise YuzhouError(LOST) from None
        return body

    def delete(self, sha256: str) -> None:
        """Remove the bytes."""
        self.client.delete_object(Bucket=self.name, Key=self.prefix + sha256)

    def kept(self) -> Iterator[tuple[str, datetime]]:
        """Everything kept below the prefix."""
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix):
            for item in page.get("Contents", ()):
                yield item["Key"].removeprefix(self.prefix), item["LastModified"]


class _Unclosed:
    """A file that the S3 client may read but not close."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read = file.read


def current() -> Store:
    """The store that the settings name."""
    url: str = getattr(settings, "FILES_URL", "")
    if not url:
        return Folder(Path(settings.DATA_FOLDER) / "files")
    return _bucket(url)


_buckets: dict[str, Bucket] = {}


def _bucket(url: str) -> Bucket:
    """The bucket of an address, with one client for the life of the process."""
    if url not in _buckets:
        _buckets[url] = Bucket.of(url)
    return _buckets[url]
