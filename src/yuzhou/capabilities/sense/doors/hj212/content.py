"""The content of a data segment read item by item, for everything but the stream of readings (see `decoding`)."""

from collections.abc import Mapping

LONGEST_NAME = 64


def items_of(content: str) -> dict[str, str]:
    """Every `name=value` of the content by name, in order; a name given twice keeps its last value.

    Items are split by `;`, the values of one item by `,`. What is no pair belongs to the value before it (free text of
    information frames may hold the separators).
    """
    found: dict[str, str] = {}
    last = None
    for separator, piece in _pieces(content):
        name, equals, value = piece.partition("=")
        if equals and 0 < len(name) <= LONGEST_NAME and not name.startswith("//"):
            last = name.strip()
            found[last] = value
        elif last is not None and piece:
            found[last] += separator + piece
    return found


def _pieces(content: str) -> list[tuple[str, str]]:
    """The pieces of a content with the separator that stands before each."""
    return [
        (";" if position == 0 else ",", piece) for item in content.split(";") for position, piece in enumerate(item.split(","))
    ]


def content_of(items: Mapping[str, object]) -> str:
    """The content that holds these items, values of one factor joined by `,` and all else by `;`."""
    groups: dict[str, list[str]] = {}
    for name, value in items.items():
        factor, dash, _ = name.partition("-")
        groups.setdefault(factor if dash else name, []).append(f"{name}={value}")
    return ";".join(",".join(group) for group in groups.values())
