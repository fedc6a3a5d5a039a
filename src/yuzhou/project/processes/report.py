"""What the supervisor tells: to other commands in its state, to people at the end of a start."""

from pathlib import Path
from typing import Any

from yuzhou.project.processes.child import Child
from yuzhou.project.processes.options import Options


def addresses_of(options: Options) -> dict[str, Any]:
    """Where things are."""
    return {
        "url": options.url,
        "local_url": options.local_url,
        "streams_url": options.streams_url,
        "host": options.host,
        "mqtt_port": options.mqtt_port,
        "service_ports": options.service_ports,
        "external_database": bool(options.database_url or options.database_owner_url),
        "external_bus": bool(options.nats_url),
    }


def children_of(children: list[Child]) -> dict[str, Any]:
    """What runs."""
    return {"children": {c.name: {"pid": c.pid, "restarts": max(0, c.restarts), "log": str(c.log)} for c in children}}


def announcement(options: Options) -> list[str]:
    """The addresses, for people."""
    lines = [f"  网站 · site        {options.url}"]
    if options.url != options.local_url:
        lines.append(f"  本机 · this machine {options.local_url}")
    lines += [f"  {name.upper():<18} {options.host}:{port}" for name, port in options.service_ports.items()]
    if not options.nats_url:
        lines.append(f"  MQTT               {options.host}:{options.mqtt_port}")
    return [*lines, f"  数据 · data        {options.folder.path}", "  停止 · stop        Ctrl-C  /  yuzhou stop"]


def log_tail(log: Path, lines: int = 6) -> list[str]:
    """The last lines of a log, if there is one."""
    try:
        return log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def account_lines(accounts: list[list[str]], *, few: bool = False) -> list[str]:
    """The demonstration's accounts as a table, each with where it acts; `few`: the first of each kind, and how many there are."""
    shown = accounts
    if few:
        kinds: dict[str, list[str]] = {}
        for account in accounts:
            kinds.setdefault(account[0].rpartition("-")[2] if account[0][-1].isalpha() else "number", account)
        shown = [accounts[0], *(one for one in kinds.values() if one is not accounts[0])]
        shown += [one for one in accounts if one not in shown][:1]
    lines = ["  演示账户 · demonstration accounts"]
    lines += [f"    {name:<26} {where}" for name, where in shown]
    if len(shown) < len(accounts):
        lines.append(f"    … {len(accounts)}")
    return lines
