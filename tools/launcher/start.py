"""From `./yuzhou …` to `python -m yuzhou …`."""

import os

from launcher.assets import build_assets
from launcher.environment import Environment, make_readable
from launcher.home import ROOT, home, only_one
from launcher.interpreter import interpreter

WITH_DEVELOPMENT = ("test", "bench")


def main(arguments: list[str]) -> None:
    """Make what is missing, then become the platform's command line."""
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
