"""Runs of an import's segments, and which stored segments belong to the import of a file.

Each time that a file is imported, the segments stored then are of a run of their own, whose name
tells the instant (`footage.import_run`): an import that goes on later, or that stores again what
retention deleted, does not count as old, and what two versions of FFmpeg cut is never joined under
the same init. Segments stored before keep their run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from footage.import_run import import_run
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.segment import Segment
    from recorder.spool.spool import Spooled

_NEAR: Final = Elapsed.parse("1s")


def is_of_same_import(found: str, run: str) -> bool:
    """Whether two runs are of the same bytes, start, track and segment length, whenever stored."""
    one, other = import_run(found), import_run(run)
    return (
        one is not None and other is not None and replace(one, at=None) == replace(other, at=None)
    )


def cut_of(found: Segment, closed: Sequence[Spooled]) -> list[Spooled]:
    """The segments that a stored segment of the same import holds.

    A version that did not split files at holes stored several of today's segments in one.
    """

    def is_held(one: Segment) -> bool:
        begins = (one.interval.start - found.interval.start).us
        if one.sequence == found.sequence and abs(begins) <= _NEAR.us:
            return True
        inside = begins >= 0 and one.interval.start < found.interval.end
        return inside and one.interval.end <= found.interval.end + _NEAR

    return [one for one in closed if is_held(one.segment)]
