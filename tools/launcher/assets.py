"""Builds the front-end assets from their locked packages, when they are absent or out of date."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.environment import Environment, digest, run
from launcher.home import ROOT, say

TARGET = ROOT / "src" / "yuzhou" / "ui" / "static" / "ui" / "dist"
OLDEST_NODE = 20


def build_assets(environment: Environment) -> None:
    """Build them unless they are those of this tree."""
    if not (ROOT / "package.json").exists():
        return
    sources = [
        ROOT / "package.json",
        ROOT / "package-lock.json",
        *sorted(p for p in (ROOT / "frontend").rglob("*") if p.is_file()),
    ]
    key = digest(*(str(p.relative_to(ROOT)).encode() + b"\0" + p.read_bytes() for p in sources))
    marker = TARGET / ".built-from"
    if marker.exists() and marker.read_text() == key:
        return
    say("正在构建前端资源", "building the front-end assets")
    node = node_folder(environment)
    path = f"{node}{os.pathsep}{os.environ['PATH']}" if node else os.environ["PATH"]
    npm = shutil.which("npm", path=path)
    if not npm:
        sys.exit("需要 npm · npm is needed to build the assets")
    options = {"cwd": ROOT, "env": {**os.environ, "PATH": path}}
    run(npm, "ci", "--no-audit", "--no-fund", **options)
    run(npm, "run", "build", **options)
    TARGET.mkdir(parents=True, exist_ok=True)
    marker.write_text(key)


def node_folder(environment: Environment) -> Path | None:
    """Where a new enough node is: None for the system's own, else that of a wheel."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
        if version.split(".")[0].isdigit() and int(version.split(".")[0]) >= OLDEST_NODE:
            return None
    tools = environment.path.parent / "node"
    if not (tools / ".ready").exists():
        say("系统没有 node ≥ 20，改用其 wheel", "no node ≥ 20 on this system: taking it from its wheel")
        run(environment.python_source, "-m", "venv", tools, cwd="/")
        lock = ROOT / "requirements" / "node.txt"
        run(tools / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock, cwd="/")
        (tools / ".ready").touch()
    return tools / "bin"
