"""`yuzhou web`: a child of `up`."""

from yuzhou.project.processes.servers import serve_web


def run(arguments: list[str]) -> int:
    """Serve until told to stop."""
    serve_web()
    return 0
