"""An interpreter that the unprivileged account can run.

Where root's Python lies below a private home, that account cannot enter it: then a copy of it is kept in our own home.
"""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from launcher.home import account, say

LEFT_OUT = ("site-packages", "test", "tests", "__pycache__", "idlelib", "tkinter", "turtledemo", "config-*")


def interpreter(home: Path) -> Path:
    """Our own interpreter, or a private copy of it."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    if not base.exists():
        base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    who = account()
    if who is None or can_run(base, who):
        return base
    copy = home / f"python-{'.'.join(map(str, sys.version_info[:3]))}"
    program = copy / "bin" / base.name
    if not (copy / ".ready").exists():
        say(
            f"账户 {who.pw_name} 无法进入 {sys.base_prefix}，复制一份解释器",
            f"copying the interpreter where {who.pw_name} can run it",
        )
        copy_interpreter(base, copy)
        subprocess.run([str(program), "-I", "-m", "compileall", "-q", str(copy / "lib")], cwd="/", capture_output=True)
        if not can_run(program, who):
            sys.exit(f"The copy of Python in {copy} does not run as {who.pw_name}; install Python 3.11+ system-wide.")
        (copy / ".ready").touch()
    return program


def can_run(program: Path, who: pwd.struct_passwd) -> bool:
    """Whether the account can run an interpreter."""
    try:
        done = subprocess.run(
            [str(program), "-I", "-c", "import ssl, ctypes, sqlite3, venv"],
            user=who.pw_uid, group=who.pw_gid, extra_groups=[], cwd="/", capture_output=True,
        )  # fmt: skip
    except (PermissionError, FileNotFoundError):
        return False
    return done.returncode == 0


def copy_interpreter(program: Path, target: Path) -> None:
    """Copy the program, its shared library and the standard library; rewrite where the program looks for the library."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "bin").mkdir(parents=True)
    target.chmod(0o755)
    standard = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(standard, target / "lib" / standard.name, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    (target / "lib" / standard.name / "site-packages").mkdir()
    copied = [shutil.copy2(program, target / "bin" / program.name)]
    library = sysconfig.get_config_var("INSTSONAME")
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and library:
        folder = sysconfig.get_config_var("LIBDIR")
        copied.append(shutil.copy2(os.path.join(folder, library), target / "lib" / library))
        for path in copied:
            _look_beside(Path(path), folder)


def _look_beside(path: Path, folder: str) -> None:
    """Make the loader look in `../lib` of the program instead of the folder that it was built for."""
    content, old, new = path.read_bytes(), folder.encode() + b"\0", b"$ORIGIN/../lib\0"
    if len(new) <= len(old) and old in content:
        path.write_bytes(content.replace(old, new.ljust(len(old), b"\0")))
