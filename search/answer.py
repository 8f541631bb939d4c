"""Answer to a question, and the JSON form of the answer, which is a contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.stays import place_of_recording
from search.example import PictureExample

if TYPE_CHECKING:
    from footage.camera import Camera
    from footage.encoder import EncoderIdentity
    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant, Interval
    from footage.keyframe import Keyframe
    from footage.ports.vectors import PartScan
    from footage.segment import Segment
    from footage.stays import Stay, Windows
    from search.coverage import Coverage, Missing
    from search.cutoff import Band, Chance
    from search.example import Example
    from search.moments import Moment
    from search.query import Query
    from search.windowed import Asked


@dataclass(frozen=True, slots=True)
class RankedMoment:
    """A moment and its camera; `rank` is the place by score, from 1.

    Attributes:
        camera: The camera as the register knows it today.
        stored: The segment with the moment's best picture, which tells place and clock at the time
            of recording; None where a purge has just removed it.
        stay: The camera's stay at the time of recording, as the register knows.
    """

    rank: int
    moment: Moment
    camera: Camera
    stored: Segment | None
    stay: Stay | None = None

    @property
    def then(self) -> Camera:
        """The camera with its place at the time of recording."""
        return place_of_recording(self.camera, self.stay, self.stored)

    @property
    def moved(self) -> bool:
        """Whether the camera stands elsewhere today than at the time of recording."""
        then, now = self.then, self.camera
        return (then.site, then.place) != (now.site, now.place)

    @property
    def written_site(self) -> str:
        """The site written into the segment where another than the register says, else ""."""
        if self.stored is None or self.stored.site == self.then.site:
            return ""
        return self.stored.site

    @property
    def site_text(self) -> str:
        """The site where the moment was recorded, and today's where the camera was moved."""
        then, today = self.then.site, self.camera.site
        notes = [f"today {today}" if then != today else "moved within since"] if self.moved else []
        notes += [f"recording says {self.written_site}"] if self.written_site else []
        return f"{then} ({', '.join(notes)})" if notes else then

    @property
    def uncertainty_text(self) -> str:
        """By how much the moment's times may be off, "?" where not known any more."""
        if self.stored is None:
            return "?"
        return f"± {self.stored.clock.uncertainty.in_seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Plan of the scan for a question, and the time each step took.

    Attributes:
        rows: Number of best rows the vector index was asked for.
        cameras: Number of cameras that the scan was limited to; None without a limit.
        hits: Number of rows that came back.
        gone: Number of returned rows left out, whose segment is gone or whose camera is unknown.
        recall: Share of the ten best rows that such a scan is expected to find; None where the
            index did not measure.
        parts: Parts of the vector index that were scanned, and how; empty where not told.
        took: Steps in order, each with the time the step took.
    """

    rows: int
    cameras: int | None
    hits: int
    gone: int
    recall: float | None
    parts: tuple[PartScan, ...]
    took: tuple[tuple[str, Elapsed], ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Answer to a question: the moments found, the coverage and the method.

    Attributes:
        found: The moments shown, in the order asked for.
        asked: The cameras asked, each for the time in which it stood in the scope.
        exhaustive: Rows were compared, and none that may be searched was left out.
        looked_within: Most time from what is called searched to a picture that was looked at.
        cut_off: Least score of a moment that counts as found.
        below_cut: Number of moments that scored less and are not shown.
        beyond_limit: Number of moments that count as found but exceed the limit.
        scanned: Number of vectors compared.
        unreadable: Vector shards that could not be read; the vectors in such shards were not
            searched.
        entry: Number of the custody entry that announced this search (invariant 7).
        explanation: How the question was answered, for whoever asks.
        cameras: All cameras asked.
        chance: Scores that the text gets by chance; of no rows for a question with an example.
        unknown_words: Words of the text that the encoder never learned.
        newest: End of the newest footage of the cameras asked, told where nothing was found; None
            also where no footage exists or the catalogue would take long to tell.
        example: The stored keyframe that served as example; None where no stored keyframe did.
    """

    query: Query
    found: tuple[RankedMoment, ...]
    asked: Asked
    coverage: Coverage
    encoder: EncoderIdentity
    exhaustive: bool
    looked_within: Elapsed
    cut_off: float
    below_cut: int
    beyond_limit: int
    scanned: int
    unreadable: tuple[str, ...]
    entry: int
    explanation: Explanation
    cameras: tuple[Camera, ...]
    chance: Chance
    unknown_words: tuple[str, ...]
    newest: Instant | None
    example: Keyframe | None = None

    @property
    def names(self) -> dict[CameraId, str]:
        """Names of all cameras asked."""
        return {camera.id: camera.name for camera in self.cameras}

    @property
    def windows(self) -> Windows:
        """Time for which each camera was asked."""
        return self.asked.windows

    def shows_example(self, found: RankedMoment) -> bool:
        """Whether a moment is that of the stored keyframe which served as example."""
        example, moment = self.example, found.moment
        if example is None or example.camera != moment.camera:
            return False
        return any(example.instant in part for part in moment.parts)

    def band(self, found: RankedMoment) -> Band:
        """Return how far a moment's score lies above chance; always unjudged with an example."""
        return self.chance.band(found.moment.score)

    @property
    def method(self) -> str:
        """Method of comparing: "exhaustive", "approximate", or "none": nothing was compared."""
        if not self.scanned:
            return "none"
        return "exhaustive" if self.exhaustive else "approximate"


def to_json(answer: SearchAnswer, *, explain: bool = False) -> dict[str, object]:
    """Return the answer as values for JSON; the names are a contract and do not change.

    Args:
        answer: The answer.
        explain: Whether to add the explanation.
    """
    extra = {"explanation": _explanation(answer)} if explain else {}
    return {
        "query": {
            "text": answer.query.text,
            **_interval(answer.query.interval),
            "hours": str(answer.query.hours) if answer.query.hours else None,
            "limit": answer.query.limit,
            "sort": answer.query.sort.value,
            "example": _example(answer.query.example),
            "text_weight": answer.query.weighed,
        },
        "moments": [
            {
                "moment": f"{answer.entry}.{found.rank}",
                **_moment(found, answer.band(found)),
                "example": answer.shows_example(found),
            }
            for found in answer.found
        ],
        "coverage": {
            **_coverage(answer.coverage),
            **_asked(answer.asked),
            "looked_within_s": answer.looked_within.in_seconds,
        },
        "method": answer.method,
        "encoder": {
            "name": answer.encoder.name,
            "digest": answer.encoder.digest,
            "note": answer.encoder.note,
            "unfit": answer.encoder.unfit,
        },
        "unknown_words": list(answer.unknown_words),
        "cut_off": round(answer.cut_off, 6),
        "below_cut": answer.below_cut,
        "beyond_limit": answer.beyond_limit,
        "scanned": answer.scanned,
        "unreadable": list(answer.unreadable),
        "custody_entry": answer.entry,
        "newest_footage": str(answer.newest) if answer.newest else None,
        **extra,
    }


def _example(example: Example | None) -> dict[str, object] | None:
    if isinstance(example, PictureExample):
        return {"name": example.name, **example.facts}
    return example.facts if example else None


def _explanation(answer: SearchAnswer) -> dict[str, object]:
    told = answer.explanation
    return {
        "rows_asked": told.rows,
        "cameras": told.cameras,
        "hits": told.hits,
        "gone": told.gone,
        "recall": told.recall,
        "parts": [
            {
                "name": part.name,
                "rows": part.rows,
                "eligible": part.eligible,
                "method": part.method,
            }
            for part in told.parts
        ],
        "took_s": {step: took.in_seconds for step, took in told.took},
    }


def _moment(found: RankedMoment, band: Band) -> dict[str, object]:
    moment, row = found.moment, found.moment.best.row
    return {
        "rank": found.rank,
        "camera": found.camera.id,
        "camera_name": found.camera.name,
        "site": found.then.site,
        "recorded_at": _place(found.then) | {"written_site": found.written_site or None},
        "today": _place(found.camera),
        "moved": found.moved,
        "clock": _clock(found.stored) if found.stored else None,
        **_interval(moment.interval),
        "also": [_interval(part) for part in moment.also],
        "still": moment.still,
        "band": band.value,
        "best": {
            "instant": str(row.instant),
            "box": row.box.shares,
            "score": round(moment.score, 6),
        },
        "hits": moment.hits,
        # Name of a keyframe, from which `search.pictures` makes the picture.
        "thumbnail": f"{row.segment}#{row.offset}",
        "segment": row.segment,
    }


def _place(camera: Camera) -> dict[str, object]:
    return {
        "site": camera.site,
        "district": camera.district,
        "lat": camera.place.lat,
        "lon": camera.place.lon,
    }


def _clock(segment: Segment) -> dict[str, object]:
    """Uncertainty of a segment's times: the true start lies within the uncertainty."""
    clock = segment.clock
    return {
        "source": clock.source,
        "uncertainty_s": clock.uncertainty.in_seconds,
        "offset_s": None if clock.offset is None else clock.offset.in_seconds,
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "asked_s": coverage.asked.in_seconds,
        "recorded_s": coverage.recorded.in_seconds,
        "indexed_s": coverage.indexed.in_seconds,
        "searched_s": coverage.searched.in_seconds,
        "missing": [_missing(missing) for missing in coverage.missing],
    }


def _asked(asked: Asked) -> dict[str, object]:
    """Count the cameras asked, and list the usual windows and those of cameras asked for others."""
    windows = [{"camera": camera, **_interval(part)} for camera, part in asked.partly]
    return {
        "cameras": len(asked.windows),
        "windows": [_interval(part) for part in asked.usual],
        "partly": windows,
        "limited_to_grants": asked.limited,
    }


def _missing(missing: Missing) -> dict[str, object]:
    return {
        "camera": missing.camera,
        **_interval(missing.interval),
        "reason": missing.reason,
        "detail": missing.detail,
    }


def _interval(interval: Interval) -> dict[str, object]:
    return {"start": str(interval.start), "end": str(interval.end)}
