"""`yuzhou calendar show YEAR` and `yuzhou calendar import YEAR FILE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.calendar.years import get_year, import_year
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.transactions import acting_as


def run(arguments: Sequence[str]) -> int:
    """Show a year's days off, or import a year from a CSV file of DATE,rest|work,NAME."""
    parser = argparse.ArgumentParser(prog="yuzhou calendar", description=run.__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    showing, importing = acts.add_parser("show"), acts.add_parser("import")
    for one in (showing, importing):
        one.add_argument("year", type=int)
    importing.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.act == "import":
            _import(options.year, options.file)
        _show(options.year)
    except (OSError, UnicodeDecodeError, YuzhouError) as error:
        print(message_for(error) if isinstance(error, YuzhouError) else error, file=sys.stderr)
        return 1
    return 0


def _import(year: int, file: Path) -> None:
    actor = Actor.system("command line")
    with acting_as(actor):
        import_year(actor=actor, year=year, text=file.read_text(encoding="utf-8"), origin=file.name)


def _show(year: int) -> None:
    calendar = get_year(year)
    print(f"{year}: {calendar.source}")
    named = [(day, "rest", name) for day, name in calendar.rest.items()] + [
        (day, "work", name) for day, name in calendar.work.items()
    ]
    for day, kind, name in sorted(named, key=lambda item: item[0]):
        print(f"{day},{kind},{name.zh}")
