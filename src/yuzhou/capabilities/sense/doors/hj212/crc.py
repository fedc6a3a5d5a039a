"""The check of HJ 212 (annex A of HJ 212-2017), exact and fast.

Annex A starts at r = 0xFFFF and takes each byte b as r = (r >> 8) ^ b followed by eight shifts with 0xA001. As r >> 8 has
eight bits, the state that survives a byte has eight bits too, and r after a byte is T[(r >> 8) ^ b] of one table of 256
words. The step is linear over GF(2), and its eighth power is the identity: bytes that stand eight apart weigh the same.
So the data may be folded by XOR into eight bytes before any table is asked. (This is not CRC-16/MODBUS, which keeps the
low byte; and it is a weak check: there are only 256 values, and it cannot see two bytes eight apart change places.)
"""

PERIOD = 8
_WORD = 8 * PERIOD
_HIGHEST = 12
_LADDERS = tuple(tuple((_WORD << power, (1 << (_WORD << power)) - 1) for power in range(top, -1, -1)) for top in range(_HIGHEST))
"""For data that needs folding at widths up to `64 << top` bits: the widths and their masks, widest first."""


def _shift_out(x: int) -> int:
    """The word after eight shifts of annex A."""
    for _ in range(8):
        x = (x >> 1) ^ 0xA001 if x & 1 else x >> 1
    return x


WORDS = tuple(_shift_out(x) for x in range(256))
"""The check word for each state index `(r >> 8) ^ b` of the last byte."""

HEX = tuple(b"%04X" % word for word in WORDS)


def _powers() -> tuple[tuple[int, ...], ...]:
    """Tables of the step's powers: entry k maps a byte that stands k places before the end onto the last index."""
    tables = [tuple(range(256))]
    for _ in range(PERIOD - 1):
        tables.append(tuple(WORDS[x] >> 8 for x in tables[-1]))
    return tuple(tables)


_P0, _P1, _P2, _P3, _P4, _P5, _P6, _P7 = _powers()


def index_of(data: bytes) -> int:
    """The state after 1 to 32,768 bytes, as an index: `WORDS[index]` is the check word, `HEX[index]` its four digits."""
    size = len(data)
    folded = int.from_bytes(data, "big") ^ (0xFF << (8 * size - 8))
    rungs = ((size - 1) // PERIOD).bit_length()
    if rungs:
        for width, mask in _LADDERS[rungs - 1]:
            folded = (folded >> width) ^ (folded & mask)
    a, b, c, d, e, f, g, h = folded.to_bytes(PERIOD, "big")
    return _P7[a] ^ _P6[b] ^ _P5[c] ^ _P4[d] ^ _P3[e] ^ _P2[f] ^ _P1[g] ^ _P0[h]


def check_word(data: bytes) -> int:
    """The 16-bit check word of a data segment."""
    return WORDS[index_of(data)] if data else 0xFFFF


def check_digits(data: bytes) -> bytes:
    """The check as the four upper-case hexadecimal digits that a frame carries, high byte first."""
    return HEX[index_of(data)] if data else b"FFFF"
