"""Cuts a stream of bytes step by step, for protocols whose frames say their own length."""

from typing import Generic, TypeVar

KEPT_OF_A_FAULT = 2048

Found = TypeVar("Found")


class SteppingSplitter(Generic[Found]):
    """Whatever the pieces that a stream comes in, gives what they complete; a protocol says what one step takes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._rest = b""

    @property
    def held(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._rest)

    @property
    def rest(self) -> bytes:
        """Those bytes, as many as are kept of a fault."""
        return self._rest[:KEPT_OF_A_FAULT]

    def feed(self, data: bytes) -> list[Found]:
        """Take the next bytes; returns what they complete."""
        data = self._rest + data if self._rest else data
        found: list[Found] = []
        position = 0
        while position < len(data):
            step = self._step(data, position, found)
            if not step:
                break
            position += step
        self._rest = data[position:]
        return found

    def _step(self, data: bytes, start: int, found: list[Found]) -> int:
        """Take one frame or fault from the start; returns how many bytes it took, 0 if it needs more."""
        raise NotImplementedError
