"""Compiles the translation catalogues (.po → .mo) without a system gettext."""

from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def catalogues() -> list[Path]:
    """Every catalogue of the package, and of the parts that others installed beside it."""
    own = Path(__file__).resolve().parents[1]
    found = {catalogue for folder in [own, *_installed()] for catalogue in folder.rglob("locale/*/LC_MESSAGES/*.po")}
    return sorted(found)


def _installed() -> list[Path]:
    """The folders of the installed parts' packages."""
    from yuzhou.kernel import registry  # not at the top: the build of a wheel compiles without the platform's libraries

    specs = [find_spec(app) for app in registry.django_apps()]
    return [Path(folder).resolve() for spec in specs if spec for folder in spec.submodule_search_locations or ()]


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many were written."""
    return compile_catalogues(catalogues())


def compile_catalogues(sources: list[Path]) -> int:
    """Compile those of the catalogues that are newer than their compiled form; returns how many were written."""
    written = 0
    for source in sources:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written += 1
    return written
