"""An OPC UA server of the asyncua library, as a machine to connect to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

NAMESPACE = "urn:sample:plant"
URI = "urn:sample:server"


VARIABLES = {
    "temperature": (21.5, ua.VariantType.Double),
    "speed": (1200, ua.VariantType.Int32),
    "running": (True, ua.VariantType.Boolean),
    "mode": (1, ua.VariantType.Int32),
    "label": ("batch 7", ua.VariantType.String),
    "zones": ([1.0, 2.0, 3.0], ua.VariantType.Double),
    "single": (1.5, ua.VariantType.Float),
}


class OneUser(UserManager):
    """Lets in `operator` with the password `right`."""

    def get_user(self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None) -> User | None:
        if username == "operator" and password == "right":
            return User(role=UserRole.User)
        return None


class Plant:
    """A server with a line of variables; `ids` are their node ids."""

    def __init__(self, server: Server, nodes: dict[str, Any]) -> None:
        self.server, self.nodes = server, nodes
        self.ids = {name: node.nodeid.to_string() for name, node in nodes.items()}

    async def set(self, name: str, value: Any, status: int = 0, at: datetime | None = None) -> None:
        """A new value, with status and source time."""
        node = self.nodes[name]
        kind = VARIABLES[name][1]
        moment = at or datetime.now(UTC)
        await node.write_value(ua.DataValue(ua.Variant(value, kind), ua.StatusCode(status), moment, moment))


def named(plant: Plant, *names: str, **more: Any) -> list[dict[str, Any]]:
    """Chosen nodes as a connection holds them."""
    return [{"name": name, "node": plant.ids[name], **more} for name in names]


@asynccontextmanager
async def opcua_server(
    port: int, *, security: Path | None = None, user: bool = False, history: bool = False
) -> AsyncIterator[Plant]:
    """A running server; with `security` it signs and encrypts with a certificate in that folder."""
    server = Server(user_manager=OneUser() if user else None)
    await server.init()
    await server.set_application_uri(URI)
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    if security is not None:
        await _secure(server, security)
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace(NAMESPACE)
    line = await server.nodes.objects.add_object(ua.NodeId("Line1", index), "Line 1")
    nodes = {}
    for name, (value, kind) in VARIABLES.items():
        nodes[name] = await line.add_variable(ua.NodeId(f"Line1.{name}", index), name, value, kind)
    for name in ("speed", "running", "single"):
        await nodes[name].set_writable()
    plant = Plant(server, nodes)
    async with server:
        if history:
            await server.historize_node_data_change(nodes["temperature"], period=timedelta(hours=1), count=0)
        yield plant


async def _secure(server: Server, folder: Path) -> None:
    key, certificate = folder / "server.pem", folder / "server.der"
    if not key.exists():
        await setup_self_signed_certificate(key, certificate, URI, "localhost", [ExtendedKeyUsageOID.SERVER_AUTH], {})
    server.set_security_policy(
        [
            ua.SecurityPolicyType.NoSecurity,
            ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
            ua.SecurityPolicyType.Basic256Sha256_Sign,
        ]
    )
    await server.load_certificate(str(certificate))
    await server.load_private_key(str(key))
