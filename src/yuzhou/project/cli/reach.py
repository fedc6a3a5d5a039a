"""Gives a command the database and the bus of the platform on the data folder."""

import os
import sys
from pathlib import Path

from yuzhou.project.processes.account import give_up_root
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.database import embedded_addresses
from yuzhou.project.processes.folder import DataFolder, default_data
from yuzhou.project.processes.lock import is_held


def reach_platform(data: Path | None = None, role: str = "owner") -> None:
    """Set the environment that a child of `up` would have; exits where nothing runs and no address is given."""
    if os.environ.get("YUZHOU_SUPERVISED"):
        return
    folder = DataFolder(data or default_data())
    os.environ["YUZHOU_DATA"] = str(folder.path)
    os.environ.setdefault("YUZHOU_DB_ROLE", role)
    runs = folder.path.is_dir() and is_held(folder.path)
    state = folder.state()
    if folder.path.is_dir():
        give_up_root()
    if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_OWNER_URL")):
        if not runs or not state.get("postgres_port"):
            sys.exit(
                f"没有运行中的平台使用 {folder.path}；先运行 yuzhou up。\n"
                f"No platform runs on {folder.path}; start it with `yuzhou up`, or set DATABASE_URL."
            )
        addresses = embedded_addresses(folder, state["postgres_port"])
        os.environ.update(DATABASE_URL=addresses.web, DATABASE_OWNER_URL=addresses.owner)
    if not os.environ.get("NATS_URL") and state.get("bus_port"):
        bus = EmbeddedBus(folder.bus, state["bus_port"], state["mqtt_port"], folder.secret("bus"))
        os.environ["NATS_URL"] = bus.url()
    os.environ.setdefault("YUZHOU_PUBLIC_URL", state.get("url", "http://127.0.0.1:8000"))
