"""The door described by OpenAPI 3.1."""

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from yuzhou.capabilities.sense.doors.http.uploads import ARROW_FILE, ARROW_STREAM, CBOR, CSV, JSON
from yuzhou.capabilities.sense.doors.payloads.report import FLAGS, PROPERTY

PROBLEM = "application/problem+json"
COUNTS = {
    "stored": "now in the store",
    "duplicates": "said the same as what is stored",
    "corrected": "of the stored: took the place of an earlier value",
    "late": "of the stored: older than the newest of their series",
    "ignored": "another value of at least equal standing holds that moment",
    "refused": "left out; see refusals",
    "texts": "texts among the values, which are no readings",
}


@lru_cache(1)
def describe() -> dict[str, Any]:
    """The document at `/v1/openapi.json`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "渝州 Yuzhou: readings over HTTP",
            "version": version("yuzhou"),
            "description": "Readings of devices in batches, commands for devices that poll, and self-provisioning.",
        },
        "paths": {
            "/v1/devices/{identity}/readings": {
                "parameters": [IDENTITY],
                "post": _post_readings("of the device itself", "secret"),
            },
            "/v1/readings": {"post": _post_readings("of several devices; each report or row names its own", "token")},
            "/v1/devices/{identity}/commands": {"parameters": [IDENTITY], "get": _get_commands()},
            "/v1/devices/{identity}/commands/{command}/answer": {"parameters": [IDENTITY, COMMAND], "post": _post_answer()},
            "/v1/provision": {"post": _post_provision()},
            "/v1/openapi.json": {"get": {"summary": "This document", "responses": {"200": _json({"type": "object"}), **REFUSED}}},
            "/healthz": {
                "get": {
                    "summary": "Whether the door takes readings",
                    "responses": {"200": _json(HEALTH), "503": {**_json(HEALTH), "description": "full"}, **REFUSED},
                }
            },
        },
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY},
    }


def _path(name: str, text: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string", **schema}}


def _json(schema: dict[str, Any], description: str = "well") -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


REFUSED = {"4XX": {"description": "refused", "content": {PROBLEM: {"schema": _ref("Problem")}}}}
NOT_NOW = {
    "503": {
        "description": "not now, or not yet certain: send it again after Retry-After; nothing is stored twice",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
        "content": {PROBLEM: {"schema": _ref("Problem")}},
    }
}
IDENTITY = _path("identity", "the identity of the device, percent-encoded", minLength=1, maxLength=128)
COMMAND = _path("command", "the id of the command", format="uuid")
HEALTH = {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok", "full"]}}}
SECURITY = {
    "secret": {"type": "http", "scheme": "bearer", "description": "the secret of the device"},
    "token": {"type": "http", "scheme": "bearer", "description": "an API token or OAuth2 access token with sense.reading:write"},
}
MOMENT = {
    "oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}],
    "description": "ISO 8601 with its zone, or seconds, ms, µs or ns since 1970; the time of receipt where it is missing",
}
SCHEMAS: dict[str, Any] = {
    "Report": {
        "type": "object",
        "required": ["values"],
        "additionalProperties": False,
        "properties": {
            "at": MOMENT,
            "device": {"type": "string", "maxLength": 128},
            "values": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": f"^{PROPERTY.pattern}$"},
                "additionalProperties": {"type": ["number", "boolean", "string", "null"]},
            },
            "flags": {"type": "object", "additionalProperties": {"enum": list(FLAGS)}},
            "units": {"type": "object", "additionalProperties": {"type": "string", "description": "UCUM"}},
        },
    },
    "Taken": {
        "type": "object",
        "required": [*COUNTS, "refusals"],
        "properties": {
            **{name: {"type": "integer", "minimum": 0, "description": text} for name, text in COUNTS.items()},
            "refusals": {"type": "array", "maxItems": 100, "items": _ref("Refusal")},
        },
    },
    "Refusal": {
        "type": "object",
        "required": ["code", "row", "field", "detail"],
        "properties": {
            "code": {"type": "string"},
            "row": {"type": "integer", "description": "from 1; 0: the payload as a whole"},
            "field": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
    "Problem": {
        "description": "RFC 9457; `code` is stable, `errors` what does not fit",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "instance"],
        "properties": {
            **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "instance")},
            "status": {"type": "integer"},
            "errors": {"type": "array", "items": _ref("Refusal")},
        },
    },
    "Command": {
        "type": "object",
        "required": ["id", "name", "params", "requested_at", "expires_at"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "name": {"type": "string"},
            "params": {"type": "object"},
            "requested_at": {"type": "string", "format": "date-time"},
            "expires_at": {"type": "string", "format": "date-time"},
        },
    },
}


def _post_readings(summary: str, security: str) -> dict[str, Any]:
    header = {"in": "header", "required": False}
    return {
        "summary": f"Readings: {summary}",
        "security": [{security: []}],
        "parameters": [
            {
                **header,
                "name": "Idempotency-Key",
                "description": "the same key with the same content is stored once and answered as the first time, for 48 hours",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            },
            {
                **header,
                "name": "Prefer",
                "description": "RFC 7240; handling=strict: all or nothing; return=minimal: 204 where nothing was refused",
                "schema": {"enum": ["handling=strict", "handling=lenient", "return=minimal"]},
            },
            {**header, "name": "Content-Encoding", "schema": {"enum": ["identity", "gzip", "zstd"]}},
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"oneOf": [_ref("Report"), {"type": "array", "minItems": 1, "items": _ref("Report")}]}},
                CSV: {"schema": {"type": "string"}},
                **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in (ARROW_STREAM, ARROW_FILE, CBOR)},
            },
        },
        "responses": {
            "200": _json(_ref("Taken"), "durable: what became of each reading"),
            "204": {"description": "durable (Prefer: return=minimal)"},
            **REFUSED,
            **NOT_NOW,
        },
    }


def _get_commands() -> dict[str, Any]:
    wait = {"type": "number", "minimum": 0, "maximum": 3600, "default": 0}
    commands = {
        "type": "object",
        "required": ["commands"],
        "properties": {"commands": {"type": "array", "items": _ref("Command")}},
    }
    return {
        "summary": "Commands for the device, each given out once; waits for them up to so many seconds",
        "security": [{"secret": []}],
        "parameters": [{"name": "wait", "in": "query", "required": False, "schema": wait}],
        "responses": {"200": _json(commands), **REFUSED},
    }


def _post_answer() -> dict[str, Any]:
    answer = {
        "type": "object",
        "required": ["done"],
        "additionalProperties": False,
        "properties": {
            "done": {"type": "boolean"},
            "code": {"type": "string", "maxLength": 64, "description": "the device's own word"},
            "data": {"type": "object"},
        },
    }
    return {
        "summary": "The device's word on a command",
        "security": [{"secret": []}],
        "requestBody": {"required": True, "content": {JSON: {"schema": answer}}},
        "responses": {"204": {"description": "noted"}, **REFUSED},
    }


def _post_provision() -> dict[str, Any]:
    text = {"type": "string", "maxLength": 512}
    asked = {
        "type": "object",
        "required": ["identity", "key"],
        "additionalProperties": False,
        "properties": {"identity": text, "key": text, "profile": text, "claim": text, "details": {"type": "object"}},
    }
    state = {
        "type": "object",
        "required": ["status", "identity", "profile"],
        "properties": {name: {"type": "string"} for name in ("status", "identity", "profile", "secret", "readings")},
    }
    return {
        "summary": "Ask to be let in; ask again until it is decided",
        "requestBody": {"required": True, "content": {JSON: {"schema": asked}}},
        "responses": {"200": _json(state, "let in"), "202": _json(state, "waiting"), **REFUSED},
    }
