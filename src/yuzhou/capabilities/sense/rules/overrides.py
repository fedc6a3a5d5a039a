"""What a device has of its own in a rule of its profile: numbers by JSON pointer (RFC 6901) into the definition."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Numbers = Mapping[str, float]


def numbers_of(definition: Mapping[str, Any]) -> dict[str, float]:
    """Every number of a definition's conditions and times that a device may have of its own, by pointer."""
    return {pointer: float(value) for pointer, value in _walk(definition.get("levels", []), "/levels")}


def _walk(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("severity", "flags", "weekdays", "hours"):
                yield from _walk(item, f"{pointer}/{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _walk(item, f"{pointer}/{number}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield pointer, value


def override(definition: Mapping[str, Any], numbers: Numbers) -> dict[str, Any]:
    """The definition with other numbers; pointers that lead nowhere any more are passed over."""
    known = numbers_of(definition)
    made = deepcopy(dict(definition))
    for pointer, number in numbers.items():
        if pointer in known:
            _set(made, pointer.split("/")[1:], number)
    return made


def _set(value: Any, path: list[str], number: float) -> None:
    for step in path[:-1]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    last = path[-1]
    was = value[last]
    value[last] = int(number) if isinstance(was, int) and float(number).is_integer() else number
