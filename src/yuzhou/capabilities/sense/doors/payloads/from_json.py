"""Reports out of JSON (RFC 8259)."""

import json
from typing import Any

import orjson

from yuzhou.capabilities.sense.doors.payloads.documents import reports_of
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused
from yuzhou.capabilities.sense.doors.payloads.report import Report


def read_json(content: bytes, refusals: Refusals | None = None) -> list[Report]:
    """The reports in a JSON text: one object, or a list of them.

    `{"at": "2026-11-23T08:00:00.123Z", "values": {"temperature": 21.5, "pump": true}, "flags": {"temperature": "M"},
    "units": {"temperature": "[degF]"}}`; `at` may be a number since 1970 (seconds, ms, µs or ns by its size) or missing: the
    time of receipt. A value of `null` says that there is none. `NaN` and `Infinity`, which JSON has not but devices write,
    are read. What is wrong is noted in `refusals` and left out; where none are given, it raises Refused.
    """
    if not content.strip():
        raise Refused("payload.empty")
    return reports_of(_decode(content), refusals)


def _decode(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return _lenient(content)


def _lenient(content: bytes) -> Any:
    """Once more by a reader that knows NaN and numbers beyond all bounds, and says where it stumbles."""
    try:
        return json.loads(content)
    except RecursionError:
        raise Refused("payload.too-deep") from None
    except json.JSONDecodeError as error:
        raise Refused("payload.not-json", problem=f"{error.msg}, line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise Refused("payload.not-utf8") from None
