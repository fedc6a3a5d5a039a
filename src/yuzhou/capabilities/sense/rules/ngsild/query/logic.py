"""What the query languages share: leaves joined by AND (`;`) and OR (`|`, `,`), AND first, with parentheses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, bad_data, too_complex

Leaf = TypeVar("Leaf")

DEEPEST = 16  # parentheses in parentheses
MOST_LEAVES = 128
LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class And(Generic[Leaf]):
    """All of these hold."""

    of: "tuple[Tree[Leaf], ...]"


@dataclass(frozen=True, slots=True)
class Or(Generic[Leaf]):
    """One of these holds at least."""

    of: "tuple[Tree[Leaf], ...]"


Tree: TypeAlias = Leaf | And[Leaf] | Or[Leaf]


def leaves(tree: Tree[Leaf]) -> Iterator[Leaf]:
    """Every leaf of a tree, from left to right."""
    if isinstance(tree, And | Or):
        for part in tree.of:
            yield from leaves(part)
    else:
        yield tree


def holds(tree: Tree[Leaf], test: Callable[[Leaf], bool]) -> bool:
    """Whether a tree is true where `test` says which leaves are."""
    if isinstance(tree, And):
        return all(holds(part, test) for part in tree.of)
    if isinstance(tree, Or):
        return any(holds(part, test) for part in tree.of)
    return test(tree)


class Scanner:
    """A text and how far it has been read; every fault names the language and the place."""

    __slots__ = ("at", "language", "leaves", "text")

    def __init__(self, text: str, language: str) -> None:
        if len(text) > LONGEST:
            raise too_complex("query-long", language=language, most=LONGEST)
        self.text = text
        self.language = language
        self.at = 0
        self.leaves = 0

    def peek(self) -> str:
        """The next sign; empty at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, token: str) -> bool:
        """Goes past the token if it stands here."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        """Goes past the token, which must stand here."""
        if not self.take(token):
            raise self.fault()

    def fault(self) -> Problem:
        """The text is not of the language from here on."""
        return bad_data("query-form", language=self.language, at=self.at + 1, text=self.text[self.at : self.at + 40])


def read_tree(
    scanner: Scanner, read_leaf: Callable[[Scanner], Leaf], *, ors: tuple[str, ...] = ("|",), depth: int = 0
) -> Tree[Leaf]:
    """A tree of leaves up to the end, or up to the parenthesis that closes it."""
    if depth > DEEPEST:
        raise too_complex("query-deep", language=scanner.language, most=DEEPEST)
    alternatives: list[Tree[Leaf]] = []
    while True:
        together: list[Tree[Leaf]] = [_read_part(scanner, read_leaf, ors, depth)]
        while scanner.take(";"):
            together.append(_read_part(scanner, read_leaf, ors, depth))
        alternatives.append(together[0] if len(together) == 1 else And(tuple(together)))
        if not any(scanner.take(sign) for sign in ors):
            return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives))


def read_whole(scanner: Scanner, read_leaf: Callable[[Scanner], Leaf], *, ors: tuple[str, ...] = ("|",)) -> Tree[Leaf]:
    """The tree that the whole text is."""
    tree = read_tree(scanner, read_leaf, ors=ors)
    if scanner.at != len(scanner.text):
        raise scanner.fault()
    return tree


def _read_part(scanner: Scanner, read_leaf: Callable[[Scanner], Leaf], ors: tuple[str, ...], depth: int) -> Tree[Leaf]:
    if scanner.take("("):
        tree = read_tree(scanner, read_leaf, ors=ors, depth=depth + 1)
        scanner.expect(")")
        return tree
    scanner.leaves += 1
    if scanner.leaves > MOST_LEAVES:
        raise too_complex("query-leaves", language=scanner.language, most=MOST_LEAVES)
    return read_leaf(scanner)
