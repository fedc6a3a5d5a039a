"""Merkle trees of RFC 6962, section 2.1: hashes, inclusion and consistency proofs.

Only the hashes of complete subtrees are ever stored: the node (level, index) covers the leaves from index·2^level to
(index+1)·2^level. A `Reader` supplies them; which nodes a function asks for depends on sizes and positions alone, never on what
the hashes are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

Coordinates = tuple[int, int]
Reader = Callable[[Coordinates], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below a size of at least two: where its tree divides."""
    return 1 << ((size - 1).bit_length() - 1)


def frontier(size: int) -> list[Coordinates]:
    """The complete subtrees of a tree, from left (largest) to right: what appending needs to know."""
    found = []
    start = 0
    for level in reversed(range(size.bit_length())):
        if size & (1 << level):
            found.append((level, start >> level))
            start += 1 << level
    return found


def append(size: int, leaves: Iterable[bytes], read: Reader) -> dict[Coordinates, bytes]:
    """Every node, leaves included, that leaf hashes complete when they join a tree of the size."""
    made: dict[Coordinates, bytes] = {}
    for position, leaf in enumerate(leaves, start=size):
        level, index, value = 0, position, leaf
        made[level, index] = value
        while index & 1:
            left = (level, index - 1)
            value = node_hash(made[left] if left in made else read(left), value)
            level, index = level + 1, index >> 1
            made[level, index] = value
    return made


def subtree(start: int, end: int, read: Reader) -> bytes:
    """The hash over the leaves from `start` to before `end`, a range that the tree itself divides into."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return read((level, start >> level))
    middle = start + split(size)
    return node_hash(subtree(start, middle, read), subtree(middle, end, read))


def root(size: int, read: Reader) -> bytes:
    """The root of the first `size` leaves."""
    return subtree(0, size, read)


def _descent(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The sibling ranges on the way from the root down to a leaf."""
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield start, middle
            start = middle


def inclusion_path(index: int, size: int, read: Reader) -> list[bytes]:
    """The audit path of a leaf in the tree of the first `size` leaves (section 2.1.1), from the leaf up."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    return [subtree(start, end, read) for start, end in reversed(list(_descent(index, size)))]


def consistency_path(old: int, new: int, read: Reader) -> list[bytes]:
    """The proof that the tree of `new` leaves extends that of `old` (section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError("no proof between these sizes")
    return _consistency(old, 0, new, True, read)


def _consistency(old: int, start: int, end: int, is_known: bool, read: Reader) -> list[bytes]:
    size = end - start
    if old == size:
        return [] if is_known else [subtree(start, end, read)]
    middle = split(size)
    if old <= middle:
        return [*_consistency(old, start, start + middle, is_known, read), subtree(start + middle, end, read)]
    return [*_consistency(old - middle, start + middle, end, False, read), subtree(start, start + middle, read)]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, section 2.1.3.2); None for a path of the wrong length."""
    if not 0 <= index < size:
        return None
    node, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    return value if last == 0 else None


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a proof shows that the new tree extends the old one (RFC 9162, section 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    seen_old = seen_new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            seen_old, seen_new = node_hash(sibling, seen_old), node_hash(sibling, seen_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and seen_old == old_root and seen_new == new_root


class RunningRoot:
    """Computes the root over a stream of leaf hashes in the memory of one branch."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        value, size = leaf, self.size
        while size & 1:
            value = node_hash(self._stack.pop(), value)
            size >>= 1
        self._stack.append(value)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self._stack:
            return EMPTY_ROOT
        value = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            value = node_hash(left, value)
        return value
