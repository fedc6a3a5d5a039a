"""`yuzhou up --detach`: starts in the background and returns when everything is ready."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from yuzhou.project.processes.folder import ADMINISTRATOR_NOTE, DataFolder
from yuzhou.project.processes.probe import ask_health

LONGEST_START = 600


def start_detached(data: Path, arguments: list[str]) -> int:
    """Start `up` in its own session, show its progress, return when `/healthz` says ready."""
    folder = DataFolder(data.absolute())
    folder.prepare()
    log = folder.logs / "up.log"
    with log.open("ab") as output:
        shown = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "yuzhou", "up", *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            env={**os.environ, "YUZHOU_DETACHED": "1"},
        )  # fmt: skip
    password = folder.run / ADMINISTRATOR_NOTE
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline:
        code = process.poll()
        shown = _show(log, shown)
        if password.exists():
            print(password.read_text(), flush=True)
            password.unlink()
        if code is not None:
            return code or 1
        state = folder.state()
        if state.get("pid") == process.pid and state.get("ready") and ask_health(state["local_url"])[0] == 200:
            _show(log, shown)
            return 0
        time.sleep(0.1)
    print(json.dumps(ask_health(folder.state().get("local_url", ""))[1], ensure_ascii=False), file=sys.stderr)
    return 1


def _show(log: Path, start: int) -> int:
    with log.open("rb") as file:
        file.seek(start)
        text = file.read()
    sys.stdout.write(text.decode(errors="replace"))
    sys.stdout.flush()
    return start + len(text)
