"""The check of both protocols of vehicles."""

from functools import reduce
from operator import xor


def exclusive_or(data: bytes) -> int:
    """The exclusive or of all bytes, eight at a time."""
    whole = len(data) & ~7
    if not whole:
        return reduce(xor, data, 0)
    folded = reduce(xor, memoryview(data)[:whole].cast("Q"))
    folded ^= folded >> 32
    folded ^= folded >> 16
    return reduce(xor, data[whole:], (folded ^ folded >> 8) & 0xFF)
