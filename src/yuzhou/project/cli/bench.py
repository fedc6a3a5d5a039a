"""`yuzhou bench`: the measurements of `benchmarks/`, each as a process of its own."""

import ast
import contextlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

BEFORE = "--before"
ROUNDS = 2


def run(arguments: list[str]) -> int:
    """Run all measurements, or the one that the first argument names with the rest of the arguments.

    `--before COMMIT` runs that one in turn with the same script as it was at a commit, twice each.
    """
    source = Path(os.environ.get("YUZHOU_SOURCE", ".")).absolute()
    found = measurements(source)
    if BEFORE in arguments[1:-1] and arguments[0] in found:
        place = arguments.index(BEFORE)
        return _in_turn(arguments[0], arguments[place + 1], arguments[1:place] + arguments[place + 2 :], source)
    if not found:
        print("测量需要源码目录 · measurements need the source tree: run ./yuzhou bench in a clone", file=sys.stderr)
        return 2
    if arguments and arguments[0] not in found:
        print(f"没有此项 · no such measurement: {arguments[0]}", file=sys.stderr)
        for name, path in found.items():
            print(f"  {name:20} {_purpose(path)}", file=sys.stderr)
        return 2
    chosen = {arguments[0]: found[arguments[0]]} if arguments else found
    return max(_measure(name, path, arguments[1:], source) for name, path in chosen.items())


def _in_turn(name: str, commit: str, arguments: list[str], source: Path) -> int:
    """Measure as it was and as it is, in turn, so that the load of the machine falls on both."""
    with _as_it_was(commit, source) as before:
        script = before / "benchmarks" / f"{name}.py"
        if not script.exists():
            print(f"当时没有此项 · {commit} had no measurement {name}", file=sys.stderr)
            return 2
        ended = 0
        for number in range(ROUNDS):
            for label, tree in ((commit, before), ("now", source)):
                title = f"{name}, {label}, {number + 1} of {ROUNDS}"
                ended = max(ended, _measure(title, tree / "benchmarks" / script.name, arguments, tree))
        return ended


@contextlib.contextmanager
def _as_it_was(commit: str, source: Path) -> Iterator[Path]:
    """The source tree of a commit, in a folder of its own."""
    git = ["git", "-C", str(source), "worktree"]
    with tempfile.TemporaryDirectory(prefix="yuzhou-before-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            _declare_parts(tree)
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def measurements(source: Path) -> dict[str, Path]:
    """Every script of `benchmarks/` that measures, by name; what only makes the load for others ends in `_load`."""
    scripts = sorted((source / "benchmarks").glob("*.py"))
    return {path.stem: path for path in scripts if "__main__" in path.read_text() and not path.stem.endswith("_load")}


def _purpose(path: Path) -> str:
    """What a script measures: the first line of its docstring."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def _measure(name: str, path: Path, arguments: list[str], source: Path) -> int:
    print(f"── {name}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(source / "src")}
    return subprocess.run([sys.executable, str(path), *arguments], cwd=source, env=environment).returncode


def _declare_parts(tree: Path) -> None:
    """Lay the entry points of a tree beside its packages: those of the installed one name parts that it may not have."""
    declared = tree / "pyproject.toml"
    if not declared.exists():
        return
    project = tomllib.loads(declared.read_text())["project"]
    folder = tree / "src" / f"{project['name']}-{project['version']}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project.get("entry-points", {}).items()
    lines = [line for group, names in groups for line in (f"[{group}]", *(f"{key} = {value}" for key, value in names.items()))]
    (folder / "entry_points.txt").write_text("\n".join(lines))
