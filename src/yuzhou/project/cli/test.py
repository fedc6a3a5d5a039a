"""`yuzhou test`: every check on this machine, with a summary; what cannot run is named with the command that supplies it."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Check:
    """One step of the run."""

    name: str
    command: tuple[str, ...]
    is_shown: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    name: str
    code: int
    seconds: float
    last_line: str


def run(arguments: list[str]) -> int:
    """Run all checks, or only pytest with the given arguments; exit code 0 only when all passed."""
    source = Path(os.environ.get("YUZHOU_SOURCE", "")) if os.environ.get("YUZHOU_SOURCE") else None
    if source is None or not (source / "tests").is_dir():
        print("测试需要源码目录 · tests need the source tree: run ./yuzhou test in a clone", file=sys.stderr)
        return 2
    checks = [pytest_check(tuple(arguments))] if arguments else all_checks()
    outcomes = [_run(check, source) for check in checks]
    _summarise(outcomes)
    return 0 if all(outcome.code == 0 for outcome in outcomes) else 1


def all_checks() -> list[Check]:
    """Every check, the quick ones first."""
    python = sys.executable
    return [
        Check("ruff check", (python, "-m", "ruff", "check", ".")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check", ".")),
        Check("import contract", (str(Path(python).with_name("lint-imports")),)),
        Check("messages compile", (python, "-m", "yuzhou", "compilemessages")),
        Check("migrations", (python, "-m", "yuzhou", "manage", "makemigrations", "--check", "--dry-run")),
        Check("types", (python, "-m", "mypy")),
        pytest_check(()),
    ]


def pytest_check(arguments: tuple[str, ...]) -> Check:
    """The tests, on two processes unless the arguments say otherwise."""
    workers = () if any(a.startswith("-n") for a in arguments) else ("-n", "2", "--dist", "loadgroup")
    return Check("pytest", (sys.executable, "-m", "pytest", "-q", *workers, *arguments), is_shown=True)


def missing() -> list[tuple[str, str]]:
    """What this machine lacks, each with the one command that supplies it."""
    found: list[tuple[str, str]] = []
    if not any(shutil.which(name) for name in CHROMIUM):
        found.append(("browser tests", "apt-get install -y chromium fonts-wqy-microhei"))
    if not has_shared_data():
        found.append(("published vectors and recordings", "export YUZHOU_SHARED_DATA=<folder with sensing/ and places/>"))
    return found


def has_shared_data() -> bool:
    """Whether the folder of published vectors is at hand: named by `YUZHOU_SHARED_DATA`, or `shared/data` beside or above us."""
    if "YUZHOU_SHARED_DATA" in os.environ:
        return Path(os.environ["YUZHOU_SHARED_DATA"]).is_dir()
    source = Path(os.environ.get("YUZHOU_SOURCE", ".")).absolute()
    return any((above / "shared" / "data").is_dir() for above in source.parents)


def _run(check: Check, source: Path) -> Outcome:
    print(f"── {check.name}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(source / "src"), "PATH": _path()}
    if check.name == "migrations":
        environment["DATABASE_OWNER_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    began = time.monotonic()
    if check.is_shown:
        done = subprocess.Popen(
            check.command, cwd=source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        text = _show_and_keep(done)
        code = done.wait()
    else:
        finished = subprocess.run(check.command, cwd=source, env=environment, capture_output=True, text=True)
        text, code = finished.stdout + finished.stderr, finished.returncode
        if code:
            print(text)
    lines = [line for line in text.splitlines() if line.strip()]
    return Outcome(check.name, code, time.monotonic() - began, lines[-1].strip("= ") if lines else "")


def _show_and_keep(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101 - asked for by the caller
    kept = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        kept.append(line)
    return "".join(kept[-200:])


def _path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def _summarise(outcomes: list[Outcome]) -> None:
    print("\n── 小结 · summary")
    for outcome in outcomes:
        mark = "✓" if outcome.code == 0 else "✗"
        print(f"  {mark} {outcome.name:<18} {outcome.seconds:7.1f} s  {COLOURS.sub('', outcome.last_line)[:110]}")
    for what, command in missing():
        print(f"  – 跳过 · skipped: {what}; 补齐 · supply it with: {command}")
