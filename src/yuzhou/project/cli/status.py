"""`yuzhou status`: what runs, and how it is."""

import argparse
import json
from pathlib import Path
from typing import Any

from yuzhou.project.processes.folder import DataFolder, default_data
from yuzhou.project.processes.lock import is_held, read_holder
from yuzhou.project.processes.probe import ask_health


def run(arguments: list[str]) -> int:
    """Print the state; exit code 0 only when everything is ready."""
    parser = argparse.ArgumentParser(prog="yuzhou status")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args(arguments)
    folder = DataFolder((asked.data or default_data()).absolute())
    if not is_held(folder.path):
        print(json.dumps({"running": False}) if asked.json else f"未运行 · nothing runs on {folder.path}")
        return 3
    state, holder = folder.state(), read_holder(folder.path)
    code, health = ask_health(state.get("local_url", ""))
    report = {"running": True, **holder, "health": health, "children": state.get("children", {})}
    print(json.dumps(report, ensure_ascii=False, indent=1) if asked.json else "\n".join(_lines(report)))
    return 0 if code == 200 else 1


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"运行中 · runs: {report['url']}  (pid {report['pid']}, since {report['since']})"]
    for name, part in report["health"].get("parts", {}).items():
        child = report["children"].get(name, {})
        details = [
            f"{key}={value}" for key, value in {**part, **child}.items() if key not in ("ready", "log") and value is not None
        ]
        lines.append(f"  {'✓' if part['ready'] else '✗'} {name:<12} {' '.join(details)}")
    return lines
