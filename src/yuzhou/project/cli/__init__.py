"""The command line: `yuzhou <command> …`.

The core's own commands are modules here with `run(arguments) -> exit code`; further ones are declared by the installed parts.
"""

import os
import sys
from importlib import import_module

OWN = {
    "up": "start everything and stay until Ctrl-C",
    "status": "what runs, and how it is",
    "stop": "stop a running platform",
    "logs": "show the logs of the parts",
    "upgrade": "back up, then bring the data to this version",
    "backup": "write everything into one file",
    "restore": "bring a backup back into an empty data folder",
    "manage": "Django's management commands on the platform's database",
    "test": "every check: lint, types, import contract, tests",
    "bench": "the measurements of benchmarks/",
    "compilemessages": "compile the translation catalogues",
    "new-domain": "scaffold a domain of your own",
}
OTHER_NAMES = {"down": "stop"}
INTERNAL = {
    "prepare": "migrate, load reference data, collect static files (one-shot child of `up`)",
    "web": "the pages and the API (child of `up`)",
    "streams": "the event streams (child of `up`)",
    "worker": "jobs, events and tickers (child of `up`)",
}


def main(argv: list[str] | None = None) -> None:
    """Run the command that the arguments name."""
    arguments = sys.argv[1:] if argv is None else argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuzhou.project.settings")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return
    name, rest = OTHER_NAMES.get(arguments[0], arguments[0]), arguments[1:]
    if name in OWN or name in INTERNAL:
        sys.exit(import_module(f"yuzhou.project.cli.{name.replace('-', '_')}").run(rest))
    from yuzhou.project.cli import declared

    sys.exit(declared.run(name, rest))


def usage() -> str:
    """Every command with its one line."""
    from yuzhou.project.cli.declared import declared_commands

    lines = ["yuzhou <command> …", ""]
    lines += [f"  {name:<16} {text}" for name, text in OWN.items()]
    lines += [f"  {name:<16} ({part.key})" for name, (part, _) in sorted(declared_commands().items()) if name not in OWN]
    return "\n".join(lines)
