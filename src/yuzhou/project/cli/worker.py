"""`yuzhou worker`: jobs, events and tickers."""


def run(arguments: list[str]) -> int:
    """Work until told to stop."""
    import django

    django.setup()
    from yuzhou.kernel.jobs.api import run_worker
    from yuzhou.project.telemetry import start_telemetry

    start_telemetry("worker")
    run_worker()
    return 0
