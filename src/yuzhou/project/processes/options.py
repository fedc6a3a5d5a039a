"""What `up` was asked to do."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from yuzhou.project.processes.folder import DataFolder


@dataclass(frozen=True)
class Options:
    """Addresses, ports and modes of one running platform."""

    folder: DataFolder
    host: str = "127.0.0.1"
    port: int = 8000
    streams_port: int = 8001
    mqtt_port: int = 1883
    service_ports: dict[str, int] = field(default_factory=dict)
    public_url: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    demo: bool = False
    recordings: Path | None = None
    database_url: str = ""
    database_owner_url: str = ""
    nats_url: str = ""
    stop_with: int | None = None
    is_detached: bool = False

    @property
    def is_tls(self) -> bool:
        """Whether the web speaks TLS itself."""
        return self.tls_cert is not None

    @property
    def local_url(self) -> str:
        """The web's address on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - read, not bound
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that people use."""
        return self.public_url.rstrip("/") or self.local_url

    @property
    def streams_url(self) -> str:
        """Where browsers find the event streams: the site's host, the streams' port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{self.streams_port}"

    @property
    def allowed_hosts(self) -> list[str]:
        """Host names under which the site answers."""
        names = ["127.0.0.1", "localhost", "[::1]", urlsplit(self.url).hostname or ""]
        if self.host not in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104 - read, not bound
            names.append(self.host)
        if self.host in ("0.0.0.0", "::") and not self.public_url:  # noqa: S104 - read, not bound
            names.append("*")
        return list(dict.fromkeys(name for name in names if name))
