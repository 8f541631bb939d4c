"""Questions about places and hours: each camera is asked for its own windows of time.

A camera is asked for the time in which it stood in the place, of that for the hours asked for. Most
cameras never moved: these cameras share the usual windows, and cost one scan for each of them. Each
other window costs a scan of its own, of all cameras that share it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from footage.ports import VectorAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.stays import Windows

    Scan = Callable[[Interval, frozenset[CameraId] | None], VectorAnswer]


@dataclass(frozen=True, slots=True)
class Asked:
    """The cameras asked, each for its windows within the interval of the question.

    Attributes:
        usual: Windows of a camera that stood in the place all the time: the interval, or the hours
            asked for.
        limited: Grants of whoever asks left out cameras, or times of cameras.
    """

    usual: tuple[Interval, ...]
    windows: Windows
    limited: bool = False

    @property
    def partly(self) -> list[tuple[CameraId, Interval]]:
        """The windows of cameras with others than the usual windows, by camera and time."""
        return [
            (camera, part)
            for camera in sorted(self.windows)
            if self.windows[camera] != self.usual
            for part in self.windows[camera]
        ]


def scanned(
    asked: Asked, cameras: frozenset[CameraId] | None, rows: int, scan: Scan
) -> VectorAnswer:
    """Scan the vectors of each group of cameras in the group's windows.

    Filters act inside each scan: no row outside of a camera's windows takes a place in the answer.

    Args:
        asked: The cameras and windows.
        cameras: Cameras to limit a scan of the usual windows to; None for no limit.
        rows: Number of best rows wanted.
        scan: Scans the vectors of an interval and cameras.
    """
    if not asked.partly:
        return _all(rows, [scan(part, cameras) for part in asked.usual])
    groups: dict[Interval, set[CameraId]] = defaultdict(set)
    for camera, parts in asked.windows.items():
        for part in parts:
            groups[part].add(camera)
    return _all(rows, [scan(part, frozenset(groups[part])) for part in sorted(groups)])


def _all(rows: int, answers: Sequence[VectorAnswer]) -> VectorAnswer:
    """Put the answers of scans together; of one scan the answer itself."""
    if len(answers) == 1:
        return answers[0]
    hits = [hit for one in answers for hit in one.hits]
    hits.sort(key=attrgetter("score"), reverse=True)
    recalls = [one.recall for one in answers if one.recall is not None]
    return VectorAnswer(
        hits=tuple(hits[:rows]),
        scanned=sum(one.scanned for one in answers),
        exhaustive=all(one.exhaustive for one in answers),
        unreadable=tuple(dict.fromkeys(name for one in answers for name in one.unreadable)),
        recall=min(recalls) if len(recalls) == len(answers) else None,
        parts=tuple(part for one in answers for part in one.parts),
    )
