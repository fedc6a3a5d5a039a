"""Which language of a LanguageProperty is answered (clause 4.15)."""

from functools import lru_cache
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.names import is_language
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data

DEFAULT = "@none"


@lru_cache(256)
def read_preferences(text: str) -> tuple[str, ...]:
    """The language tags that are asked for, best first (as Accept-Language says it); raises Problem."""
    ranked: list[tuple[float, str]] = []
    for part in text.split(","):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        if tag != "*" and not is_language(tag):
            raise bad_data("language", value=tag[:40])
        ranked.append((_quality(parameters), tag))
    return tuple(tag for quality, tag in sorted(ranked, key=lambda one: -one[0]) if quality > 0)


def choose_language(texts: dict[str, Any], wanted: str) -> tuple[str, Any]:
    """The tag and the text of a language map that fit best; the default one, or any, where none does."""
    by_tag = {tag.lower(): tag for tag in texts}
    for tag in read_preferences(wanted):
        lower = tag.lower()
        while lower and lower != "*":
            found = by_tag.get(lower) or next((one for low, one in by_tag.items() if low.startswith(lower + "-")), None)
            if found is not None:
                return found, texts[found]
            lower = lower.rpartition("-")[0]
        if lower == "*":
            break
    tag = DEFAULT if DEFAULT in texts else next(iter(texts))
    return tag, texts[tag]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError as error:
                raise bad_data("language", value=parameter[:40]) from error
    return 1.0
