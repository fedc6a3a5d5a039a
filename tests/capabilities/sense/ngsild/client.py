"""A client of `/ngsi-ld/v1/`: through Django's test client, with a bearer token of its own."""

import json
from typing import Any
from uuid import UUID

from django.test import Client

from tests.capabilities.sense.stage import SYSTEM
from yuzhou.kernel.access import api as access
from yuzhou.kernel.access.models import User
from yuzhou.kernel.transactions import acting_as

ROOT = "/ngsi-ld/v1/"
LD = "application/ld+json"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
RIGHTS = ("sense.device:read", "sense.entity:write", "sense.entity:subscribe")


class Broker:
    """Speaks NGSI-LD as somebody."""

    def __init__(self, secret: str = "") -> None:
        self._client = Client(headers={"Accept-Language": "en"})
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def call(self, method: str, path: str, body: Any = None, *, type: str = "application/json", **headers: str) -> Any:
        """Send a request; a body that is no text or bytes goes as JSON, `_` in the names of headers stands for `-`."""
        data = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        told = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.generic(method, ROOT + path, data, content_type=type if body is not None else "", headers=told)

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **more: str) -> Any:
        """POST."""
        return self.call("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: str) -> Any:
        """PATCH."""
        return self.call("PATCH", path, body, **more)

    def put(self, path: str, body: Any, **more: str) -> Any:
        """PUT."""
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE."""
        return self.call("DELETE", path, **headers)


def broker_at(place: str = "50", *rights: str, role: str = "device-officer", organisation: UUID | None = None) -> Broker:
    """A broker's client with rights in a place, or for an organisation."""
    with acting_as(SYSTEM):
        name = f"client{User.objects.count()}"
        user = access.create_user(actor=SYSTEM, username=name, display_name="样例", must_change_password=False, place_path=place)
        where: dict[str, Any] = {"organisation": organisation} if organisation else {"place_path": place}
        access.grant_role(actor=SYSTEM, user=user, role=role, **where)
        given = frozenset(rights or RIGHTS)
        return Broker(access.create_token(actor=SYSTEM, user=user, name="tests", permissions=given).secret)


def refused(response: Any, status: int, kind: str = "") -> dict[str, Any]:
    """The problem of a refusal; it must be of this status and type."""
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["type"]) == (status, ERRORS + kind if kind else "about:blank"), problem
    assert response["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert not problem["detail"].startswith("sense.")
    return problem
