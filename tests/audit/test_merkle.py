"""The tree against published vectors and against a plain implementation of RFC 9162."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lifecycle.audit import merkle

KNOWN = tomllib.loads(Path(__file__).with_name("merkle_vectors.toml").read_text("utf-8"))
LEAVES = [merkle.leaf(bytes.fromhex(content)) for content in KNOWN["leaves"]]
ROOTS = [bytes.fromhex(root) for root in KNOWN["roots"]]


def unhex(path: list[str]) -> list[bytes]:
    """Hashes as they are."""
    return [bytes.fromhex(step) for step in path]


def test_the_published_roots() -> None:
    assert [merkle.root_of(LEAVES[:size]) for size in range(9)] == ROOTS


def test_the_published_roots_of_a_growing_tree() -> None:
    tree, found = merkle.Growing(), [merkle.EMPTY]
    for leaf_hash in LEAVES:
        tree.add([leaf_hash])
        found.append(tree.root())
    assert found == ROOTS


@pytest.mark.parametrize("vector", KNOWN["inclusion"], ids=lambda v: f"{v['index']} of {v['size']}")
def test_the_published_inclusion_proofs(vector: dict[str, Any]) -> None:
    index, size, path = vector["index"], vector["size"], unhex(vector["path"])
    assert merkle.inclusion(merkle.over(LEAVES), index, size) == path
    assert merkle.root_by_inclusion(LEAVES[index], index, size, path) == ROOTS[size]


@pytest.mark.parametrize("vector", KNOWN["rfc9162"], ids=lambda v: v["what"])
def test_the_example_of_the_rfc(vector: dict[str, Any]) -> None:
    """RFC 9162, 2.1.5: seven leaves; the nodes are named there and written out here by their leaves."""
    subtree = merkle.over(LEAVES[:7])
    expected = [subtree(*span) for span in vector["path"]]
    assert merkle.inclusion(subtree, vector["index"], 7) == expected


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of 2.1.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY
    split = max(2**n for n in range(20) if 2**n < len(leaves))
    return merkle.node(plain_root(leaves[:split]), plain_root(leaves[split:]))


MANY = [merkle.leaf(str(n).encode()) for n in range(40)]
SIZES = [plain_root(MANY[:size]) for size in range(len(MANY) + 1)]


def test_every_leaf_of_every_size_is_proved_and_no_other_place_passes() -> None:
    subtree = merkle.over(MANY)
    for size in range(1, len(MANY) + 1):
        assert merkle.root_of(MANY[:size]) == SIZES[size]
        for index in range(size):
            path = merkle.inclusion(subtree, index, size)
            assert merkle.root_by_inclusion(MANY[index], index, size, path) == SIZES[size]
            for other in {index - 1, index + 1, size, -1}:
                assert merkle.root_by_inclusion(MANY[index], other, size, path) != SIZES[size]
            assert merkle.root_by_inclusion(MANY[index], index, size, [*path, MANY[0]]) is None
            assert not path or merkle.root_by_inclusion(MANY[index], index, size, path[:-1]) is None


def test_every_size_extends_every_smaller_one_and_nothing_else_passes() -> None:
    subtree = merkle.over(MANY)
    for size in range(1, len(MANY) + 1):
        for old in range(1, size + 1):
            path = merkle.consistency(subtree, old, size)
            assert merkle.extends(old, SIZES[old], size, SIZES[size], path)
            assert not merkle.extends(old, SIZES[old - 1], size, SIZES[size], path)
            assert not merkle.extends(old, SIZES[old], size, SIZES[old - 1], path)
            assert not merkle.extends(old, SIZES[old], size, SIZES[size], [*path, MANY[0]])
            assert not path or not merkle.extends(old, SIZES[old], size, SIZES[size], path[:-1])
            assert not path or not merkle.extends(old, SIZES[old], size, SIZES[size], [MANY[0], *path[1:]])


def test_the_consistency_proofs_of_the_rfc() -> None:
    """RFC 9162, 2.1.5: from three, four and six leaves to seven; the nodes are written out by their leaves."""
    subtree = merkle.over(LEAVES[:7])
    spans = {3: [(2, 3), (3, 4), (0, 2), (4, 7)], 4: [(4, 7)], 6: [(4, 6), (6, 7), (0, 4)]}
    for old, expected in spans.items():
        assert merkle.consistency(subtree, old, 7) == [subtree(*span) for span in expected]


def test_a_growing_tree_of_thousands_is_the_same_tree() -> None:
    leaves = [n.to_bytes(32, "big") for n in range(3 * merkle.BLOCK + 5)]
    tree = merkle.Growing()
    for size, leaf_hash in enumerate(leaves, start=1):
        tree.add([leaf_hash])
        if size % 500 == 0 or size >= 3 * merkle.BLOCK - 1:
            assert tree.root() == plain_root(leaves[:size])
