"""`yuzhou worker`: jobs, events and tickers."""

import time
from importlib import import_module
from importlib.util import find_spec

from yuzhou.kernel import heartbeat


def run(arguments: list[str]) -> int:
    """Work until told to stop."""
    import django

    django.setup()
    if find_spec("yuzhou.kernel.jobs.api"):
        import_module("yuzhou.kernel.jobs.api").run_worker()
        return 0
    while True:
        heartbeat.beat("worker")
        time.sleep(5)
