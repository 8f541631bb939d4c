"""Search service: answers questions.

A question is answered in this order: custody intent; cameras in scope; looked-at time; vectors;
segments of hits; recorded time and gaps; moments and coverage; custody outcome. Nothing is looked
up before the intent is durable, and no answer is given whose outcome could not be entered
(invariant 7). Segments are read by key, for hits only; all else comes from day summaries
(invariant 12).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from footage.access import EVERYTHING, narrowed
from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import Misconfigured, NotFound, NotPermitted, Unavailable
from footage.instant import DAY, Instant, Interval
from footage.segment_reach import reaches
from footage.stays import by_camera, stay_at, windows
from footage.unlisted import require_listed
from search.answer import Explanation, RankedMoment, SearchAnswer
from search.coverage import coverage, recorded_time
from search.cutoff import Chance, cut_off
from search.day_facts import DayFacts
from search.example import PictureExample, StoredExample
from search.in_hours import in_hours
from search.looks import Looks, PictureReads, to_read
from search.merging import count, merge
from search.moments import not_in, ordered
from search.shared_reads import SharedReads
from search.strategy import blend, plan_scan, weighed
from search.windowed import Asked, scanned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.access import Reach
    from footage.action import Purpose
    from footage.camera import Camera
    from footage.clock import Clock
    from footage.encoder import Vectors
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Elapsed
    from footage.keyframe import Keyframe
    from footage.picture import Picture
    from footage.ports import (
        Catalogue,
        Custody,
        Encoder,
        ObjectStore,
        Register,
        VectorAnswer,
        VectorHit,
        VectorIndex,
    )
    from footage.stays import Windows
    from search.coverage import Coverage, Facts
    from search.day_facts import AfterScan, Days
    from search.example import Example, Examples
    from search.query import Query, Words
    from search.strategy import ScanPlan

_MOST_ASKED: Final = 100
"""Most cameras that are asked one by one for their newest footage."""


@dataclass(frozen=True, slots=True)
class _LookUps:
    """Results of the look-ups for a question.

    Attributes:
        stored: The segments of `answer` that are still there.
        example: The stored keyframe that served as example, if any did.
    """

    cameras: Sequence[Camera]
    asked: Asked
    answer: VectorAnswer
    stored: frozenset[SegmentKey]
    before: Days
    after: AfterScan
    plan: ScanPlan
    example: Keyframe | None


@dataclass(slots=True)
class _Watch:
    """Stop watch: the time each step of an answer took."""

    clock: Clock
    took: list[tuple[str, Elapsed]] = field(default_factory=list)
    last: Elapsed = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.clock.monotonic()

    def lap(self, step: str) -> None:
        """Enter the time since the step before ended."""
        now = self.clock.monotonic()
        self.took.append((step, now - self.last))
        self.last = now


@dataclass(frozen=True, slots=True)
class SearchService:
    """Answers questions with moments. Safe in several threads as far as the ports are.

    Attributes:
        store: Opens the object store, to look for footage that the catalogue does not list; None:
            nothing is looked for.
        examples: Makes the pictures of examples that are stored footage; None: no such examples.
        zone: IANA name of the zone of sites without one of their own.
    """

    register: Register
    catalogue: Catalogue
    vectors: VectorIndex
    encoder: Encoder
    custody: Custody
    clock: Clock
    store: Callable[[], ObjectStore] | None = None
    examples: Examples | None = None
    zone: str = "UTC"
    _shared: SharedReads = field(default_factory=SharedReads, init=False, repr=False)
    _days: DayFacts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        days = DayFacts(self.catalogue, self.vectors, self.encoder, self._shared)
        object.__setattr__(self, "_days", days)

    def search(
        self, query: Query, purpose: Purpose, *, sheet: bool = False, reach: Reach = EVERYTHING
    ) -> SearchAnswer:
        """Answer `query`, and enter question and outcome in the custody log.

        Args:
            query: The question.
            purpose: Person who asks, case and purpose; entered with the question.
            sheet: Whether pictures of the moments will be shown with the answer; entered too.
            reach: Footage that the person may search; the question is asked of this footage alone,
                and the answer says so.

        Raises:
            NotPermitted: Nothing of what is asked about is in reach, or the footage of the example
                is not.
            NotFound: A camera, site or district of the scope does not exist, no camera lies in the
                scope, or the footage of the example does not exist any more.
            CaseRequired: The settings ask for a case and a purpose.
            DataLoss: The object store holds footage of time of which the catalogue knows nothing,
                or the picture of the example cannot be decoded.
            Unavailable: Register, catalogue or vector index cannot be reached; the failure is
                entered.
        """
        deed = Deed(Action.SEARCH, purpose, _what(query, sheet=sheet))
        with bracket(self.custody, deed) as act:
            watch = _Watch(self.clock)
            looked = self._look(query, reach, watch)
            answer = self._answer(query, looked, act.intent, watch)
            act.result = _outcome(answer)
        return answer

    def _look(self, query: Query, reach: Reach, watch: _Watch) -> _LookUps:
        # Read by each question, since cameras come and move; together with others who ask now.
        known = self._shared.read("cameras", self.register.cameras)
        where = self._in_reach(
            in_hours(query, self._windows(query, known), known, self.register, self.zone), reach
        )
        asked = plan_scan(query, where.windows, len(known))
        watch.lap("cameras")
        identity, interval = self.encoder.identity, query.interval
        # Looked-at time is read before the scan: a segment indexed meanwhile was not scanned
        # (invariant 6).
        every = frozenset(where.windows)
        before = self._days.now(every, interval)
        watch.lap("looked-at time")
        example, picture = self._example(query.example, reach)
        if picture:
            watch.lap("example")
        vector = self._vector(query, picture)
        watch.lap("words")
        answer = scanned(
            where,
            asked.cameras,
            asked.rows,
            lambda part, some: self.vectors.search(identity, vector, part, some, k=asked.rows),
        )
        watch.lap("vectors")
        # After the scan, so that a segment purged meanwhile is a gap: first the segments of hits,
        # then the recorded time, so that nothing counts as searched whose hits were left out
        # (invariants 5, 11).
        stored = self.catalogue.existing({hit.row.segment for hit in answer.hits})
        after = self._days.after_scan(every, interval, everywhere=asked.cameras is None)
        watch.lap("recorded time")
        cameras = [camera for camera in known if camera.id in where.windows]
        return _LookUps(cameras, where, answer, stored, before, after, asked, example)

    def _coverage(self, looked: _LookUps, facts: Facts) -> Coverage:
        """Return the coverage of a question; of questions alike that were asked together, once."""

        def told() -> Coverage:
            covered = coverage(looked.asked.windows, facts, self.clock.now())
            if covered.unexplained and self._all_listed(covered):
                covered = covered.scheduled(facts.days, self.catalogue.recorded_since)
            return covered

        asked = None if looked.asked.partly else (looked.asked.usual, tuple(facts.shards))
        return looked.after.coverage(looked.before, asked, told)

    def _all_listed(self, covered: Coverage) -> bool:
        """Whether the store holds no footage of unexplained time; False where the store is away.

        Raises:
            DataLoss: The store holds footage of time that nobody explains.
        """
        if self.store is None:
            return True
        gaps = ((gap.camera, gap.interval, gap.reason) for gap in covered.missing)
        try:
            require_listed(self.catalogue, self.store(), self.register, gaps, self.clock.now())
        except Unavailable:
            return False  # the time stays unknown (invariant 11)
        return True

    def _example(
        self, example: Example | None, reach: Reach
    ) -> tuple[Keyframe | None, Picture | None]:
        """Return the stored keyframe of an example, if stored, and the picture to encode."""
        if example is None or isinstance(example, PictureExample):
            return None, example.picture if example else None
        if self.examples is None:
            raise Misconfigured("this search takes no stored footage as an example")
        self._require_in_reach(example, reach)
        # Encoded anew by the encoder in force, whichever encoder found the moment (invariant 9).
        return self.examples.stored(example, self.encoder.input_size)

    def _require_in_reach(self, example: StoredExample, reach: Reach) -> None:
        if not reaches(self.register, self.catalogue, reach, example.segment):
            raise NotPermitted(
                "the grants do not reach the footage of the example",
                hint="ask whoever manages people for a grant",
            )

    def _vector(self, query: Query, picture: Picture | None) -> Vectors:
        if picture is None:
            return self._words_vector(query.words)
        example, weight = self.encoder.encode_pictures([picture]), query.weighed
        if weight is None:
            return example
        return weighed(self._words_vector(query.words), example, weight)

    def _words_vector(self, words: Words) -> Vectors:
        wanted = self.encoder.encode_texts([words.wanted] if words.wanted else [])
        if not words.unwanted:
            return wanted
        return blend(wanted, self.encoder.encode_texts(words.unwanted))

    def _windows(self, query: Query, known: Sequence[Camera]) -> Windows:
        scope = query.scope
        _known("camera", scope.cameras, [camera.id for camera in known])
        if scope.sites:
            _known("site", scope.sites, [site.id for site in self.register.sites()])
        if scope.districts:
            _known("district", scope.districts, [d.id for d in self.register.districts()])
        if scope.by_place:  # else the cameras are asked wherever they stood: no stay is read
            found = windows(self.register.stays(), scope, query.interval)
        else:
            chosen = (c.id for c in known if not scope.cameras or c.id in scope.cameras)
            found = dict.fromkeys(chosen, (query.interval,))
        if not found:
            raise NotFound(
                "no camera in this place at the time asked",
                hint="widen the circle or the choice; `footage cameras list` shows who stood where",
            )
        return found

    def _in_reach(self, asked: Asked, reach: Reach) -> Asked:
        if not reach.limited:
            return asked
        begin = min(parts[0].start for parts in asked.windows.values())
        end = max(parts[-1].end for parts in asked.windows.values())
        granted = reach.windows(self.register.stays(asked.windows.keys()), Interval(begin, end))
        left = narrowed(asked.windows, granted)
        if not left:
            raise NotPermitted("the grants reach nothing of what was asked about")
        return Asked(asked.usual, left, limited=left != asked.windows)

    def _looks(self, hits: Sequence[VectorHit], least: float, limit: int) -> dict[CameraId, Looks]:
        """Read how the cameras were looked at whose moments can be shown (invariant 12)."""
        mine: dict[CameraId, list[Instant]] = {}
        for hit in hits:  # best first, and a camera has a moment as good as its best hit
            if hit.row.camera in mine or (hit.score >= least and len(mine) < limit):
                mine.setdefault(hit.row.camera, []).append(hit.row.instant)
        left, looks = PictureReads(), {}
        for camera, instants in mine.items():
            read = left.take(to_read(instants, instants[0]), instants[0])
            looks[camera] = Looks.of(self.catalogue.keyframes_of(camera, read), read)
        return looks

    def _newest(self, cameras: Sequence[Camera]) -> Instant | None:
        """Return the end of the newest footage; None without any, or where asking takes long."""
        now, asked = self.clock.now(), frozenset(camera.id for camera in cameras)
        days = self.catalogue.day_times(asked, Interval(now - DAY * 7, now + DAY))
        ends = [end for _, _, spans, _ in days for _, end, _ in spans]
        if ends:
            return Instant(max(ends))
        if len(asked) > _MOST_ASKED:
            return None
        last = [self.catalogue.last_segment(camera) for camera in sorted(asked)]
        return max((segment.interval.end for segment in last if segment), default=None)

    def _answer(self, query: Query, looked: _LookUps, entry: int, watch: _Watch) -> SearchAnswer:
        cameras = {camera.id: camera for camera in looked.cameras}
        # A purge may overtake the indexer: rows of a segment that is gone are left out, and rows of
        # cameras that the register does not know, which a scan of all cameras meets.
        hits = [
            hit
            for hit in looked.answer.hits
            if hit.row.segment in looked.stored and hit.row.camera in cameras
        ]
        least = query.threshold
        if least is None:
            least = -1.0 if query.example else cut_off([hit.score for hit in hits])
        found = {hit.row.camera: looked.asked.windows[hit.row.camera] for hit in hits}
        facts = looked.after.facts(looked.before, looked.answer.unreadable)
        recorded = recorded_time(facts.days, found)
        looks = self._looks(hits, least, query.limit)
        above = merge(hits, recorded, looks, least=least)
        below = count(not_in(above, hits), recorded, looks)
        shown = above[: query.limit]
        told = self.catalogue.segments_of({moment.best.row.segment for moment in shown})
        stored = {segment.key: segment for segment in told}
        stays = by_camera(self.register.stays({moment.camera for moment in shown}))
        ranked = [
            RankedMoment(
                rank,
                moment,
                cameras[moment.camera],
                stored.get(moment.best.row.segment),
                stay_at(stays[moment.camera], moment.best.row.instant),
            )
            for rank, moment in enumerate(shown, start=1)
        ]
        by_moment = {found.moment: found for found in ranked}
        watch.lap("moments")
        covered = self._coverage(looked, facts)
        watch.lap("coverage")
        return SearchAnswer(
            query=query,
            found=tuple(by_moment[moment] for moment in ordered(by_moment, query.sort)),
            asked=looked.asked,
            coverage=covered,
            encoder=self.encoder.identity,
            exhaustive=looked.answer.exhaustive
            and looked.answer.scanned > 0
            and not (looked.answer.unreadable or facts.lost),
            looked_within=facts.within,
            cut_off=least,
            below_cut=below,
            beyond_limit=len(above) - len(ranked),
            scanned=looked.answer.scanned,
            unreadable=looked.answer.unreadable,
            entry=entry,
            explanation=_explanation(looked, len(hits), watch),
            cameras=tuple(looked.cameras),
            chance=Chance() if query.example else Chance.of([hit.score for hit in hits]),
            unknown_words=tuple(
                word
                for text in (query.words.wanted, *query.words.unwanted)
                for word in self.encoder.unknown_words(text)
            ),
            newest=None if ranked else self._newest(looked.cameras),
            example=looked.example,
        )


def _explanation(looked: _LookUps, stored: int, watch: _Watch) -> Explanation:
    asked, answer = looked.plan.cameras, looked.answer
    return Explanation(
        rows=looked.plan.rows,
        cameras=None if asked is None else len(asked),
        hits=len(answer.hits),
        gone=len(answer.hits) - stored,
        recall=answer.recall,
        parts=answer.parts,
        took=tuple(watch.took),
    )


def _known(what: str, asked: frozenset[str], known: Sequence[str]) -> None:
    missing = sorted(asked.difference(known))
    if missing:
        raise NotFound(f"no {what} {missing[0]!r}", hint="`footage cameras list` shows all")


def _what(query: Query, *, sheet: bool) -> dict[str, object]:
    scope, circle = query.scope, query.scope.circle
    what: dict[str, object] = {
        "text": query.text,
        "start": str(query.interval.start),
        "end": str(query.interval.end),
        "cameras": sorted(scope.cameras),
        "sites": sorted(scope.sites),
        "districts": sorted(scope.districts),
        "limit": query.limit,
        "threshold": query.threshold,
        "sheet": sheet,
    }
    if query.example:
        what["example"] = query.example.facts
        what["text_weight"] = query.weighed
    if query.hours:
        what["hours"] = str(query.hours)
    if circle:
        what["near"] = [circle.centre.lat, circle.centre.lon, circle.radius_m]
    return what


def _outcome(answer: SearchAnswer) -> dict[str, object]:
    covered: Coverage = answer.coverage
    by_rank = sorted(answer.found, key=attrgetter("rank"))
    return {
        "moments": len(answer.found),
        "below_cut": answer.below_cut,
        "limited_to_grants": answer.asked.limited,
        "method": answer.method,
        "encoder": answer.encoder.digest,
        "asked_s": covered.asked.in_seconds,
        "searched_s": covered.searched.in_seconds,
        # By rank, whatever the order shown: `--moment ANSWER.RANK` reads this, and `--like` reads
        # the best pictures and regions.
        "ranked": [
            f"{found.moment.camera} {found.moment.whole.start} {found.moment.whole.end}"
            for found in by_rank
        ],
        "best": [str(_as_example(found)) for found in by_rank],
        "shown": [f"{f.moment.best.row.segment}#{f.moment.best.row.offset}" for f in answer.found],
    }


def _as_example(found: RankedMoment) -> StoredExample:
    row = found.moment.best.row
    return StoredExample(row.segment, row.offset, row.box)
