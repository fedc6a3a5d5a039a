"""Commands that the installed parts declare."""

import sys

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Part, Provider


def declared_commands() -> dict[str, tuple[Part, Provider]]:
    """Every declared command by name."""
    return {provider.name: (part, provider) for part, provider in registry.every("commands")}


def run(name: str, arguments: list[str]) -> int:
    """Run a declared command against the platform's database; `run(argv)` may return an exit code."""
    found = declared_commands().get(name)
    if found is None:
        from yuzhou.project.cli import usage

        sys.stderr.write(f"未知命令 · unknown command: {name}\n\n{usage()}\n")
        return 2
    from yuzhou.project.cli.reach import reach_platform

    reach_platform()
    import django

    django.setup()
    return int(registry.resolve(found[1].run)(arguments) or 0)
