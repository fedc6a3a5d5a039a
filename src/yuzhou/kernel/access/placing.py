"""Where accounts and grants are administered."""

import re
from uuid import UUID

from yuzhou.kernel.actor import CITY_PATH, lies_within
from yuzhou.kernel.errors import Invalid

PATH = re.compile(r"\d+(\.\d+)*")


def require_place(path: str) -> str:
    """The path, if it is one of a place of the city; raises Invalid."""
    if not PATH.fullmatch(path) or not lies_within(path, CITY_PATH):
        raise Invalid("kernel.no-such-place", field="place")
    return path


def home_of_organisation(organisation: UUID) -> str:
    """The path of the place where the organisation sits, whose administrators look after it; empty where none is known."""
    return ""
