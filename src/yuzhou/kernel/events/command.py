"""`yuzhou events [NAME]`."""

import argparse
import json
from collections.abc import Sequence

from yuzhou.kernel.events.catalogue import catalogue


def run(arguments: Sequence[str]) -> int:
    """List the published events with their subscribers, or print the JSON Schema of one."""
    parser = argparse.ArgumentParser(prog="yuzhou events", description=run.__doc__)
    parser.add_argument("name", nargs="?", help="an event, such as kernel.DeliveryDied@1")
    name = parser.parse_args(arguments).name
    known = catalogue()
    if name is None:
        for event in sorted(known.types):
            listeners = ", ".join(subscriber.name for subscriber in known.subscribers.get(event, []))
            print(f"{event}  →  {listeners or '-'}")
        return 0
    if name not in known.types:
        print(f"no part publishes {name}")
        return 1
    print(json.dumps(known.types[name].schema, ensure_ascii=False, indent=1))
    return 0
