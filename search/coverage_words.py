"""Coverage of an answer in words, for people: cameras, footage, time looked at, reasons. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from footage.duration_text import duration_text
from footage.instant import Elapsed, Interval, total
from footage.span import JOIN_TOLERANCE, GapReason
from search.coverage import NotSearched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from footage.ids import CameraId
    from search.coverage import Coverage, Missing

_NAMED: Final = 5
"""Cameras named for a reason; the others are counted."""
_WHY: Final[Mapping[str, str]] = {
    NotSearched.NOT_INDEXED: "not indexed yet",
    NotSearched.KEYFRAMES_UNREADABLE: "keyframes cannot be decoded",
    NotSearched.SHARD_UNREADABLE: "a part of the index is damaged",
    NotSearched.INDEX_MISSING: "the index holds no vectors of this time",
    NotSearched.NOT_LOOKED_AT: "no picture close by was looked at",
    NotSearched.FUTURE: "not yet recorded",
    GapReason.CAMERA_LOST: "camera lost",
    GapReason.RECORDER_DOWN: "recorder down",
    GapReason.SPOOL_OVERFLOW: "spool overflow",
    GapReason.WRITE_FAILED: "not written",
    GapReason.EXPIRED: "expired",
    GapReason.CLOCK_STEPPED: "clock set forward",
    GapReason.NO_PICTURES: "no pictures in the recording",
    GapReason.HELD_BACK: "held back",
    GapReason.NOT_SCHEDULED: "recording was not scheduled",
    GapReason.UNKNOWN: "nothing was recorded, the cause is not known",
}
_FOOTAGE: Final = frozenset(NotSearched) - {NotSearched.FUTURE}
"""Reasons for which existing footage was not looked at."""
_SAID: Final = frozenset({GapReason.EXPIRED})
"""Reasons whose detail people need: the name of the policy."""


def coverage_words(
    coverage: Coverage,
    names: Mapping[CameraId, str],
    windows: Mapping[CameraId, Sequence[Interval]],
    zone: tzinfo,
) -> list[str]:
    """Return the coverage in lines for people.

    Args:
        coverage: The coverage of the answer.
        names: By id, the names of all cameras asked.
        windows: By id, the time for which each camera was asked.
        zone: Time zone of the days that are named.

    Returns:
        First cameras, days and sums; then a line a reason for footage that was not looked at; then
        one line of the time without footage, and one of the cameras without any. A reason for less
        than the time at which segments join is left out, camera by camera: asked time begins and
        ends between two pictures.
    """
    unlooked: dict[str, Counter[CameraId]] = defaultdict(Counter)
    absent: dict[str, Counter[CameraId]] = defaultdict(Counter)
    for missing in coverage.missing:
        reasons = unlooked if missing.reason in _FOOTAGE else absent
        reasons[_reason(missing)][missing.camera] += missing.interval.length.us
    without: Counter[CameraId] = sum(absent.values(), start=Counter())
    skipped: Counter[CameraId] = sum(unlooked.values(), start=Counter())
    lines = [_first(coverage, without, skipped, windows, zone)]
    lines += [
        f"not looked at: {_cameras(cameras, names)}: {reason}"
        for reason, cameras in _longest_first(unlooked, windows)
    ]
    told = "; ".join(
        f"{duration_text(Elapsed(cameras.total()))}: {reason}"
        for reason, cameras in _longest_first(absent, windows)
    )
    if told:
        several = " (all cameras together)" if len(windows) > 1 else ""
        lines.append(f"without footage{several}: {told}")
    bare = Counter({c: us for c, us in without.items() if us == total(windows[c]).us})
    if bare and coverage.recorded:
        lines.append(f"without any footage: {_cameras(bare, names)}")
    return lines


def _longest_first(
    reasons: Mapping[str, Counter[CameraId]], windows: Mapping[CameraId, Sequence[Interval]]
) -> list[tuple[str, Counter[CameraId]]]:
    """Return the reasons by their time, longest first, each with the time of its cameras.

    A camera's time counts from `JOIN_TOLERANCE` on, or where no more was asked of the camera.
    """
    told = {
        reason: Counter(
            {
                camera: us
                for camera, us in cameras.items()
                if us >= JOIN_TOLERANCE.us or us == total(windows[camera]).us
            }
        )
        for reason, cameras in reasons.items()
    }
    kept = ((reason, cameras) for reason, cameras in told.items() if cameras)
    return sorted(kept, key=lambda each: -each[1].total())


def days_text(interval: Interval, zone: tzinfo) -> str:
    """Return the local days of an interval: "27 Nov 2026", "26 to 27 Nov 2026"."""
    first = interval.start.to_datetime().astimezone(zone).date()
    # The end is not included: up to midnight is the day before.
    last = max(first, (interval.end - Elapsed(1)).to_datetime().astimezone(zone).date())
    end = f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    start = f"{first.day} {first:%b}" if first.year == last.year else f"{first.day} {first:%b %Y}"
    return f"{start} to {end}"


def _first(
    coverage: Coverage,
    without: Counter[CameraId],
    skipped: Counter[CameraId],
    windows: Mapping[CameraId, Sequence[Interval]],
    zone: tzinfo,
) -> str:
    """Return the line of sums; a camera counts as looked at where some of its time was."""
    looked = sum(
        without[camera] + skipped[camera] < total(parts).us for camera, parts in windows.items()
    )
    cameras = f"{looked} of {len(windows)} camera{'s' if len(windows) != 1 else ''}"
    asked = [part for parts in windows.values() for part in parts]
    days = days_text(Interval(min(p.start for p in asked), max(p.end for p in asked)), zone)
    if not coverage.recorded:
        return f"looked at {cameras}, {days}; no footage exists of this time and place"
    exists = f"footage exists for {duration_text(coverage.recorded)}"
    if coverage.searched == coverage.recorded:
        return f"looked at {cameras}, {days}; {exists}, all of it looked at"
    if not coverage.searched:
        return f"looked at {cameras}, {days}; {exists}, none of it looked at"
    return f"looked at {cameras}, {days}; {exists}; looked at {duration_text(coverage.searched)}"


def _reason(missing: Missing) -> str:
    why = _WHY.get(missing.reason, missing.reason)
    return f"{why} ({missing.detail})" if missing.detail and missing.reason in _SAID else why


def _cameras(cameras: Counter[CameraId], names: Mapping[CameraId, str]) -> str:
    """Name the cameras with the most time, each with its time, and count the others."""
    shown = [
        f"{_name(camera, names)} {duration_text(Elapsed(us))}"
        for camera, us in cameras.most_common(_NAMED)
    ]
    more = len(cameras) - len(shown)
    if more:
        rest = cameras.total() - sum(us for _, us in cameras.most_common(_NAMED))
        noun = "camera" if more == 1 else "cameras"
        shown.append(f"{more} {noun} more {duration_text(Elapsed(rest))}")
    return ", ".join(shown)


def _name(camera: CameraId, names: Mapping[CameraId, str]) -> str:
    name = names.get(camera, "")
    return f"{name} ({camera})" if name and name != camera else camera
