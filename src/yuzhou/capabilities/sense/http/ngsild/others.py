"""What is not of entities: who we are, and what belongs to a federation, which this is not (clauses 5.9 to 5.15)."""

import time
from datetime import UTC, datetime

from django.http import HttpResponse

from yuzhou.capabilities.sense.http.ngsild.negotiation import JSON_OR_LD
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.rules.ngsild.problems import not_found, not_supported
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment, write_moment

_STARTED = time.monotonic()


def tell_identity(call: Call) -> HttpResponse:
    """GET /info/sourceIdentity."""
    call.actor.require("sense.device:read")
    return call.tell(
        {
            "id": "urn:ngsi-ld:ContextSourceIdentity:yuzhou",
            "type": "ContextSourceIdentity",
            "contextSourceAlias": "yuzhou",
            "contextSourceUptime": f"PT{int(time.monotonic() - _STARTED)}S",
            "contextSourceTimeAt": show_moment(write_moment(datetime.now(UTC))),
        }
    )


def _refuse(call: Call, rest: str = "") -> HttpResponse:
    raise not_supported("federation")


def _no_such(call: Call, rest: str = "") -> HttpResponse:
    raise not_found("no-resource")


class _Anything(frozenset[str]):
    """Parameters of any name."""

    def __contains__(self, name: object) -> bool:
        return True


_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
identity = resource(GET=Operation(tell_identity, offers=JSON_OR_LD))
federation = resource(**{method: Operation(_refuse, _Anything()) for method in _METHODS})
nowhere = resource(**{method: Operation(_no_such, _Anything()) for method in _METHODS})
