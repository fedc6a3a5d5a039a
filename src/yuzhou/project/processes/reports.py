"""What the process that prepares the database reports: its steps, and the first accounts with their passwords."""

import json

from yuzhou.project.processes.folder import ADMINISTRATOR_NOTE, DEMO_NOTE, write_private
from yuzhou.project.processes.options import Options
from yuzhou.project.processes.progress import Progress
from yuzhou.project.processes.report import account_lines


class Reports:
    """Shows each report line, and keeps in private notes what is to be read later."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._accounts: list[str] = []

    def take(self, line: bytes) -> None:
        """One line of JSON; what is none says nothing."""
        try:
            report = json.loads(line)
        except ValueError:
            return
        if report.get("report") == "step":
            self._progress.say(report["zh"], report["en"])
        elif report.get("report") == "administrator":
            self._show_administrator(report["name"], report["password"])
        elif report.get("report") == "accounts":
            self._show_accounts(report["accounts"], report["password"])

    def _show_accounts(self, accounts: list[list[str]], password: str) -> None:
        """The first account of each kind; all of them stand in a note in the data folder."""
        note = self._options.folder.path / DEMO_NOTE
        self._accounts += [*account_lines(accounts), f"密码 · password: {password}", ""]
        write_private(note, "\n".join(self._accounts))
        shown = account_lines(accounts, few=True)
        print("\n".join(["", *shown, f"  密码 · password: {password}", f"  全部 · all: {note}", ""]), flush=True)

    def _show_administrator(self, name: str, password: str) -> None:
        text = f"\n  首位管理员 · first administrator:  {name}\n  一次性密码 · one-time password:    {password}\n"
        if self._options.is_detached:  # our output is a log: a password has no place there
            write_private(self._options.folder.run / ADMINISTRATOR_NOTE, text)
        else:
            print(text, flush=True)
