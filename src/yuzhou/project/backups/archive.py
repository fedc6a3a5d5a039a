"""One tar file: what it holds, and that it is whole."""

import hashlib
import json
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from yuzhou.kernel.clock import now

FOLDERS = ("keys", "files", "parquet", "audit", "mail")
FORMAT = 1


class BadArchive(Exception):
    """The file is no backup of ours, is damaged, or comes from a newer version."""


def write_archive(target: Path, folder: Path, work: Path, about: dict[str, Any]) -> None:
    """Pack the folders of the platform and what was put into `work`; the contents' digests come last."""
    part = target.with_name(target.name + ".part")
    digests: dict[str, str] = {}
    with tarfile.open(part, "w") as archive:
        for base in (work, *(folder / name for name in FOLDERS)):
            for path in sorted(p for p in base.rglob("*") if p.is_file()):
                name = str(path.relative_to(work if base == work else folder))
                digests[name] = _digest(path)
                archive.add(path, name, recursive=False)
        manifest = work / "manifest.json"
        contents = {"format": FORMAT, "version": version("yuzhou"), "made": now().isoformat(), **about, "digests": digests}
        manifest.write_text(json.dumps(contents, indent=1))
        archive.add(manifest, "manifest.json")
    part.chmod(0o600)
    part.replace(target)


def read_archive(source: Path, target: Path) -> dict[str, Any]:
    """Unpack into an empty folder and compare every digest; returns the manifest. Raises BadArchive."""
    try:
        with tarfile.open(source) as archive:
            archive.extractall(target, filter="data")
        manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text())
    except (tarfile.TarError, OSError, ValueError) as error:
        raise BadArchive(f"{source}: {error}") from error
    if manifest.get("format") != FORMAT:
        raise BadArchive(f"{source}: format {manifest.get('format')} is not known to this version")
    for name, digest in manifest["digests"].items():
        if not (target / name).is_file() or _digest(target / name) != digest:
            raise BadArchive(f"{source}: {name} is damaged")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
