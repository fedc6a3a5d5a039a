"""Where letters go: `YUZHOU_EMAIL_URL`, or files in the data folder until one is set."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def mail_settings(url: str, folder: Path) -> dict[str, Any]:
    """Django's settings for `smtp://user:password@host:port?from=address`, `smtps://…` (TLS), `console:` or `file:/folder`.

    With `smtp:` the connection turns to TLS by STARTTLS unless `?starttls=no`.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    sender = options.get("from", "yuzhou@localhost")
    settings: dict[str, Any] = {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender, "EMAIL_TIMEOUT": 10}
    if parts.scheme in ("smtp", "smtps"):
        return settings | {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp" and options.get("starttls") != "no",
        }
    if parts.scheme == "console":
        return settings | {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in ("", "file"):
        raise ValueError(f"YUZHOU_EMAIL_URL: unknown kind {parts.scheme!r}")
    return settings | {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": parts.path or str(folder),
    }
