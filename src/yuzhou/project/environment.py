"""What the processes tell each other through the environment."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from yuzhou.kernel.row_security import WEB_ROLE

DATA = Path(os.environ.get("YUZHOU_DATA", "var/data")).absolute()
DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "")


def _secret_key() -> str:
    """The signing key from the data folder; a throw-away one where there is none (commands that sign nothing)."""
    path = DATA / "keys" / "secret"
    try:
        return path.read_text().strip()
    except OSError:
        return secrets.token_urlsafe(50)


SECRET_KEY = _secret_key()


def parse_database_url(url: str) -> dict[str, Any]:
    """Read `postgresql://user:password@host:port/name?option=value` into Django's settings."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def database_settings(role: str, web_url: str, owner_url: str) -> dict[str, Any]:
    """Settings for a process in the database role `web` or `owner`.

    With one address only, the web takes on the restricted role after connecting.
    """
    url = (owner_url or web_url) if role == "owner" else (web_url or owner_url)
    settings = parse_database_url(url)
    if role == "web" and not (web_url and owner_url):
        settings["OPTIONS"]["options"] = f"-c role={WEB_ROLE}"
    if os.environ.get("YUZHOU_DB_POOL"):
        settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": int(os.environ["YUZHOU_DB_POOL"])}
    settings["DISABLE_SERVER_SIDE_CURSORS"] = False
    return settings
