"""People of the running platform: each signs in, reads pages, sends forms, and calls the API with an own token."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from tests.server import RunningServer, Visitor
from yuzhou.kernel import registry

PASSWORD = "Quiet-river-2046"


class Person:
    """Someone with a role in a place or for an organisation."""

    def __init__(self, server: RunningServer, name: str, role: str, *reach: str) -> None:
        self.server, self.name = server, name
        added = server.run("user", "add", name, "--role", role, *reach)
        assert added.returncode == 0, added.stderr
        self.visitor = Visitor(server)
        self.visitor.sign_in(name, added.stdout.split()[-1])
        self._choose_password(added.stdout.split()[-1])
        wanted = [part for key in registry.roles()[role].permissions for part in ("--permission", key)]
        made = server.run("token", "create", name, "test", *wanted)
        assert made.returncode == 0, made.stderr
        self.token = made.stdout.split()[0]

    def _choose_password(self, old: str) -> None:
        status, _ = self.visitor.post("/accounts/password/change/", oldpassword=old, password1=PASSWORD, password2=PASSWORD)
        assert status == 200

    def page(self, path: str) -> str:
        """The text of a page that opens."""
        status, text = self.visitor.get(path)
        assert status == 200, (path, status)
        return text

    def send(self, path: str, fields: Mapping[str, Any]) -> str:
        """Send a form that is taken; the text of the page that follows."""
        status, text = self.visitor.post(path, **{name: str(value) for name, value in fields.items()})
        assert status == 200, (path, status)
        return text

    def ask(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """Status and JSON of an answer of the API."""
        body = None if data is None else json.dumps(data).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.server.url + path, body, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def get(self, path: str) -> Any:
        """The JSON of an address that answers."""
        status, found = self.ask("GET", path)
        assert status == 200, (path, status, found)
        return found

    def post(self, path: str, data: Any = None) -> Any:
        """The JSON answer to a write that is taken."""
        status, found = self.ask("POST", path, {} if data is None else data)
        assert status in (200, 201), (path, status, found)
        return found


def until(found: Callable[[], Any], seconds: float = 40) -> Any:
    """Ask again until there is an answer; fails when time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.3)
    raise AssertionError("it did not happen in time")
