"""RFC 6962 trees: the vectors of the Certificate Transparency suite, and what must hold for any tree."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.audit import rules

LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def nodes_of(data: list[bytes]) -> dict[rules.Coordinates, bytes]:
    return rules.append(0, map(rules.leaf_hash, data), {}.__getitem__)


def slow_root(data: list[bytes]) -> bytes:
    """MTH as section 2.1 writes it."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return sha256(b"\x01" + slow_root(data[:k]) + slow_root(data[k:])).digest()


data_lists = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def test_the_empty_tree() -> None:
    assert rules.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert rules.root(0, {}.__getitem__) == rules.EMPTY_ROOT == rules.RunningRoot().root()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots(size: int) -> None:
    assert rules.root(size, nodes_of(LEAVES).__getitem__).hex() == ROOTS[size - 1]


def test_known_proofs() -> None:
    read = nodes_of(LEAVES).__getitem__
    assert [step.hex()[:8] for step in rules.inclusion_path(0, 8, read)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [step.hex()[:8] for step in rules.inclusion_path(5, 8, read)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [step.hex()[:8] for step in rules.consistency_path(1, 8, read)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [step.hex()[:8] for step in rules.consistency_path(6, 8, read)] == ["0ebc5d34", "ca854ea1", "d37ee418"]


@given(data_lists, st.data())
def test_roots_grow_by_any_steps_and_proofs_hold(data: list[bytes], draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data)))
    nodes = nodes_of(data[:cut])
    wanted = set(rules.frontier(cut))
    grown = rules.append(cut, map(rules.leaf_hash, data[cut:]), {key: nodes[key] for key in wanted}.__getitem__)
    nodes |= grown
    assert nodes == nodes_of(data)
    size = draw.draw(st.integers(1, len(data)))
    root = rules.root(size, nodes.__getitem__)
    assert root == slow_root(data[:size])

    index = draw.draw(st.integers(0, size - 1))
    path = rules.inclusion_path(index, size, nodes.__getitem__)
    leaf = rules.leaf_hash(data[index])
    assert rules.root_of_inclusion(leaf, index, size, path) == root
    assert rules.root_of_inclusion(rules.leaf_hash(data[index] + b"x"), index, size, path) != root
    assert rules.root_of_inclusion(leaf, index, size, [*path, leaf]) is None
    assert rules.root_of_inclusion(leaf, size, size, path) is None

    whole = rules.root(len(data), nodes.__getitem__)
    proof = rules.consistency_path(size, len(data), nodes.__getitem__)
    assert rules.is_consistent(size, len(data), root, whole, proof)
    if size < len(data):
        assert not rules.is_consistent(size, len(data), rules.leaf_hash(root), whole, proof)
        assert not rules.is_consistent(size, len(data), root, rules.leaf_hash(whole), proof)
        assert not rules.is_consistent(size, len(data), root, whole, [*proof, root])
        assert not rules.is_consistent(size, len(data), root, whole, [])


@given(data_lists)
def test_the_running_root_is_the_root(data: list[bytes]) -> None:
    running = rules.RunningRoot()
    for entry in data:
        running.add(rules.leaf_hash(entry))
    assert running.root() == slow_root(data)
    assert running.size == len(data)


def test_impossible_proofs_are_refused() -> None:
    with pytest.raises(ValueError, match="not in the tree"):
        rules.inclusion_path(3, 3, {}.__getitem__)
    with pytest.raises(ValueError, match="no proof"):
        rules.consistency_path(0, 3, {}.__getitem__)
    assert not rules.is_consistent(4, 3, b"", b"", [b""])
    assert rules.is_consistent(3, 3, b"a", b"a", [])


def test_a_proof_needs_few_nodes() -> None:
    asked: set[rules.Coordinates] = set()

    def read(key: rules.Coordinates) -> bytes:
        asked.add(key)
        return bytes(32)

    rules.inclusion_path(123_456, 999_999, read)
    assert len(asked) < 64
