"""Whom the platform runs as: never root. Root's rights are given up before any child starts."""

import os
import pwd
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody", "daemon")


@lru_cache(maxsize=1)
def unprivileged_user() -> pwd.struct_passwd | None:
    """The existing account to run as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"none of the accounts {UNPRIVILEGED} exists")


def give_to_account(path: Path) -> None:
    """Let the unprivileged account own a path; nothing to do for a plain user."""
    account = unprivileged_user()
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def give_tree_to_account(path: Path) -> None:
    """Let the unprivileged account own a folder and all below it."""
    give_to_account(path)
    for below in path.rglob("*"):
        if not below.is_symlink():
            give_to_account(below)


def give_up_root() -> None:
    """Become the unprivileged account for good; a plain user stays who they are.

    Exits with a plain message where that account cannot run our interpreter.
    """
    account = unprivileged_user()
    if account is None:
        return
    os.chdir("/")
    os.environ.update(HOME="/", USER=account.pw_name, LOGNAME=account.pw_name)
    if not can_run(account):
        sys.exit(
            f"账户 {account.pw_name} 无法运行 {sys.executable}，请用 ./yuzhou 启动。\n"
            f"The account {account.pw_name} cannot run {sys.executable}; start with ./yuzhou."
        )
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    unprivileged_user.cache_clear()
    if not os.access(os.environ.get("TMPDIR", "/tmp"), os.W_OK):  # noqa: S108 - asks, does not use
        os.environ.pop("TMPDIR", None)


def can_run(account: pwd.struct_passwd) -> bool:
    """Whether an account can run our interpreter and enter our code."""
    program = "import yuzhou.project.processes.account"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
        )
    except PermissionError:
        return False
    return done.returncode == 0
