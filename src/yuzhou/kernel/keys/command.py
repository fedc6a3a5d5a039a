"""`yuzhou keys status|rotate|reencrypt`."""

import argparse
from collections.abc import Sequence

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.ids import urn
from yuzhou.kernel.keys import rotation
from yuzhou.kernel.transactions import acting_as


def run(arguments: Sequence[str]) -> int:
    """Show the key versions, or change the key and close all data with the new one."""
    parser = argparse.ArgumentParser(prog="yuzhou keys", description=run.__doc__)
    parser.add_argument("act", choices=["status", "rotate", "reencrypt"])
    act = parser.parse_args(arguments).act
    actor = Actor.system("command line")
    with acting_as(actor):
        if act != "status":
            done = rotation.rotate() if act == "rotate" else rotation.reencrypt()
            acts.record(actor=actor, act=f"kernel.key:{act}", subject=urn("key-ring", "data"), details=dict(done))
            for name, count in done.items():
                print(f"{name}: {count} records closed anew")
        _show(rotation.status())
    return 0


def _show(state: rotation.KeyState) -> None:
    for version, made_at in state.versions:
        print(f"version {version}  made {made_at:%Y-%m-%d %H:%M} UTC{'  current' if version == state.current else ''}")
    for name, count in state.outstanding.items():
        print(f"{name}: {count} records under older versions")
