"""Judge whether a search found a planted appearance: pure, from the truth file and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.ids import CameraId, SiteId
    from footage.instant import Instant

TOP: Final = 3
KEYFRAME: Final = Elapsed.parse("2s")
"""Distance of two keyframes in the demo's films."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A planted appearance and the question that a search must answer with the appearance.

    Attributes:
        window: Wall time to which the search is limited.
        seen: Wall times in which the appearance is in the picture.
    """

    text: str
    camera: CameraId
    site: SiteId
    light: str
    window: Interval
    seen: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class FoundMoment:
    """A moment of an answer: camera, interval, instant of the best keyframe, and score."""

    camera: CameraId
    interval: Interval
    instant: Instant
    score: float


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """Question, answer, and the rank of the true moment (1 is best), None if not found."""

    sought: Sought
    found: tuple[FoundMoment, ...]
    rank: int | None

    @property
    def in_top(self) -> bool:
        """Whether the true moment is among the first three of the answer."""
        return self.rank is not None and self.rank <= TOP


def rank_answer(sought: Sought, found: Sequence[FoundMoment]) -> RankedAnswer:
    """Find the first moment that shows the appearance: right camera, right time.

    Its best keyframe must lie within the appearance, or one keyframe beside it, since a keyframe
    may show a mover that the picture's edge still cuts, which the truth does not call visible.
    """
    for rank, moment in enumerate(found, start=1):
        if moment.camera == sought.camera and any(_shows(moment, seen) for seen in sought.seen):
            return RankedAnswer(sought, tuple(found), rank)
    return RankedAnswer(sought, tuple(found), None)


def _shows(moment: FoundMoment, seen: Interval) -> bool:
    beside = Interval(seen.start - KEYFRAME, seen.end + KEYFRAME)
    return moment.instant in beside and moment.interval.overlaps(seen)


def last_line(verdicts: Sequence[RankedAnswer]) -> str:
    """Return the demo's last line: the number of planted appearances found in the top three."""
    hits = sum(verdict.in_top for verdict in verdicts)
    return f"demo: {hits} of {len(verdicts)} planted appearances in the top {TOP}"


def sought_of(
    planted: Mapping[str, object], site: SiteId, camera: CameraId, zero: Instant
) -> Sought:
    """Place an entry of the truth file on the wall clock.

    Args:
        planted: One entry of `planted`, in media milliseconds.
        site: Site of the camera.
        camera: The camera that recorded the film.
        zero: Wall time of media time 0 of the film.
    """
    return Sought(
        str(planted["query"]),
        camera,
        site,
        str(planted["light"]),
        _placed(planted["window_ms"], zero),
        tuple(_placed(part, zero) for part in _list(planted["visible_ms"])),
    )


def _placed(pair: object, zero: Instant) -> Interval:
    start, end = _list(pair)
    return Interval(zero + _ms(start), zero + _ms(end))


def _ms(value: object) -> Elapsed:
    if not isinstance(value, int):
        raise TypeError(f"not milliseconds: {value!r}")
    return Elapsed(value * 1000)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return value
