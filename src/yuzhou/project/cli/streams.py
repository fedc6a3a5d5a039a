"""`yuzhou streams`: a child of `up`."""

from yuzhou.project.processes.servers import serve_streams


def run(arguments: list[str]) -> int:
    """Serve until told to stop."""
    serve_streams()
    return 0
