"""Texts, members and expressions within a `q`."""

import json
import re

from yuzhou.capabilities.sense.rules.ngsild.problems import too_complex
from yuzhou.capabilities.sense.rules.ngsild.query.logic import Scanner
from yuzhou.capabilities.sense.rules.ngsild.query.patterns import checked_pattern

LONGEST_PATH = 16
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')


def read_string(scanner: Scanner) -> str:
    """A text in quotes, as JSON has it."""
    found = _STRING.match(scanner.text, scanner.at)
    if found is None:
        raise scanner.fault()
    try:
        text = json.loads(found.group())
    except ValueError as error:
        raise scanner.fault() from error
    if not isinstance(text, str) or "\x00" in text:
        raise scanner.fault()
    scanner.at = found.end()
    return text


def read_members(scanner: Scanner) -> tuple[str, ...]:
    """What stands in the brackets: names of members (anything but dots and brackets), a language, or `*`."""
    end = scanner.text.find("]", scanner.at)
    members = tuple(scanner.text[scanner.at : end].split(".")) if end > scanner.at else ()
    if not members or not all(members) or any("[" in name or "\x00" in name for name in members):
        raise scanner.fault()
    if len(members) > LONGEST_PATH:
        raise too_complex("query-path", most=LONGEST_PATH)
    scanner.at = end + 1
    return members


def read_pattern(scanner: Scanner) -> str:
    """A regular expression: quoted, or up to the end of the condition (parentheses of its own included)."""
    if scanner.peek() == '"':
        return checked_pattern(read_string(scanner))
    start, depth, in_class = scanner.at, 0, False
    while scanner.peek():
        sign = scanner.peek()
        if sign == "\\":
            scanner.at += 2
            continue
        if in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign == "(":
            depth += 1
        elif sign == ")":
            if not depth:
                break
            depth -= 1
        elif sign in ";|" and not depth:
            break
        scanner.at += 1
    scanner.at = min(scanner.at, len(scanner.text))
    if scanner.at == start:
        raise scanner.fault()
    return checked_pattern(scanner.text[start : scanner.at])
