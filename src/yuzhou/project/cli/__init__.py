"""The command line: `yuzhou <command> …`; each command is a module with `run(arguments) -> exit code`."""

import os
import sys


def main(argv: list[str] | None = None) -> None:
    """Run the command that the arguments name."""
    arguments = sys.argv[1:] if argv is None else argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuzhou.project.settings")
    if arguments[:1] == ["manage"]:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["yuzhou manage", *arguments[1:]])
        return
    if arguments[:1] == ["compilemessages"]:
        from yuzhou.project.messages import compile_all

        compile_all()
        return
    sys.exit(f"unknown command: {' '.join(arguments[:1])}")
