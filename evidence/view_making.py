"""Films for viewing are made: one of each camera, from the master files in the bundle's folder.

Of each camera the pictures of the time asked for, and no others: stored segments are wider, and
what nobody asked for was not looked at before a redaction. Each picture carries its own time, to
the millisecond, below the picture. Where there is no picture, a card says from when to when, and
why. The film is made in pieces of some minutes, so that memory is bounded however long the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from evidence.clips import clips
from evidence.manifest import master_path, places_of
from evidence.readme import rounded
from evidence.start_here import zone_of_source
from evidence.start_words import ENGLISH, URDU
from evidence.view_words import VIEW_WORDS
from evidence.views import FILM, GAP, ROLE, View, ViewPart, view_path
from footage.errors import BadInput, DataLoss
from footage.instant import ZERO, Elapsed, Interval
from footage.mp4 import walk
from footage.ports.views import Caption, CardPart, Cover, FilmPart, TimedPicture
from footage.segment import TimeSource
from footage.shown_picture import begin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from evidence.bundle import BundleFolder
    from evidence.manifest import Source, Statement
    from evidence.redaction import Redaction
    from evidence.start_here import StartFacts
    from evidence.start_words import Words
    from evidence.view_words import ViewWords
    from evidence.views import ViewsAsked
    from footage.document import Language
    from footage.instant import Instant
    from footage.ports import ViewEncoder
    from footage.ports.views import Size
    from footage.segment import Segment

CARD: Final = Elapsed.parse("3s")
"""How long a card is shown."""
PIECE: Final = Elapsed.parse("10m")
"""Least length of a piece that is coded at a time, where no gap ends the piece before."""
MOST_PARTS: Final = 2_000
"""Most pieces and cards of a film."""
_LEAST: Final = Elapsed(1)
_START: Final[Mapping[Language, Words]] = {"en": ENGLISH, "ur": URDU}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture and the time for which it is shown."""

    segment: Segment
    ticks: int
    interval: Interval


class _Looked(NamedTuple):
    """Pictures that the file of a segment shows.

    Attributes:
        pictures: In the order of showing, each with the media time at which a hole ends the
            picture; None: the next picture does.
        end_ticks: Media time at which the last picture ends.
    """

    pictures: list[tuple[_Shown, int | None]]
    timescale: int
    end_ticks: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Pictures that play on without a break.

    Attributes:
        segments: Segments to decode: before the pictures' own the one before, whose pictures the
            first ones may need.
    """

    segments: tuple[Segment, ...]
    pictures: tuple[_Shown, ...]
    timescale: int
    end_ticks: int

    @property
    def interval(self) -> Interval:
        return Interval(self.pictures[0].interval.start, self.pictures[-1].interval.end)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Time without a picture, and why."""

    interval: Interval
    why: str


class Views:
    """Writes films for viewing into bundles.

    Args:
        encoder: Codes the films.
        most: Longest footage, all cameras together, of which films are made.
    """

    def __init__(self, encoder: ViewEncoder, most: Elapsed) -> None:
        self._encoder, self._most = encoder, most

    def require_short(self, statement: Statement) -> None:
        """Refuse films longer than allowed, before anything is written.

        Raises:
            BadInput: The time asked for is longer than films are made of.
        """
        whole = Elapsed(
            sum(
                span.interval.length.us
                for source in statement.sources
                for line in source.timelines()
                for span in line.spans
            )
        )
        if whole > self._most:
            raise BadInput(
                f"films for viewing of {whole} were asked for; {self._most} at most",
                hint="ask for less time or fewer cameras, or raise export.view_most",
            )

    def write(
        self,
        facts: StartFacts,
        asked: ViewsAsked,
        folder: BundleFolder,
        told: Callable[[int], None],
    ) -> Statement:
        """Write a film of each camera with footage; return the statement with the films.

        Args:
            facts: The statement, with the holes that its segments show, and names of sites.
            asked: How the films were asked for.
            folder: Folder of the bundle; the master files are written.
            told: Called with the bytes of master files coded so far; may raise.

        Raises:
            BadInput: A film has more gaps than cards can tell.
            DataLoss: No picture of a camera can be decoded.
            NoSpace, Misconfigured, Unavailable: As `footage.ports.views.ViewEncoder`.
        """
        made, done = [], 0
        for source in facts.statement.sources:
            if source.segments:
                film = _Film(self._encoder, facts, asked, folder, source)
                made.append(film.make(_after(told, done)))
                done += sum(segment.size_bytes for segment in source.segments)
                told(done)
        return replace(
            facts.statement,
            views=tuple(one for one in made if one),
            redactions=asked.redactions,
            views_alone=asked.alone,
        )


class _Film:
    """A film of a camera being made."""

    def __init__(
        self,
        encoder: ViewEncoder,
        facts: StartFacts,
        asked: ViewsAsked,
        folder: BundleFolder,
        source: Source,
    ) -> None:
        self._encoder, self._folder, self._source = encoder, folder, source
        self._zone: ZoneInfo = zone_of_source(facts, source)
        self._language: Language = asked.language
        self._words: ViewWords = VIEW_WORDS[asked.language]
        self._said: Words = _START[asked.language]
        self._redactions = [one for one in asked.redactions if one.camera == source.camera.id]
        self._title = f"{source.camera.name} ({source.camera.id})"
        self._place = _place(facts, source)

    def make(self, told: Callable[[int], None]) -> View | None:
        """Make the film and return its facts; None where no picture lies in the time asked for."""
        items = self._items()
        first = next((one for one in items if isinstance(one, _Piece)), None)
        if first is None:
            return None
        largest = max(
            (self._encoder.shown(self._path(segment)) for segment in _heads(items)),
            key=lambda size: size.width * size.height,
        )
        canvas = self._encoder.canvas(largest, self._caption(first))
        parts: list[ViewPart] = []
        files: list[tuple[Path, Elapsed]] = []
        done, position = 0, ZERO
        with self._folder.scratch() as scratch:
            for number, item in enumerate(items):
                out = scratch / f"part-{number}.mp4"
                part = self._part(item, canvas, out, _after(told, done))
                parts.append(replace(part, position=position))
                files.append((out, part.length))
                position += part.length
                if isinstance(item, _Piece):
                    done += sum(one.size_bytes for one in item.segments)
            if not any(part.kind == FILM for part in parts):
                raise DataLoss(
                    f"no picture of {self._source.camera.id} can be decoded for viewing",
                    hint="export without films for viewing",
                )
            joined = scratch / "joined.mp4"
            self._encoder.join(files, joined)
            fact = self._folder.adopt(view_path(self._source.camera.id), joined, ROLE)
        return View(
            path=fact.path,
            digest=fact.digest,
            camera=self._source.camera.id,
            language=self._language,
            zone=self._zone.key,
            size=(canvas.width, canvas.height),
            tool=self._encoder.tool(),
            filters=self._encoder.filters(),
            members=tuple(self._source.segments),
            parts=tuple(parts),
            redactions=len(self._redactions),
        )

    def _part(
        self, item: _Piece | _Gap, canvas: Size, out: Path, told: Callable[[int], None]
    ) -> ViewPart:
        """Make a piece or a card; return its facts, at the film's begin."""
        if isinstance(item, _Piece):
            try:
                if pictures := self._encoder.film(self._film(item), canvas, out, told):
                    return ViewPart(FILM, item.interval, ZERO, _length(item), pictures)
            except DataLoss:
                pass  # stated by the card, and in the manifest
            item = _Gap(item.interval, self._words.unreadable)
        pictures = self._encoder.card(self._card(item), canvas, out)
        return ViewPart(GAP, item.interval, ZERO, CARD, pictures, item.why)

    # -------------------------------------------------------------------- what is shown

    def _items(self) -> list[_Piece | _Gap]:
        """Return pieces and gaps by time."""
        items: list[_Piece | _Gap] = [*self._pieces(), *self._gaps()]
        if len(items) > MOST_PARTS:
            raise BadInput(
                f"a film for viewing of {self._source.camera.id} would have {len(items)} parts; "
                f"{MOST_PARTS} at most",
                hint="ask for less time",
            )
        return sorted(items, key=lambda one: one.interval.start)

    def _gaps(self) -> Iterator[_Gap]:
        for gap in self._source.missing():
            yield _Gap(gap.interval, self._said.reasons[gap.reason])
        asked = self._source.asked
        for before, after in pairwise(asked):
            yield _Gap(Interval(before.end, after.start), self._words.not_asked)

    def _pieces(self) -> Iterator[_Piece | _Gap]:
        """Yield pieces by stretch, and the time of segments whose pictures cannot be read."""
        for clip in clips(self._source.segments):
            stretch = clip.segments
            open_: list[_Shown] = []
            scale = stop = 1
            for number, segment in enumerate(stretch):
                try:
                    looked = self._look(segment, first=not number)
                except DataLoss:
                    if open_:
                        yield self._piece(stretch, open_, scale, stop)
                        open_ = []
                    yield _Gap(segment.interval, self._words.unreadable)
                    continue
                scale, stop = looked.timescale, looked.end_ticks
                for picture, ends in looked.pictures:
                    asked = self._is_asked(picture)
                    if asked:
                        open_.append(picture)
                    if open_ and (ends is not None or not asked):
                        at = picture.ticks if ends is None or not asked else ends
                        yield self._piece(stretch, open_, scale, at)
                        open_ = []
                if open_ and (number + 1 == len(stretch) or _lasts(open_) >= PIECE):
                    yield self._piece(stretch, open_, scale, stop)
                    open_ = []

    def _piece(
        self, stretch: Sequence[Segment], shown: Sequence[_Shown], timescale: int, stop: int
    ) -> _Piece:
        keys = [segment.key for segment in stretch]
        first = max(keys.index(shown[0].segment.key) - 1, 0)
        last = keys.index(shown[-1].segment.key)
        return _Piece(tuple(stretch[first : last + 1]), tuple(shown), timescale, stop)

    def _is_asked(self, picture: _Shown) -> bool:
        return any(picture.interval.overlaps(window) for window in self._source.asked)

    def _look(self, segment: Segment, *, first: bool) -> _Looked:
        """Look into the file of a segment; `first`: no segment plays on into this one."""
        with self._folder.opened(master_path(segment)) as file:
            layout = walk(file)
        samples = {sample.pts_ticks: sample for sample in layout.samples}
        times = sorted(pts for pts in samples if not first or pts >= layout.start_pts_ticks)
        begins = [begin_of(segment, layout, samples[pts]) for pts in times]
        ends = [*begins[1:], segment.interval.end]
        scale, found = layout.media.timescale, []
        for pts, begin, end in zip(times, begins, ends, strict=True):
            until, stop = max(end, begin + _LEAST), None
            for hole in self._source.holes.get(segment.key, ()):
                if begin < hole.start + Elapsed(hole.length.us // 2) < until:
                    until = max(hole.start, begin + _LEAST)
                    stop = pts + max((until - begin).us * scale // 1_000_000, 1)
            found.append((_Shown(segment, pts, Interval(begin, until)), stop))
        return _Looked(found, scale, layout.end_pts_ticks)

    # -------------------------------------------------------------------- what is written

    def _film(self, piece: _Piece) -> FilmPart:
        return FilmPart(
            files=tuple(self._path(segment) for segment in piece.segments),
            timescale=piece.timescale,
            pictures=tuple(TimedPicture(one.ticks, self._values(one)) for one in piece.pictures),
            end_ticks=piece.end_ticks,
            caption=self._caption(piece),
            covers=tuple(self._covers(piece)),
        )

    def _covers(self, piece: _Piece) -> Iterator[Cover]:
        for redaction in self._redactions:
            met = [
                number
                for number, picture in enumerate(piece.pictures)
                if picture.interval.overlaps(redaction.interval)
            ]
            for shape in redaction.shapes if met else ():
                yield Cover(met[0], met[-1], _shares(redaction, shape))

    def _values(self, picture: _Shown) -> tuple[str, ...]:
        at, clock = picture.interval.start, picture.segment.clock
        own = self._words.unknown
        if (offset := clock.offset) is not None:
            sign = "-" if offset.us < 0 else "+"
            own = f"{_local(at + offset, self._zone)} ({sign}{rounded(Elapsed(abs(offset.us)))})"
        recorded = f"{_local(at, self._zone)} ± {rounded(clock.uncertainty)}"
        return recorded, f"{at.to_datetime():%Y-%m-%d %H:%M:%S}.{_ms(at)}Z", own

    def _caption(self, piece: _Piece) -> Caption:
        words = self._words
        stated = piece.pictures[0].segment.clock.source is TimeSource.STATED
        covered = any(True for _ in self._covers(piece))
        return Caption(
            language=self._language,
            mark=words.mark,
            title=self._title,
            place=self._place,
            note=words.covered if covered else "",
            labels=(words.stated if stated else words.recorded, words.utc, words.clock),
        )

    def _card(self, gap: _Gap) -> CardPart:
        ends = gap.interval.start, gap.interval.end
        lines = (self._words.missing, *(_local(end, self._zone) for end in ends), gap.why)
        caption = Caption(
            self._language, self._words.mark, self._title, self._place, "", ("", "", "")
        )
        return CardPart(lines, CARD, caption)

    def _path(self, segment: Segment) -> Path:
        return self._folder.path_of(master_path(segment))


def _heads(items: Sequence[_Piece | _Gap]) -> Iterator[Segment]:
    """Yield the first segment of each piece: within a piece the size does not change."""
    for item in items:
        if isinstance(item, _Piece):
            yield item.segments[0]


def _after(told: Callable[[int], None], done: int) -> Callable[[int], None]:
    """Return what tells of bytes that come behind those done."""
    return lambda count: told(done + count)


def _length(piece: _Piece) -> Elapsed:
    ticks = piece.end_ticks - piece.pictures[0].ticks
    return Elapsed(ticks * 1_000_000 // piece.timescale)


def _lasts(shown: Sequence[_Shown]) -> Elapsed:
    return shown[-1].interval.end - shown[0].interval.start


def _shares(
    redaction: Redaction, shape: Sequence[tuple[int, int]]
) -> tuple[tuple[float, float], ...]:
    width, height = redaction.picture
    return tuple((x / width, y / height) for x, y in shape)


def _place(facts: StartFacts, source: Source) -> str:
    places = places_of(source)
    then = places[0][0] if places else source.camera
    site = facts.sites.get(then.site)
    return (
        f"{site.name} ({then.site}, {then.district})" if site else f"{then.site}, {then.district}"
    )


def _local(at: Instant, zone: ZoneInfo) -> str:
    moment = at.to_datetime().astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{_ms(at)} {moment.isoformat()[-len('+05:00') :]}"


def _ms(at: Instant) -> str:
    return f"{at.us // 1_000 % 1_000:03d}"
