"""How large the record batches of an Arrow stream become, read from their headers before anything is unpacked.

A compressed buffer says in its first eight bytes how long it will be (Arrow columnar format, "Compression"); a reader takes
room for as much. So a small body could ask for any amount of memory. The headers are flatbuffers (`Message.fbs`).
"""

from struct import error as StructError
from struct import unpack_from

from yuzhou.capabilities.sense.doors.payloads.refusals import Refused

CONTINUATION = 0xFFFFFFFF
DICTIONARY_BATCH, RECORD_BATCH = 2, 3


def check_sizes(stream: bytes, *, most: int, most_rows: int) -> None:
    """Refuse batches that hold more than `most` bytes or `most_rows` rows; a column of nulls has rows without bytes.

    Raises Refused `payload.too-large`, `payload.too-many`; ValueError for headers that are none.
    """
    total = rows = position = 0
    try:
        while position + 8 <= len(stream):
            length = unpack_from("<I", stream, position)[0]
            position += 4
            if length == CONTINUATION:
                length = unpack_from("<I", stream, position)[0]
                position += 4
            if not length:
                return
            header = stream[position : position + length]
            body = position + length
            size, kind, batch = _message(header)
            if kind in (DICTIONARY_BATCH, RECORD_BATCH):
                batch = batch if kind == RECORD_BATCH else _dictionary(header, batch)
                total += _batch_size(header, batch, stream, body)
                rows += _batch_rows(header, batch)
                if total > most:
                    raise Refused("payload.too-large", most=most)
                if rows > most_rows:
                    raise Refused("payload.too-many", most=most_rows)
            if size < 0:
                raise ValueError("a body of negative length")
            position = body + size
    except StructError as error:
        raise ValueError(f"a header cannot be read: {error}") from None


def _message(header: bytes) -> tuple[int, int, int]:
    """Length of the body, kind of the message, place of its table."""
    root = unpack_from("<I", header, 0)[0]
    size, kind, table = (_field(header, root, number) for number in (3, 1, 2))
    length = unpack_from("<q", header, size)[0] if size else 0
    return length, header[kind] if kind else 0, _follow(header, table) if table else 0


def _dictionary(header: bytes, table: int) -> int:
    place = _field(header, table, 1)
    return _follow(header, place) if place else 0


def _batch_rows(header: bytes, table: int) -> int:
    place = _field(header, table, 0)
    rows = unpack_from("<q", header, place)[0] if place else 0
    if rows < 0:
        raise ValueError("a batch of negative length")
    return int(rows)


def _batch_size(header: bytes, table: int, stream: bytes, body: int) -> int:
    """What the buffers of a batch hold, unpacked."""
    buffers, compression = _field(header, table, 2), _field(header, table, 3)
    if not buffers:
        return 0
    vector = _follow(header, buffers)
    count = unpack_from("<I", header, vector)[0]
    total = 0
    for number in range(count):
        offset, length = unpack_from("<qq", header, vector + 4 + 16 * number)
        if length < 0 or offset < 0:
            raise ValueError("a buffer of negative length")
        if compression and length >= 8:
            unpacked = unpack_from("<q", stream, body + offset)[0]
            length = max(length, unpacked)
        total += length
    return total


def _field(header: bytes, table: int, number: int) -> int:
    """Where a field of a flatbuffers table stands, 0 if it is not there."""
    vtable = table - unpack_from("<i", header, table)[0]
    if vtable < 0:
        raise ValueError("a table outside of its header")
    size = unpack_from("<H", header, vtable)[0]
    if 4 + 2 * number >= size:
        return 0
    offset = unpack_from("<H", header, vtable + 4 + 2 * number)[0]
    return table + offset if offset else 0


def _follow(header: bytes, place: int) -> int:
    return place + int(unpack_from("<I", header, place)[0])
