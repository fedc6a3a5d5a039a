"""From `./yuzhou …` to `python -m yuzhou …`."""

import ast
import os

from launcher.assets import build_assets
from launcher.environment import Environment, make_readable
from launcher.home import ROOT, home, only_one
from launcher.interpreter import interpreter

WITH_DEVELOPMENT = ("test", "bench")


def asks_for_help(arguments: list[str]) -> bool:
    """Whether only the list of commands is wanted: nothing needs to be made for that."""
    return not arguments or arguments[0] in ("-h", "--help", "help")


def usage() -> str:
    """The platform's own commands with their one lines, read from its source without running it."""
    tree = ast.parse((ROOT / "src/yuzhou/project/cli/__init__.py").read_text("utf-8"))
    tables = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]  # plain names
    own = ast.literal_eval(tables["OWN"])
    lines = ["yuzhou <command> …", "", *(f"  {name:<16} {text}" for name, text in own.items()), ""]
    return "\n".join([*lines, "The installed parts have further commands: docs/operations.md names them all."])


def main(arguments: list[str]) -> None:
    """Make what is missing, then become the platform's command line."""
    if asks_for_help(arguments):
        print(usage())
        return
    where = home()
    make_readable(where)
    with only_one(where):
        kind = "dev" if arguments[:1] and arguments[0] in WITH_DEVELOPMENT else "base"
        environment = Environment(where, kind, interpreter(where))
        environment.make()
        build_assets(environment)
        environment.install(ROOT, is_editable=os.geteuid() != 0)
    os.environ.pop("PYTHONPATH", None)
    os.environ.pop("PYTHONHOME", None)
    os.environ["YUZHOU_HOME"] = str(where)
    os.environ["YUZHOU_SOURCE"] = str(ROOT)
    os.execv(environment.python, [str(environment.python), "-P", "-m", "yuzhou", *arguments])  # noqa: S606 - the point of it
