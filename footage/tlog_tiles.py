"""A Merkle tree as static objects: C2SP `tlog-tiles` (c2sp.org/tlog-tiles).

tile/<level>/<number>[.p/<width>]       up to 256 hashes of a level; level 1 has roots of full tiles
tile/entries/<number>[.p/<width>]       the bytes of up to 256 leaves, each behind its length

A full tile never changes. A tile at the right edge of the tree is *partial*: `.p/<width>` says how
many hashes it has, so a partial tile never changes either, and a wider one stands beside.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, DataLoss
from footage.merkle import (
    HASH_BYTES,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    tree_root,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MOST_LEAF: Final = 0xFFFF
"""Bytes of a leaf: its length is written as 16 bits."""
_CACHED: Final = 64
_ENTRIES: Final = "entries"


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes."""
    return _path(str(level), number, width)


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle."""
    return _path(_ENTRIES, number, width)


def _path(level: str, number: int, width: int) -> str:
    parts = [f"{number % 1_000:03d}"]
    while number := number // 1_000:
        parts.append(f"x{number % 1_000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def tile_width(level: int, number: int, size: int) -> int:
    """Return the width of a tile of a tree of `size` leaves; 0 where there is no such tile."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH))


def encode_entries(leaves: Iterable[bytes]) -> bytes:
    """Write an entry bundle.

    Raises:
        BadInput: A leaf is longer than 65 535 bytes.
    """
    parts = []
    for leaf in leaves:
        if len(leaf) > MOST_LEAF:
            raise BadInput(f"a leaf of {len(leaf)} bytes is longer than {MOST_LEAF}")
        parts.append(struct.pack(">H", len(leaf)) + leaf)
    return b"".join(parts)


def decode_entries(data: bytes) -> list[bytes]:
    """Read an entry bundle.

    Raises:
        DataLoss: The bundle is cut short.
    """
    leaves, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise DataLoss("an entry bundle of the ledger is cut short")
        leaves.append(data[at + 2 : end])
        at = end
    return leaves


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Read a tile of `width` hashes.

    Raises:
        DataLoss: The tile has another length.
    """
    if len(data) != width * HASH_BYTES:
        raise DataLoss(f"a tile of {width} hashes has {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes.

    Attributes:
        level: 0 for leaf hashes.
        number: Position within the level.
        hashes: At least one hash, at most 256.
    """

    level: int
    number: int
    hashes: tuple[bytes, ...]

    @property
    def path(self) -> str:
        """The tile's path."""
        return tile_path(self.level, self.number, len(self.hashes))

    @property
    def data(self) -> bytes:
        """The tile's bytes."""
        return b"".join(self.hashes)


@dataclass(slots=True)
class TreeEdge:
    """The right edge of a tree: the hashes of each level's last tile, while that is partial.

    Enough to let a tree grow, and to compute the root, whatever the size: 8 KiB a level at most.
    """

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)

    def append(self, hashes: Iterable[bytes]) -> list[Tile]:
        """Append hashes of leaves; return the tiles that became full, in an order to store them."""
        full: list[Tile] = []
        for leaf in hashes:
            self._push(0, leaf, full)
            self.size += 1
        return full

    def partial_tiles(self) -> list[Tile]:
        """Return the partial tiles of the tree as it is now."""
        return [
            Tile(level, self.size >> TILE_HEIGHT * (level + 1), tuple(hashes))
            for level, hashes in enumerate(self.levels)
            if hashes
        ]

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        subtrees: list[bytes] = []  # complete subtrees from left to right, so of falling size
        for hashes in reversed(self.levels):
            at = 0
            while at < len(hashes):
                take = 1 << (len(hashes) - at).bit_length() - 1
                subtrees.append(root_of(hashes[at : at + take]))
                at += take
        if not subtrees:
            return root_of([])
        root = subtrees[-1]
        for left in reversed(subtrees[:-1]):
            root = node_hash(left, root)
        return root

    def encode(self) -> bytes:
        """Write the edge as bytes."""
        parts = [struct.pack(">QB", self.size, len(self.levels))]
        for hashes in self.levels:
            parts += [struct.pack(">B", len(hashes)), *hashes]
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> TreeEdge:
        """Read what `encode` wrote; no bytes: the edge of the empty tree.

        Raises:
            DataLoss: The bytes are none that `encode` writes.
        """
        if not data:
            return cls()
        try:
            size, count = struct.unpack_from(">QB", data)
            at, levels = 9, []
            for _ in range(count):
                end = at + 1 + data[at] * HASH_BYTES
                levels.append(decode_tile(data[at + 1 : end], data[at]))
                at = end
        except (struct.error, IndexError) as exc:
            raise DataLoss("the edge of the ledger's tree cannot be read") from exc
        edge = cls(size, levels)
        widths = [(size >> TILE_HEIGHT * level) % TILE_WIDTH for level in range(count)]
        if at != len(data) or widths != [len(hashes) for hashes in levels]:
            raise DataLoss("the edge of the ledger's tree is not that of its size")
        return edge

    @classmethod
    def read(cls, size: int, read: Callable[[str], bytes]) -> TreeEdge:
        """Read the edge of a tree of `size` leaves from its tiles."""
        edge = cls(size)
        level = 0
        while size >> TILE_HEIGHT * level:
            whole = size >> TILE_HEIGHT * level
            width, number = whole % TILE_WIDTH, whole // TILE_WIDTH
            found = decode_tile(read(tile_path(level, number, width)), width) if width else []
            edge.levels.append(found)
            level += 1
        return edge

    def _push(self, level: int, value: bytes, full: list[Tile]) -> None:
        if level == len(self.levels):
            self.levels.append([])
        hashes = self.levels[level]
        hashes.append(value)
        if len(hashes) == TILE_WIDTH:
            number = (self.size + 1 >> TILE_HEIGHT * (level + 1)) - 1
            full.append(Tile(level, number, tuple(hashes)))
            self.levels[level] = []
            self._push(level + 1, root_of(hashes), full)


class TiledTree:
    """A tree of `size` leaves whose tiles are read by a function.

    Args:
        size: Number of leaves, as a checkpoint states.
        read: Gives the bytes at a path, as `tile/0/000`; raises NotFound where there are none.
    """

    def __init__(self, size: int, read: Callable[[str], bytes]) -> None:
        self.size = size
        self._read = read
        self._hashes = lru_cache(_CACHED)(self._read_hashes)
        self._bundle = lru_cache(4)(self._read_bundle)

    def root(self) -> bytes:
        """Return the root, from the tiles at the right edge."""
        return tree_root(self.size, self.node)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the leaf at `index` is in the tree of `size` leaves (all)."""
        return inclusion_proof(index, self.size if size is None else size, self.node)

    def consistency_proof(self, old: int) -> list[bytes]:
        """Return the proof that the tree begins with the tree of `old` leaves."""
        return consistency_proof(old, self.size, self.node)

    def leaf(self, index: int) -> bytes:
        """Return the bytes of a leaf.

        Raises:
            BadInput: There is no such leaf.
            DataLoss: The bundle is cut short, or does not hash to the tile.
        """
        if not 0 <= index < self.size:
            raise BadInput(f"no leaf {index} in a tree of {self.size} leaves")
        return self._bundle(index // TILE_WIDTH)[index % TILE_WIDTH]

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield index and bytes of the leaves from `start` to before `end` (all), in order."""
        for index in range(start, self.size if end is None else end):
            yield index, self.leaf(index)

    def tile(self, level: int, number: int) -> Sequence[bytes]:
        """Return the hashes of a tile."""
        return self._hashes(level, number)

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of the complete subtree of 2^level leaves at a position."""
        within = level % TILE_HEIGHT
        first = position << within
        tile = self._hashes(level // TILE_HEIGHT, first // TILE_WIDTH)
        at = first % TILE_WIDTH
        return root_of(tile[at : at + (1 << within)])

    def _read_hashes(self, level: int, number: int) -> list[bytes]:
        width = tile_width(level, number, self.size)
        return decode_tile(self._read(tile_path(level, number, width)), width)

    def _read_bundle(self, number: int) -> list[bytes]:
        width = tile_width(0, number, self.size)
        leaves = decode_entries(self._read(entries_path(number, width)))
        if [leaf_hash(leaf) for leaf in leaves] != list(self._hashes(0, number)):
            raise DataLoss(
                f"the leaves {number * TILE_WIDTH} to {number * TILE_WIDTH + width - 1} of the "
                "ledger are not those of its tree"
            )
        return leaves
