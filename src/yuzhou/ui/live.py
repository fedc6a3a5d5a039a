"""Where the browser listens for news of a subject."""

LIVE_URL = "/streams/live"
