"""`yuzhou bench`: the measurements of `benchmarks/`, each as a process of its own."""

import ast
import os
import subprocess
import sys
from pathlib import Path


def run(arguments: list[str]) -> int:
    """Run all measurements, or the one that the first argument names with the rest of the arguments."""
    source = Path(os.environ.get("YUZHOU_SOURCE", ".")).absolute()
    found = measurements(source)
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
