"""Regular expressions of clients: those that Python and PostgreSQL read alike and that cannot run away."""

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, too_complex

_TREES: Any = import_module("re._parser")  # makes the tree that re itself compiles
LONGEST_PATTERN = 512
LONGEST_TEXT = 8192
_FOREIGN = re.compile(r"\\[^dDsSwWnrtfv.^$*+?()\[\]{}|\\/\-:,\"'#@!%&=<>~_; ]|\(\?(?!:)|\[\[?:|\[\.|\[=|[*+?}]\+")


@lru_cache(1024)
def checked_pattern(text: str) -> str:
    """The expression itself, if it is one that is run; else raises Problem."""
    if len(text) > LONGEST_PATTERN:
        raise too_complex("pattern-long", most=LONGEST_PATTERN)
    bare = text.replace("\\\\", "")
    if "\x00" in text or _FOREIGN.search(bare):
        raise bad_data("pattern-form", pattern=text[:100])
    try:
        compiled = _compile(text)
        if _runs_away(_TREES.parse(text), within=False):
            raise too_complex("pattern-nested", pattern=text[:100])
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise bad_data("pattern-form", pattern=text[:100]) from error
    del compiled
    return text


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether the expression matches somewhere in the text; very long texts never match."""
    return len(text) <= LONGEST_TEXT and _compile(pattern).search(text) is not None


@lru_cache(1024)
def _compile(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _runs_away(tree: Any, *, within: bool) -> bool:
    """Whether a repetition stands within a repetition: what makes trying every way exponential."""
    for operation, argument in tree:
        name = str(operation)
        if "REPEAT" in name:
            _, most, inner = argument
            repeats = most > 1
            if (repeats and within) or _runs_away(inner, within=within or repeats):
                return True
        elif name == "BRANCH":
            if any(_runs_away(branch, within=within) for branch in argument[1]):
                return True
        elif name == "SUBPATTERN" and _runs_away(argument[3], within=within):
            return True
    return False
