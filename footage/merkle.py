"""Merkle trees of RFC 6962: hashes, proofs that a leaf is in a tree, proofs that a tree only grew.

A tree of a size has one root hash. An *inclusion proof* shows that a leaf stands at an index of
the tree of that root; a *consistency proof* shows that a larger tree begins with all leaves of a
smaller tree, in order: nothing was removed, changed or put in between. Pure: a function reads the
hashes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeAlias

from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NodeReader: TypeAlias = "Callable[[int, int], bytes]"
"""Gives the hash of the complete subtree of 2^level leaves at a position of that level."""

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from the hashes of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree whose leaves have these hashes."""
    return tree_root(len(hashes), reader_of(hashes))


def reader_of(hashes: Sequence[bytes]) -> NodeReader:
    """Return a reader of the nodes above these leaf hashes, computed anew at each call."""

    def node(level: int, position: int) -> bytes:
        if not level:
            return hashes[position]
        return node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1))

    return node


def tree_root(size: int, node: NodeReader) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the hashes that prove the leaf at `index` in the tree of `size` leaves, leaf to root.

    Raises:
        BadInput: The tree has no leaf at `index`.
    """
    if not 0 <= index < size:
        raise BadInput(f"no leaf {index} in a tree of {size} leaves")
    low, high, proof = 0, size, list[bytes]()
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the hashes that prove the tree of `size` leaves to begin with the tree of `old`.

    Raises:
        BadInput: `old` is larger than `size`.
    """
    if not 0 <= old <= size:
        raise BadInput(f"a tree of {size} leaves does not begin with {old}")
    if old in {0, size}:
        return []
    low, high, whole, proof = 0, size, True, list[bytes]()
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low, whole = middle, False
    if not whole:
        proof.append(_range_root(low, high, node))
    return proof[::-1]


class Frontier:
    """The complete subtrees of a growing tree, left to right: enough for its root at any size.

    Args:
        size: Number of leaves of the tree to begin with.
        node: Gives the hashes of that tree; not needed for the empty tree.
    """

    def __init__(self, size: int = 0, node: NodeReader | None = None) -> None:
        self.size = size
        self._subtrees: list[bytes] = []
        at = 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                if node is None:
                    raise TypeError("a tree that has leaves needs a reader of its hashes")
                self._subtrees.append(node(level, at >> level))
                at += 1 << level

    def append(self, leaf: bytes) -> None:
        """Append the bytes of a leaf."""
        sha256, subtrees = hashlib.sha256, self._subtrees
        value, size = sha256(b"\x00" + leaf).digest(), self.size
        self.size = size + 1
        while size & 1:
            value = sha256(b"\x01" + subtrees.pop() + value).digest()
            size >>= 1
        subtrees.append(value)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self._subtrees:
            return EMPTY_ROOT
        root = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            root = node_hash(left, root)
        return root


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that a proof leads to; the leaf is included if that is the tree's root.

    Args:
        leaf: Hash of the leaf.
        index: Where the leaf is said to stand.
        size: Number of leaves of the tree.
        proof: As `inclusion_proof` returns.

    Raises:
        BadInput: The proof has another length than such a proof has, or the index is outside.
    """
    if not 0 <= index < size:
        raise BadInput(f"no leaf {index} in a tree of {size} leaves")
    at, last, root = index, size - 1, leaf
    for step in proof:
        if not last:
            raise BadInput("the inclusion proof is too long")
        if at & 1 or at == last:
            root = node_hash(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, step)
        at, last = at >> 1, last >> 1
    if last:
        raise BadInput("the inclusion proof is too short")
    return root


def is_consistent(
    old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows a tree to begin with all leaves of a smaller tree.

    Args:
        old: Number of leaves of the smaller tree, with `old_root`.
        old_root: Root of the smaller tree.
        size: Number of leaves of the larger tree, with `root`.
        root: Root of the larger tree.
        proof: As `consistency_proof` returns.
    """
    if old == size:
        return old_root == root and not proof
    if not old:
        return old_root == EMPTY_ROOT and not proof
    if old > size or not proof:
        return False
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    return _grown(old, size, steps) == (old_root, root)


def _grown(old: int, size: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots that a consistency proof leads to (RFC 9162, 2.1.4.2); None: none."""
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if not last:
            return None
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return None if last else (first, second)


def _range_root(low: int, high: int, node: NodeReader) -> bytes:
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range_root(low, middle, node), _range_root(middle, high, node))


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
