"""What devices say, made fit for a JSON document: PostgreSQL keeps no NUL, no half of a pair, no infinite number."""

import math
from collections.abc import Mapping
from typing import Any

DEEPEST = 8
LARGEST_INTEGER = 2**63


def storable_text(text: str) -> str:
    """The text with a replacement character for NUL and for what is no character (lone surrogates)."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def storable(value: Any, depth: int = 0) -> Any:
    """The value as JSON may hold it: numbers that JSON does not know and anything unknown as text, what lies deep as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < LARGEST_INTEGER else str(float(value)) if value.bit_length() < 1000 else "…"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {storable_text(str(key)): storable(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple) and depth < DEEPEST:
        return [storable(one, depth + 1) for one in value]
    return storable_text(str(value))
