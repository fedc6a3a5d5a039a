"""Refusals as problem details (RFC 9457), worded in the language that the caller reads."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.utils import translation

from yuzhou.capabilities.sense.doors.payloads.refusals import Refusal, Refusals
from yuzhou.kernel.errors import YuzhouError, word

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """What is answered instead of what was asked for; `members` stand beside those of RFC 9457."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.params = status, code, dict(params or {})
        self.headers = dict(headers or {})
        self.refusals = refusals

    @classmethod
    def of(cls, error: YuzhouError) -> "Problem":
        """A refusal of sense."""
        return cls(error.status, error.code, params=error.params)

    @classmethod
    def of_refusal(cls, refusal: Refusal) -> "Problem":
        """A payload that cannot be read at all, or of which nothing can be taken."""
        status = {"payload.too-large": 413, "payload.too-many": 413, "payload.encoding": 400}.get(refusal.code)
        unreadable = refusal.code.startswith(("payload.not-", "payload.empty", "payload.too-deep")) and not refusal.row
        refusals = Refusals()
        refusals.note(refusal)
        return cls(status or (400 if unreadable else 422), refusal.code, params=refusal.params, refusals=refusals)

    def document(self, instance: str, language: str) -> bytes:
        """The body."""
        with translation.override(language):
            body: dict[str, Any] = {
                "type": f"urn:yuzhou:error:{self.code}",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": word(self.code, self.params),
                "code": self.code,
                "instance": instance,
            }
            if self.refusals is not None:
                body["errors"] = errors_of(self.refusals)
        return orjson.dumps(body, default=str)


def errors_of(refusals: Refusals) -> list[dict[str, Any]]:
    """Each thing refused, with its place and its sentence in the active language."""
    return [
        {"code": one.code, "row": one.row, "field": one.field, "detail": word(one.code, dict(one.params))}
        for one in refusals.kept
    ]
