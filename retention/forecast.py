"""The forecast of a store: bytes by day, when it is full, and how far back each camera will reach.

A pure function over day summaries, so its cost grows with cameras and days, never with segments
(invariant 12). Assumed is what `docs/retention.md` lists: each camera records as on the whole days
of the last week, policies and holds stay as they are, and what is due leaves the next day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.day import day_of
from footage.import_run import import_run
from footage.instant import DAY, ZERO, Elapsed, Instant, Interval
from footage.scope import EVERYWHERE
from retention.policy import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from footage.day import DaySpan, DaySummary
    from footage.hold import Hold
    from footage.ids import CameraId, DistrictId, HoldId, SiteId
    from footage.ports import Catalogue, Register
    from footage.scope import Scope
    from retention.policy import Policy

    _Shown = Callable[[CameraId], bool]

RATE_DAYS: Final = 7
"""Whole days before today of which the rate of a camera is the mean."""
_HOUR: Final = Elapsed.parse("1h")
_EPOCH: Final = Instant(0)


class Reaching(StrEnum):
    """Whether a camera will reach back as far as its policy says; the worst first."""

    SHORT = "short"
    """The store is full before."""
    NOTHING = "nothing"
    """It should be recorded, and nothing is stored."""
    SILENT = "silent"
    """Nothing of the last day is stored."""
    GROWING = "growing"
    """It will, some day ahead."""
    REACHED = "reached"
    """It does."""
    KEPT = "kept"
    """No policy is about it: everything is kept."""


_ORDER: Final = {reaching: at for at, reaching in enumerate(Reaching)}


@dataclass(frozen=True, slots=True)
class CameraForecast:
    """The forecast of a camera, at the place that its newest footage bears.

    Attributes:
        size_bytes: Bytes stored.
        held_bytes: Of these, bytes of days' stretches that a hold covers in part or whole.
        oldest: Start of the oldest footage stored; None without any.
        newest: Latest end of footage stored.
        rate: Bytes recorded a day, imports left out.
        policy: Name of the policy of the newest footage; "" where none is about it.
        keep: Time for which the policy keeps footage; None without a policy.
        covers: Time from the oldest recorded footage to now.
        will_cover: Time from the oldest footage to the newest when the store is full, or when the
            policy's time is reached; None where nothing tells.
        reaches_on: When the policy's time is reached; None where it is, or never will be.
    """

    camera: CameraId
    district: str
    site: str
    size_bytes: int
    held_bytes: int
    oldest: Instant | None
    newest: Instant | None
    rate: int
    policy: str
    keep: Elapsed | None
    covers: Elapsed
    will_cover: Elapsed | None
    reaches_on: Instant | None
    reaching: Reaching


class Stored(NamedTuple):
    """Stored footage of a place: bytes, cameras, oldest start, and bytes recorded a day."""

    size_bytes: int
    cameras: int
    oldest: Instant
    rate: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of some cameras' footage.

    Attributes:
        at: The present.
        size_bytes: Bytes stored.
        rate: Bytes recorded a day.
        room: Bytes that the store can still take; None: not known.
        full_on: The first day whose bytes have no room, a midnight; None: none of `by_day`, or
            not known.
        by_day: Bytes stored at the present and each day after.
        sites: What is stored, by district and site.
        held: Bytes stored of what each standing hold covers, by the share of time that it covers.
        cameras: The forecast of each camera, the worst first.
    """

    at: Instant
    size_bytes: int
    rate: int
    room: int | None
    full_on: Instant | None
    by_day: Sequence[int]
    sites: Mapping[tuple[DistrictId, SiteId], Stored]
    held: Mapping[HoldId, int]
    cameras: Sequence[CameraForecast]


@dataclass(slots=True)
class _Camera:
    """Sums of a camera's summaries.

    Attributes:
        since: Start of the oldest footage that a recorder recorded.
        last: The newest span.
        by_day: Recorded bytes of each of the last days, by midnight; imports left out.
    """

    size_bytes: int = 0
    held_bytes: int = 0
    oldest: Instant | None = None
    newest: Instant | None = None
    since: Instant | None = None
    last: DaySpan | None = None
    by_day: dict[Instant, int] = field(default_factory=dict)

    def add(self, day: Instant, span: DaySpan, *, held: bool, recent: bool) -> None:
        """Count a span in."""
        start, end = span.interval.start, span.interval.end
        self.size_bytes += span.size_bytes
        self.held_bytes += span.size_bytes if held else 0
        self.oldest = min(self.oldest or start, start)
        if self.newest is None or self.newest < end:
            self.newest, self.last = end, span
        if import_run(span.run) is None:
            self.since = min(self.since or start, start)
            if recent:
                self.by_day[day] = self.by_day.get(day, 0) + span.size_bytes

    def rate_at(self, now: Instant) -> int:
        """Return the bytes recorded a day: of the whole days, or of today where there are none."""
        today = day_of(now)
        whole = {day: size for day, size in self.by_day.items() if day < today}
        if whole:
            return round(sum(whole.values()) / ((today - min(whole)).us / DAY.us))
        since = max(self.since or now, today)
        return round(self.by_day.get(today, 0) * DAY.us / max(now - since, _HOUR).us)


class _Tally:
    """Sums of day summaries: by camera, by place, and what leaves on which day.

    Attributes:
        leaves: Bytes stored now that leave on each day ahead, by number of the day.
        held: Bytes of what each standing hold covers, by the share of time of each span.
    """

    def __init__(
        self, judge: Judge | None, holds: Iterable[Hold], now: Instant, ahead: int, shown: _Shown
    ) -> None:
        self._judge, self._now, self._shown = judge, now, shown
        self._standing: dict[CameraId, list[Hold]] = defaultdict(list)
        self.held: dict[HoldId, int] = {}
        for hold in holds:
            if hold.active:
                self.held[hold.id] = 0
                for camera in hold.cameras:
                    self._standing[camera].append(hold)
        self._recent = day_of(now) - DAY * RATE_DAYS
        self.cameras: dict[CameraId, _Camera] = defaultdict(_Camera)
        self.sites: dict[tuple[DistrictId, SiteId], dict[CameraId, _Camera]] = {}
        self.leaves = [0] * (ahead + 1)

    def add(self, summary: DaySummary) -> None:
        """Count a summary in."""
        camera = summary.camera
        recent = summary.day >= self._recent
        for span in summary.spans:
            held = self._hold(camera, span)
            self.cameras[camera].add(summary.day, span, held=held, recent=recent)
            if self._shown(camera):
                here = self.sites.setdefault((span.district, span.site), {})
                here.setdefault(camera, _Camera()).add(summary.day, span, held=held, recent=recent)
            if not held:
                self._leave(camera, span)

    def _hold(self, camera: CameraId, span: DaySpan) -> bool:
        """Count a span in for the holds that cover some of it; return whether one does."""
        held = False
        for hold in self._standing.get(camera, ()):
            if part := span.interval.clip(hold.interval):
                held = True
                share = part.length.us / max(span.interval.length.us, 1)
                self.held[hold.id] += round(span.size_bytes * share)
        return held

    def _leave(self, camera: CameraId, span: DaySpan) -> None:
        found = self._judge.due_from(camera, span) if self._judge else None
        if found is None or found[1] is None:
            return
        day = max(1, -(-(found[1] - self._now).us // DAY.us))
        if day < len(self.leaves):
            self.leaves[day] += span.size_bytes


def forecast(  # noqa: PLR0913 - what a forecast is made from
    days: Iterable[DaySummary],
    judge: Judge | None,
    holds: Iterable[Hold],
    now: Instant,
    *,
    room: int | None,
    ahead: int,
    expected: Mapping[CameraId, tuple[DistrictId, SiteId]],
    shown: _Shown,
) -> Forecast:
    """Make the forecast of a store.

    Args:
        days: Summaries of all days of all cameras.
        judge: Judges by the policies; None: everything is kept.
        holds: Holds of the register; released holds do not count.
        now: The present.
        room: Bytes that the store can still take; None: not known.
        ahead: Days to look ahead.
        expected: Cameras that should be recorded, with the places where the cameras stand.
        shown: Tells of which cameras to give forecasts and sums by place. Bytes by day, and the day
            on which the store is full, are of all cameras.
    """
    tally = _Tally(judge, holds, now, ahead, shown)
    for summary in days:
        tally.add(summary)
    rates = {camera: one.rate_at(now) for camera, one in tally.cameras.items()}
    rules = {camera: _rule(judge, camera, one.last) for camera, one in tally.cameras.items()}
    stored = sum(one.size_bytes for one in tally.cameras.values())
    by_day = _bytes_by_day(stored, tally.leaves, [(rates[one], rules[one]) for one in rates])
    full_on = _full(by_day, room, now)
    found = [
        _of_camera(camera, one, rules[camera], full_on, now)
        for camera, one in tally.cameras.items()
        if shown(camera)
    ]
    found += [
        _of_nothing(camera, *place)
        for camera, place in expected.items()
        if camera not in tally.cameras and shown(camera)
    ]
    return Forecast(
        at=now,
        size_bytes=stored,
        rate=sum(rates.values()),
        room=room,
        full_on=full_on,
        by_day=by_day,
        sites={
            place: Stored(
                sum(one.size_bytes for one in here.values()),
                len(here),
                min(one.oldest for one in here.values() if one.oldest),
                sum(one.rate_at(now) for one in here.values()),
            )
            for place, here in sorted(tally.sites.items())
        },
        held=dict(sorted(tally.held.items())),
        cameras=sorted(found, key=lambda one: (_ORDER[one.reaching], one.camera)),
    )


class Forecaster:
    """Makes forecasts of the store of the city; safe in several threads.

    Args:
        register: Knows cameras, holds and stays.
        catalogue: Knows what is stored.
        policies: Reads the policies in force; None where everything is kept.
        room: Tells how many bytes the store can still take; None where nobody knows.
    """

    def __init__(
        self,
        register: Register,
        catalogue: Catalogue,
        policies: Callable[[], Sequence[Policy] | None],
        room: Callable[[], int | None],
    ) -> None:
        self._register, self._catalogue = register, catalogue
        self._policies, self._room = policies, room

    def of(
        self,
        scope: Scope,
        now: Instant,
        *,
        ahead: int,
        policies: Sequence[Policy] | None = None,
        room: int | None = None,
    ) -> Forecast:
        """Return the forecast at `now`.

        Args:
            scope: Cameras of which to give forecasts and sums by place.
            now: The present.
            ahead: Days to look ahead.
            policies: Policies to go by; None: those in force.
            room: Bytes that the store can still take; None: as the store tells.

        Raises:
            BadInput: The policies in force cannot be read.
            Unavailable: Register or catalogue cannot be reached.
        """
        rules = self._policies() if policies is None else policies
        judge = Judge(rules, (), now, self._register.stays()) if rules else None
        cameras = self._register.cameras(scope)
        wanted = {camera.id for camera in cameras}
        everywhere = scope == EVERYWHERE
        return forecast(
            self._catalogue.days(None, Interval(_EPOCH, now + DAY)),
            judge,
            self._register.holds(),
            now,
            room=self._room() if room is None else room,
            ahead=ahead,
            expected={one.id: (one.district, one.site) for one in cameras if one.source},
            shown=lambda camera: everywhere or camera in wanted,
        )


def _rule(judge: Judge | None, camera: CameraId, span: DaySpan | None) -> Policy | None:
    found = judge.due_from(camera, span) if judge and span else None
    return found[0] if found else None


def _bytes_by_day(
    stored: int, leaves: Sequence[int], recorded: Iterable[tuple[int, Policy | None]]
) -> list[int]:
    """Return the bytes stored now and on each day ahead.

    What is recorded from now on leaves on the day after the policy's time, so from then on a camera
    takes as much as leaves.
    """
    flow = [0] * len(leaves)
    for rate, rule in recorded:
        flow[0] += rate
        if rule and (day := -(-rule.keep.us // DAY.us) + 1) < len(flow):
            flow[day] -= rate
    by_day, a_day = [stored], flow[0]
    for gone, change in zip(leaves[1:], flow[1:], strict=True):
        a_day += change
        by_day.append(max(0, by_day[-1] + a_day - gone))
    return by_day


def _full(by_day: Sequence[int], room: int | None, now: Instant) -> Instant | None:
    if room is None:
        return None
    most = by_day[0] + room
    day = next((day for day, size in enumerate(by_day) if size > most), None)
    return None if day is None else day_of(now + DAY * day)


def _of_camera(
    camera: CameraId, one: _Camera, rule: Policy | None, full_on: Instant | None, now: Instant
) -> CameraForecast:
    last, newest, since = one.last, one.newest, one.since or one.oldest
    if last is None or newest is None or since is None:  # no summary is without a span
        raise ValueError(f"a day of {camera} has no spans")
    keep = rule.keep if rule else None
    reaches_on = since + keep if keep else None
    covers = max(ZERO, now - since)
    will_cover: Elapsed | None = None
    if keep is None or reaches_on is None:
        reaching = Reaching.KEPT
    elif newest < now - DAY:
        reaching = Reaching.SILENT
    elif full_on is not None and full_on < reaches_on:
        reaching, will_cover = Reaching.SHORT, max(covers, full_on - since)
    else:
        reaching = Reaching.REACHED if reaches_on <= now + DAY else Reaching.GROWING
        will_cover = keep
    return CameraForecast(
        camera,
        last.district,
        last.site,
        size_bytes=one.size_bytes,
        held_bytes=one.held_bytes,
        oldest=one.oldest,
        newest=newest,
        rate=one.rate_at(now),
        policy=rule.name if rule else "",
        keep=keep,
        covers=covers,
        will_cover=will_cover,
        reaches_on=reaches_on if reaching is Reaching.GROWING else None,
        reaching=reaching,
    )


def _of_nothing(camera: CameraId, district: DistrictId, site: SiteId) -> CameraForecast:
    return CameraForecast(
        camera,
        district,
        site,
        size_bytes=0,
        held_bytes=0,
        oldest=None,
        newest=None,
        rate=0,
        policy="",
        keep=None,
        covers=ZERO,
        will_cover=None,
        reaches_on=None,
        reaching=Reaching.NOTHING,
    )
