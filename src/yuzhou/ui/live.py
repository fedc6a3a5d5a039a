"""Where the browser listens for news of a subject."""

from django.conf import settings


def live_url() -> str:
    """The address of the event stream, on the streams' own port."""
    return f"{settings.STREAMS_URL.rstrip('/')}/streams/live"
