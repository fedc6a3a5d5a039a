"""Which texts are names, URIs, language tags (clauses 4.6.2, 4.5.1, 4.5.18)."""

import re
from functools import lru_cache

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data

LONGEST_URI = 2048
LONGEST_NAME = 512
_NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"{}|\\^`\x7f]+")
_LANGUAGE = re.compile(r"@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@lru_cache(16_384)
def is_uri(text: str) -> bool:
    """Whether a text is an absolute URI or IRI."""
    return len(text) <= LONGEST_URI and _URI.fullmatch(text) is not None


def checked_uri(value: object, member: str) -> str:
    """The URI itself; raises Problem that names the member."""
    if isinstance(value, str) and is_uri(value):
        return value
    raise bad_data("uri", member=member, value=str(value)[:100])


@lru_cache(16_384)
def checked_name(name: str) -> str:
    """The name of a type or attribute itself: short, prefixed, or a whole IRI; raises Problem."""
    if len(name) <= LONGEST_NAME and (_NAME.fullmatch(name) is not None or is_iri_name(name)):
        return name
    raise bad_data("name", name=name[:100])


def is_iri_name(name: str) -> bool:
    """Whether a name is a whole IRI: one without the signs that the query languages need."""
    return "://" in name[:40] and is_uri(name) and not any(sign in name for sign in "'=;()")


def is_language(tag: str) -> bool:
    """Whether a text is a language tag (RFC 5646), or the mark of the default language."""
    return len(tag) <= 40 and _LANGUAGE.fullmatch(tag) is not None
