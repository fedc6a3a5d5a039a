"""The children of the platform that run our own code, and the environment that each is given."""

import sys

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Service
from yuzhou.project.processes.child import Child
from yuzhou.project.processes.database import Addresses
from yuzhou.project.processes.options import Options

WEB_THREADS = 8


def declared_services(options: Options) -> list[Service]:
    """The services that the installed parts declare, those of the demo only with `--demo` or `--recordings`."""
    is_demo = options.demo or options.recordings is not None
    return [service for _, service in registry.every("services") if is_demo or not service.demo_only]


def child_environment(options: Options, addresses: Addresses, nats_url: str, role: str) -> dict[str, str]:
    """What a child finds in its environment; the web's role never sees the owner's password."""
    environment = {
        "YUZHOU_DATA": str(options.folder.path),
        "YUZHOU_DB_ROLE": role,
        "DATABASE_URL": addresses.web,
        "DATABASE_OWNER_URL": addresses.owner if role == "owner" or addresses.owner == addresses.web else "",
        "NATS_URL": nats_url,
        "YUZHOU_HOST": options.host,
        "YUZHOU_PORT": str(options.port),
        "YUZHOU_STREAMS_PORT": str(options.streams_port),
        "YUZHOU_MQTT_PORT": str(options.mqtt_port),
        "YUZHOU_PUBLIC_URL": options.url,
        "YUZHOU_STREAMS_URL": options.streams_url,
        "YUZHOU_ALLOWED_HOSTS": ",".join(options.allowed_hosts),
        "YUZHOU_SUPERVISED": "1",
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(options.folder.run / "metrics"),
    }
    environment |= {f"YUZHOU_{name.upper()}_PORT": str(port) for name, port in options.service_ports.items()}
    if options.is_tls:
        environment |= {"YUZHOU_TLS_CERT": str(options.tls_cert), "YUZHOU_TLS_KEY": str(options.tls_key)}
    if options.demo:
        environment["YUZHOU_DEMO"] = "1"
    if options.recordings:
        environment["YUZHOU_RECORDINGS"] = str(options.recordings)
    return environment


def _child(
    name: str, command: tuple[str, ...], environment: dict[str, str], options: Options, listens_on: tuple[int, ...] = ()
) -> Child:
    return Child(
        name,
        [sys.executable, "-P", "-m", "yuzhou", *command],
        options.folder.logs / f"{name}.log",
        environment={**environment, "YUZHOU_PART": name},
        listens_on=listens_on,
    )


def worker_child(options: Options, addresses: Addresses, nats_url: str) -> Child:
    """Jobs, events and tickers."""
    return _child("worker", ("worker",), child_environment(options, addresses, nats_url, "owner"), options)


def web_child(options: Options, addresses: Addresses, nats_url: str) -> Child:
    """The pages and the API."""
    environment = child_environment(options, addresses, nats_url, "web")
    environment["YUZHOU_DB_POOL"] = str(WEB_THREADS + 2)
    return _child("web", ("web",), environment, options)


def streams_child(options: Options, addresses: Addresses, nats_url: str) -> Child:
    """The event streams."""
    environment = child_environment(options, addresses, nats_url, "web")
    return _child("streams", ("streams",), environment, options, listens_on=(options.streams_port,))


def service_child(options: Options, addresses: Addresses, nats_url: str, service: Service) -> Child:
    """A service that a part declares."""
    environment = child_environment(options, addresses, nats_url, service.database_role)
    ports = tuple(options.service_ports[port.name] for port in service.ports if port.name in options.service_ports)
    return _child(service.name, service.command, environment, options, listens_on=ports)
