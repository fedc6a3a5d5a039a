"""Compiles the translation catalogues (.po → .mo) without a system gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def catalogues() -> list[Path]:
    """Every catalogue of the package."""
    return sorted(Path(__file__).resolve().parents[1].rglob("locale/*/LC_MESSAGES/*.po"))


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many were written."""
    written = 0
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written += 1
    return written
