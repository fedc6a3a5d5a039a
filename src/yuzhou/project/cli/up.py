"""`yuzhou up`: starts everything and stays until Ctrl-C."""

import argparse
import asyncio
import os
import shutil
import sys
from pathlib import Path

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import ListenPort
from yuzhou.project.processes.account import give_up_root
from yuzhou.project.processes.folder import DataFolder, default_data
from yuzhou.project.processes.lock import FolderHeld, FolderLock
from yuzhou.project.processes.options import Options
from yuzhou.project.processes.ports import is_free, is_loopback

WRONG_ARGUMENTS = 2
DEMO_IS_PRIVATE = (
    "演示账户的密码是公开的：监听 {host} 后，网络上的任何人都能用它登录。"
    "请去掉 --host，只在本机演示；若确要对外开放，请加上 --demo-public。\n"
    "The demonstration's accounts have a password that everybody knows: on {host}, anyone on the network could sign in. "
    "Leave --host out to show it on this machine alone, or add --demo-public if that is what you want."
)


def declared_ports() -> list[ListenPort]:
    """The ports of the services that the installed parts declare."""
    return [port for _, service in registry.every("services") for port in service.ports]


def parser() -> argparse.ArgumentParser:
    """The options of `up`."""
    found = argparse.ArgumentParser(prog="yuzhou up", description="Start everything and stay until Ctrl-C.")
    found.add_argument("--data", type=Path, help="data folder")
    found.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the network")
    found.add_argument("--port", type=int, default=8000, help="port of the site")
    found.add_argument("--streams-port", type=int, help="port of the event streams (the site's + 1)")
    found.add_argument("--mqtt-port", type=int, default=1883, help="port of the MQTT door")
    for port in declared_ports():
        found.add_argument(f"--{port.name}-port", type=int, default=port.default, help=f"port: {port.title.en}")
    found.add_argument("--public-url", default="", help="the address that people use, where it differs")
    found.add_argument("--tls-cert", type=Path, help="certificate file (PEM)")
    found.add_argument("--tls-key", type=Path, help="key file (PEM, PKCS#8)")
    found.add_argument("--tls-self-signed", action="store_true", help="make a certificate of our own and use it")
    found.add_argument("--demo", action="store_true", help="add a small living city, simulated")
    found.add_argument("--demo-public", action="store_true", help="let the network reach the demonstration")
    found.add_argument("--recordings", type=Path, help="replay recorded data from this folder")
    found.add_argument("--stop-with", type=int, metavar="PID", help="stop when that process has ended")
    found.add_argument("--detach", action="store_true", help="return when everything is ready and go on in the background")
    return found


def run(arguments: list[str]) -> int:
    """Start; returns the exit code."""
    asked = parser().parse_args(arguments)
    if asked.demo and not asked.demo_public and not is_loopback(asked.host):
        print(DEMO_IS_PRIVATE.format(host=asked.host), file=sys.stderr)
        return WRONG_ARGUMENTS
    if asked.detach:
        from yuzhou.project.cli.detach import start_detached

        return start_detached(asked.data or default_data(), [a for a in arguments if a != "--detach"])
    folder = DataFolder((asked.data or default_data()).absolute())
    folder.prepare()
    recordings = asked.recordings.absolute() if asked.recordings else None
    certificate, key = _tls_files(asked, folder)
    give_up_root()
    lock = FolderLock(folder.path)
    options = Options(
        folder=folder,
        host=asked.host,
        port=asked.port,
        streams_port=asked.streams_port or asked.port + 1,
        mqtt_port=asked.mqtt_port,
        service_ports={port.name: getattr(asked, f"{port.name}_port") for port in declared_ports()},
        public_url=asked.public_url,
        tls_cert=certificate,
        tls_key=key,
        demo=asked.demo,
        recordings=recordings,
        database_url=os.environ.get("DATABASE_URL", ""),
        database_owner_url=os.environ.get("DATABASE_OWNER_URL", ""),
        nats_url=os.environ.get("NATS_URL", ""),
        stop_with=asked.stop_with,
        is_detached=os.environ.pop("YUZHOU_DETACHED", "") == "1",
    )
    try:
        lock.acquire(url=options.url)
    except FolderHeld as error:
        print(error, file=sys.stderr)
        return 3
    return _ports_taken(options) or supervise(options, lock)


def supervise(options: Options, lock: FolderLock) -> int:
    """Run the supervisor to its end."""
    from yuzhou.project.processes.supervisor import Supervisor

    options.folder.secret("secret")
    (options.folder.run / "metrics").mkdir(exist_ok=True)

    async def go() -> int:
        return await Supervisor(options, lock).run()

    return asyncio.run(go())


def _ports_taken(options: Options) -> int:
    wanted = {"port": options.port, "streams-port": options.streams_port}
    if not options.nats_url:
        wanted["mqtt-port"] = options.mqtt_port
    wanted |= {f"{name}-port": port for name, port in options.service_ports.items()}
    taken = {name: port for name, port in wanted.items() if not is_free(port, options.host)}
    for name, port in taken.items():
        print(
            f"端口 {port} 已被占用，可用 --{name} 另选。\nPort {port} is taken; choose another with --{name}.",
            file=sys.stderr,
        )
    return 4 if taken else 0


def _tls_files(asked: argparse.Namespace, folder: DataFolder) -> tuple[Path | None, Path | None]:
    """Certificate and key where the children can read them."""
    from yuzhou.project.processes.account import give_to_account

    if asked.tls_self_signed:
        from yuzhou.project.processes.certificate import self_signed

        return self_signed(folder, asked.host, asked.public_url)
    if not (asked.tls_cert and asked.tls_key):
        return None, None
    copies = (folder.run / "tls-cert.pem", folder.run / "tls-key.pem")
    for source, target in zip((asked.tls_cert, asked.tls_key), copies, strict=True):
        shutil.copyfile(source, target)
        target.chmod(0o600)
        give_to_account(target)
    return copies
