"""The parameters of an operation, from its address or from the body of a query; each at most once, none unknown (6.3.20)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, bad_request
from yuzhou.capabilities.sense.rules.ngsild.representation import Form

FORMATS = {
    "normalized": Form.NORMALISED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
MOST = 1000


class Parameters:
    """What was given, by name."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = dict(given)

    @classmethod
    def of(cls, query: QueryDict, allowed: frozenset[str]) -> "Parameters":
        """The parameters of an address; raises Problem (InvalidRequest)."""
        for name in query:
            if name not in allowed:
                raise bad_request("parameter-unknown", name=name[:60])
            if len(query.getlist(name)) > 1:
                raise bad_request("parameter-twice", name=name[:60])
        return cls(query.dict())

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def value(self, name: str) -> Any:
        """As it was given."""
        return self.given.get(name)

    def text(self, name: str) -> str | None:
        """A text, or None; raises Problem for an empty one."""
        value = self.given.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise bad_data("text", member=name)
        return value

    def many(self, name: str) -> list[str]:
        """Texts with commas between, or the array of a body; raises Problem."""
        value = self.given.get(name)
        if value is None:
            return []
        texts = value.split(",") if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or not all(isinstance(one, str) and one.strip() for one in texts):
            raise bad_data("text", member=name)
        return [one.strip() for one in texts]

    def uris(self, name: str) -> tuple[str, ...]:
        """URIs with commas between; raises Problem."""
        return tuple(checked_uri(one, name) for one in self.many(name))

    def flag(self, name: str) -> bool:
        """Whether it is `true`; raises Problem for what is neither."""
        value = self.given.get(name, "false")
        if value not in ("true", "false") and not isinstance(value, bool):
            raise bad_data("boolean", member=name)
        return value in ("true", True)

    def integer(self, name: str, default: int, low: int = 0) -> int:
        """A whole number; raises Problem."""
        value = self.given.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise bad_data("integer", member=name, low=low)
        return value

    def options(self, *more: str) -> frozenset[str]:
        """The values of `options`; raises Problem (InvalidRequest) for one that the operation has not."""
        found = frozenset(self.many("options"))
        for one in found - FORMATS.keys() - set(more):
            raise bad_request("option", value=one[:60])
        return found

    def form(self, *more: str) -> Form:
        """How attributes are answered, by `format` or `options`."""
        options = self.options("sysAttrs", *more)
        given = self.text("format")
        if given is not None and given not in FORMATS:
            raise bad_request("option", value=given[:60])
        return next((FORMATS[one] for one in ([given] if given else sorted(options)) if one in FORMATS), Form.NORMALISED)

    def limit(self, default: int = 20) -> int:
        """How many a page has; raises Problem: none only for a count, more than a thousand never (5.5.9, 6.3.13)."""
        limit = self.integer("limit", default)
        if limit > MOST:
            raise Problem(ProblemKind.TOO_MANY_RESULTS, "limit", most=MOST)
        if limit == 0 and not self.flag("count"):
            raise bad_data("limit-nought")
        return limit

    def offset(self) -> int:
        """How many are passed over."""
        return min(self.integer("offset", 0), 2**31)


def names(*given: str | Iterable[str]) -> frozenset[str]:
    """A set of names of parameters, from texts with blanks and from other sets."""
    return frozenset(name for one in given for name in (one.split() if isinstance(one, str) else one))
