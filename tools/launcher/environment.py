"""Makes the Python environment from the hashed lock files; made anew when they or the interpreter change."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.home import ROOT, say

# Whoever runs the platform may not write beside its modules: compile them once, here.
COMPILED = ("--compile-bytecode", "--link-mode", "copy", "--quiet")


def run(*command: object, **options: object) -> None:
    """Run a step; its output is shown only when it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, errors="replace", **options)  # type: ignore[call-overload]  # passed on as they are
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
        sys.exit(f"失败 · failed: {' '.join(str(c) for c in command)}")


def digest(*parts: bytes) -> str:
    """A short name for some content."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:12]


class Environment:
    """A virtual environment of one kind: `base` to run the platform, `dev` to test it."""

    def __init__(self, home: Path, kind: str, python: Path) -> None:
        self.kind, self.python_source = kind, python
        self.locks = [ROOT / "requirements" / f"{kind}.txt", ROOT / "requirements" / "build.txt"]
        key = digest(str(python).encode(), sys.version.encode(), *(lock.read_bytes() for lock in self.locks))
        self.path = home / f"env-{kind}-{key}"
        self.python = self.path / "bin" / "python"

    def make(self) -> None:
        """Make it unless it is there and whole."""
        if (self.path / ".ready").exists():
            return
        say("正在创建运行环境（首次约一两分钟）", f"making the environment {self.path} (a minute or two, once)")
        shutil.rmtree(self.path, ignore_errors=True)
        uv = shutil.which("uv")
        if not (uv and self._make_with_uv(uv)):
            self._make_with_pip()
        (self.path / ".ready").touch()

    def _make_with_uv(self, uv: str) -> bool:
        """Whether uv could: it does not read pip's configuration, so pip is asked where uv fails."""
        arguments = [part for lock in self.locks for part in ("-r", str(lock))]
        for command in (
            [uv, "venv", "--quiet", "--python", str(self.python_source), str(self.path)],
            [uv, "pip", "install", "--python", str(self.python), "--require-hashes", *COMPILED, *arguments],
        ):
            if subprocess.run(command, capture_output=True, cwd="/").returncode:
                shutil.rmtree(self.path, ignore_errors=True)
                return False
        return True

    def _make_with_pip(self) -> None:
        run(self.python_source, "-m", "venv", self.path, cwd="/")
        arguments = [part for lock in self.locks for part in ("-r", lock)]
        run(self.python, "-m", "pip", "install", "--quiet", "--require-hashes", *arguments, cwd="/")

    def install(self, source: Path, *, is_editable: bool) -> None:
        """Put the platform itself in: as a link to the clone, or as a wheel built from it where others must read it."""
        key = f"editable {source}" if is_editable else tree_digest(source)
        marker = self.path / ".installed"
        if marker.exists() and marker.read_text() == key:
            return
        say("正在安装渝州", "installing yuzhou")
        if is_editable:
            self._pip("--editable", source)
        else:
            wheels = self.path / "wheels"
            shutil.rmtree(wheels, ignore_errors=True)
            run(self.python, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=source)
            self._pip("--force-reinstall", *wheels.glob("*.whl"))
            shutil.rmtree(wheels)
        marker.write_text(key)

    def _pip(self, *arguments: object) -> None:
        common = ["--no-deps", "--no-build-isolation"]
        if (self.path / "bin" / "pip").exists():
            run(self.python, "-m", "pip", "install", "--quiet", *common, *arguments, cwd="/")
        else:
            run(shutil.which("uv") or "uv", "pip", "install", "--python", self.python, *COMPILED, *common, *arguments, cwd="/")


def tree_digest(source: Path) -> str:
    """Changes when any file of the package does."""
    files = [source / "pyproject.toml", *sorted(p for p in (source / "src").rglob("*") if p.is_file())]
    parts = [
        f"{p.relative_to(source)}:{p.stat().st_size}:{p.stat().st_mtime_ns}".encode()
        for p in files
        if p.suffix not in (".pyc", ".mo") and "__pycache__" not in p.parts
    ]
    return digest(*parts)


def make_readable(path: Path) -> None:
    """Let everyone enter a folder of ours."""
    path.mkdir(parents=True, exist_ok=True)
    os.chmod(path, 0o755)  # noqa: S103 - programs, no data
