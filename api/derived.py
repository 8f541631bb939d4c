"""Keeping of derived files, so that none outlives the segments the file was derived from.

A deletion removes the derived files of the home folder in which the deletion runs (invariant 3).
Where the API runs in another home, on another machine, `discard_gone` is what removes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import SegmentKey
    from footage.ports import Catalogue, DerivedFiles


def keep(
    derived: DerivedFiles,
    catalogue: Catalogue,
    name: str,
    data: bytes,
    segments: Collection[SegmentKey],
) -> None:
    """Keep a file derived from `segments`, unless one of these was deleted while it was made.

    The file is put first and the segments are looked at afterwards: a deletion discards last, so
    either the deletion finds the file, or the look finds the segment gone.
    """
    if derived.put(name, data, segments):
        _discard_deleted(derived, catalogue, segments)


def discard_gone(derived: DerivedFiles, catalogue: Catalogue) -> int:
    """Discard all files derived from segments that the catalogue has no more.

    Returns:
        How many files there were.
    """
    gone, after = 0, None
    while keys := derived.segments(after=after):
        gone += _discard_deleted(derived, catalogue, keys)
        after = keys[-1]
    return gone


def _discard_deleted(
    derived: DerivedFiles, catalogue: Catalogue, keys: Collection[SegmentKey]
) -> int:
    there = catalogue.existing(keys)
    gone = [key for key in keys if key not in there]
    return derived.discard(gone) if gone else 0
