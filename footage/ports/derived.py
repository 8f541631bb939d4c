"""The port of derived files: pictures and films made from stored segments, kept to be given again.

A derived file is made from footage and is no footage: evidence never refers to one, and any of
them may vanish at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import SegmentKey


class DerivedFiles(Protocol):
    """Files derived from segments, each under a name that says how the file was made.

    - A name holds the digests of the segments and all that the bytes depend on, so that the bytes
      under a name never change. A name is any text.
    - What is kept is bounded: files that were asked for longest ago go first, and a file may be
      kept not at all.
    - `get` returns the bytes that were put, whole, or None; damaged bytes are removed.
    - `discard` is for the deletion of segments (invariant 3). Whoever puts a file looks afterwards
      whether all of its segments still exist, and discards where one is gone; whoever deletes
      segments discards after the catalogue has lost them. Then no order of the two leaves a file.
    - Whoever gives a derived file out asks first whether its segments exist and may be seen: the
      keeping permits nothing.
    - Unavailable, NoSpace, Misconfigured: the files cannot be reached or written now.
    """

    def get(self, name: str) -> bytes | None:
        """Return the file of this name; None where no such file is kept."""
        ...

    def kept(self, names: Collection[str]) -> frozenset[str]:
        """Return those of `names` under which a file is kept, without reading the files."""
        ...

    def put(self, name: str, data: bytes, segments: Collection[SegmentKey]) -> bool:
        """Keep a file derived from `segments`; return whether the file is kept.

        A file too large for the bound is not kept; a file put again replaces the former.
        """
        ...

    def discard(self, segments: Collection[SegmentKey]) -> int:
        """Remove all files derived from any of `segments`, durably; return how many there were."""
        ...

    def segments(self, *, after: SegmentKey | None = None, limit: int = 1_000) -> list[SegmentKey]:
        """Return segments of which derived files are kept, by key, those behind `after` only."""
        ...

    @property
    def size_bytes(self) -> int:
        """Bytes of all files kept."""
        ...
