"""Statements of an export bundle: `MANIFEST.json` and the documents beside. Pure.

Delivered time and gaps of a camera tile the time requested (invariant 5), so a reader can add both
up. Nothing here is measured at export: digests, times and gaps were recorded together with the
footage, and `limitations` says what no bundle can show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from evidence.redaction import digest_of, redactions_document
from footage.camera_signature import continuity
from footage.hold import covering
from footage.instant import Interval
from footage.scope import EVERYWHERE, Scope
from footage.span import JOIN_TOLERANCE, Gap, GapReason, Span, tile
from footage.stays import place_of_recording, stay_at, stays_within
from footage.unscheduled import unscheduled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evidence.clips import Clip
    from evidence.custody import Head
    from evidence.imports import ImportFact
    from evidence.redaction import Redaction
    from evidence.stills import NoStill, Still
    from evidence.views import View
    from footage.action import Purpose
    from footage.camera import Camera
    from footage.case import CaseDocument
    from footage.digest import Digest
    from footage.hold import Hold
    from footage.ids import SegmentKey
    from footage.instant import Elapsed, Instant
    from footage.originals import Original
    from footage.segment import Segment, TimeSource
    from footage.span import Timeline
    from footage.stays import Stay

SCHEMA: Final = "footage.bundle/1"
MASTER: Final = "master"
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")

HOLE: Final = "the stored segment holds no picture of this time"

_RECORDED: Final = (
    "The footage is what the recorder received and wrote. What happened inside the camera, or on "
    "the way from it to the recorder, is not covered."
)
_IMPORTED: Final = (
    "Footage named under imports was not recorded by this system: it was cut from files that "
    "someone brought, pictures copied unchanged into new files. That it shows the camera, place "
    "and time stated is the statement of who is named there, and nothing in this bundle proves it."
)
_WHOLE: Final = (
    "Master files hold whole stored segments: they begin before and end after the time asked."
)
_TIMES: Final = (
    "Times are the recorder's, of imported footage those stated, with the stated uncertainty; "
    "nothing was corrected in the files."
)
_CLIPS: Final = (
    "Clips are derived, for playing: the coded pictures and sound of the master files named, byte "
    "for byte, with media time from 0. The master files are what was recorded."
)
_STILLS: Final = (
    "Stills are derived, for looking at: single pictures decoded from the master files named, at "
    "the media time stated."
)
_VIEWS: Final = (
    "Films in view are derived, for viewing: pictures of the time asked for, decoded from the "
    "master files named, coded again with loss, without sound, and with the times stated of these "
    "files written below. Nothing here proves that they show what the master files show."
)
_REDACTED: Final = (
    "Parts of pictures are filled in the films in view, as listed under redactions. The stored "
    "footage was not changed."
)
_ALONE: Final = (
    "The recorded files are left out of this bundle on purpose: of them it has digests, times and "
    "proofs alone. It is not complete without them."
)
_SIGNED: Final = (
    "The signature over MANIFEST.json is by the key of the installation that made the bundle. "
    "Whose key that is, nothing in the bundle proves: compare the fingerprint of the certificate "
    "with the one noted elsewhere."
)
_UNSIGNED: Final = (
    "This bundle is not signed and carries no time stamp of a third party: whoever could "
    "rewrite all of it could rewrite the checksums too. Compare the digest of MANIFEST.json "
    "with the one noted when it was handed over."
)

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of the bundle; `path` is relative, with "/" between the parts."""

    path: str
    size_bytes: int
    digest: Digest
    role: str


@dataclass(frozen=True, slots=True)
class Source:
    """A camera's contribution to the bundle: segments and gaps.

    Attributes:
        asked: The time asked for of this camera, in order and apart: all of the interval asked for,
            or the parts in which the camera stood at the places asked for.
        segments: Whole segments that overlap the time asked for, by start.
        gaps: Recorded gaps, whether inside that time or not.
        stays: Where the camera stood, in order.
        holes: Holes that the bytes of segments show (`footage.holes`), by segment.
        signed: Kind of camera signatures that the recorder, or the export, saw in the bytes of
            segments, by segment.
        since: Begin of the camera's recording; None where no recorder told of the camera.
    """

    camera: Camera
    asked: tuple[Interval, ...]
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    stays: tuple[Stay, ...] = ()
    holes: Mapping[SegmentKey, Sequence[Interval]] = field(default_factory=dict)
    since: Instant | None = None
    signed: Mapping[SegmentKey, str] = field(default_factory=dict)

    def timelines(self) -> list[Timeline]:
        """Tile each part of the time asked for with the camera's spans and gaps (invariant 5)."""
        return [self._timeline(window) for window in self.asked]

    def missing(self) -> list[Gap]:
        """Return the gaps in the time asked for, by start."""
        return [gap for line in self.timelines() for gap in line.gaps]

    def _timeline(self, window: Interval) -> Timeline:
        pieces = [
            Span(segment.camera, piece, 1, segment.run)
            for segment in self.segments
            for piece in segment.interval.less(self.holes.get(segment.key, ()))
        ]
        inside = [
            Gap(self.camera.id, hole, GapReason.NO_PICTURES, HOLE)
            for segment in self.segments
            for hole in self.holes.get(segment.key, ())
        ]
        line = tile(self.camera.id, window, pieces, [*self.gaps, *inside])
        since = {} if self.since is None else {self.camera.id: self.since}
        return replace(line, gaps=tuple(unscheduled(line.gaps, since)))


@dataclass(frozen=True, slots=True)
class ClockFact:
    """Summary of the clock readings of a camera's segments.

    Attributes:
        sources: Sources of the segments' wall times.
        offsets: Least and greatest offset of the camera's clock; None where no segment has one.
        known: Number of segments with an offset.
        uncertainty: The largest uncertainty of a segment.
    """

    sources: frozenset[TimeSource]
    offsets: tuple[Elapsed, Elapsed] | None
    known: int
    uncertainty: Elapsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """All facts a manifest is made from.

    Attributes:
        places: Sites, districts or a circle asked for; EVERYWHERE for cameras alone.
        custody: Number of the export's intent in the custody log, and the log's head after that
            entry.
        imports: Files from which imported segments were cut.
        ledger: What the ledger proves of the segments; None where there is no checkpoint.
        custody_tree: What checkpoints of the custody log prove of its entries here; None for none.
        crypto: Who signs the manifest, or why nobody does.
        clips: Films derived from the segments.
        stills: Pictures derived from the segments.
        no_stills: Pictures that could not be made.
        report: What is said of the report; None where the bundle has no report.
        addressed: `recipient`, `recipient_kind` and `authority`, as far as somebody said.
        documents: The authority documents of the case.
        views: Films for viewing.
        redactions: Parts of pictures that are filled in these films.
        views_alone: Whether the bundle holds no recorded pictures but these films.
    """

    bundle_id: str
    created: Instant
    software_version: str
    purpose: Purpose
    interval: Interval
    sources: tuple[Source, ...]
    holds: tuple[Hold, ...]
    custody: tuple[int, Head]
    imports: tuple[ImportFact, ...] = ()
    places: Scope = EVERYWHERE
    ledger: Json | None = None
    custody_tree: Json | None = None
    crypto: Json = field(default_factory=lambda: {"signers": []})
    clips: tuple[Clip, ...] = ()
    stills: tuple[Still, ...] = ()
    no_stills: tuple[NoStill, ...] = ()
    report: Json | None = None
    addressed: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[CaseDocument, ...] = ()
    views: tuple[View, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    views_alone: bool = False

    def gaps(self) -> list[Gap]:
        """Return the gaps in the time asked for, by camera and start."""
        return [gap for source in self.sources for gap in source.missing()]

    def with_seen(
        self, holes: Mapping[SegmentKey, Sequence[Interval]], signed: Mapping[SegmentKey, str]
    ) -> Statement:
        """Return the statement with holes and signatures as seen in the bytes of the segments."""
        seen = tuple(replace(one, holes=holes, signed=signed) for one in self.sources)
        return replace(self, sources=seen)

    def segments(self) -> list[Segment]:
        """Return all segments of all cameras, by camera and start."""
        return [segment for source in self.sources for segment in source.segments]


def master_path(segment: Segment) -> str:
    """Return a segment's path in the bundle."""
    return f"{MASTER}/{segment.key}"


def original_path(original: Original) -> str:
    """Return the path in the bundle of an original file: its key, with the file's extension."""
    ending = _EXTENSION.search(original.name)
    return f"{original.key}{ending[0] if ending else ''}"


def manifest(statement: Statement, files: Iterable[FileFact]) -> Json:
    """Make the manifest; `files` are all files but the manifest and SHA256SUMS."""
    intent, head = statement.custody
    return {
        "schema": SCHEMA,
        "bundle_id": statement.bundle_id,
        "created": statement.created,
        "case": {"ref": statement.purpose.case, **_documents(statement)},
        "request": {
            "by": statement.purpose.actor,
            "purpose_code": statement.purpose.code,
            "interval": _interval(statement.interval),
            "cameras": [source.camera.id for source in statement.sources],
            **({"places": places} if (places := statement.places.places()) else {}),
            **statement.addressed,
        },
        "produced_by": {
            "operator": statement.purpose.actor,
            "software": "footage",
            "version": statement.software_version,
        },
        "files": [_file(fact) for fact in sorted(files, key=lambda fact: fact.path)],
        "sources": [_source(source, statement.holds) for source in statement.sources],
        "intervals": [
            _delivered(source, line) for source in statement.sources for line in source.timelines()
        ],
        "join_tolerance_us": JOIN_TOLERANCE.us,
        "imports": [one.document() for one in statement.imports],
        "gaps": gaps_document(statement),
        "clock": clock_document(statement),
        "custody": {"intent": intent, "count": head.count, "head": head.hash},
        **({} if statement.ledger is None else {"ledger": statement.ledger}),
        **({} if statement.custody_tree is None else {"custody_tree": statement.custody_tree}),
        **({"clips": [one.document() for one in statement.clips]} if statement.clips else {}),
        **_stills(statement),
        **_views(statement),
        **({} if statement.report is None else {"report": statement.report}),
        "crypto": {"hash": "sha256", **statement.crypto},
        "limitations": limitations(statement),
    }


def _documents(statement: Statement) -> Json:
    told = [one.document() for one in statement.documents]
    return {"authority_documents": told} if told else {}


def _stills(statement: Statement) -> Json:
    made = [one.document() for one in statement.stills]
    absent = [one.document() for one in statement.no_stills]
    return {**({"stills": made} if made else {}), **({"no_stills": absent} if absent else {})}


def _views(statement: Statement) -> Json:
    if not statement.views:
        return {}
    made: Json = {"views": [one.document() for one in statement.views]}
    if statement.redactions:
        listed = redactions_document(statement.redactions)["redactions"]
        made["redactions"] = {"sha256": digest_of(statement.redactions).hex, "list": listed}
    if statement.views_alone:
        made["views_alone"] = True
    return made


def limitations(statement: Statement) -> list[str]:
    """Return sentences of what the bundle cannot show; never empty."""
    imported = {segment.key for one in statement.imports for segment in one.segments}
    recorded = any(segment.key not in imported for segment in statement.segments())
    said = [_RECORDED] if recorded or not imported else []
    said += [_IMPORTED] if imported else []
    said += [_CLIPS] if statement.clips else []
    said += [_STILLS] if statement.stills else []
    said += [_VIEWS] if statement.views else []
    said += [_REDACTED] if statement.redactions else []
    said += [_ALONE] if statement.views_alone else [_WHOLE]
    return [*said, _TIMES, _SIGNED if statement.crypto["signers"] else _UNSIGNED]


def gaps_document(statement: Statement) -> list[Json]:
    """List the gaps in the time asked for, with reason and detail."""
    return [
        {
            "camera": gap.camera,
            **_interval(gap.interval),
            "reason": gap.reason,
            "detail": gap.detail,
        }
        for gap in statement.gaps()
    ]


def clock_document(statement: Statement) -> list[Json]:
    """List for each camera the sources of time, clock offsets and the largest uncertainty."""
    return [_clock(source) for source in statement.sources if source.segments]


def sums(files: Iterable[FileFact]) -> str:
    """Write SHA256SUMS in the format of coreutils."""
    ordered = sorted(files, key=lambda fact: fact.path)
    return "".join(f"{fact.digest.hex}  {fact.path}\n" for fact in ordered)


def _interval(interval: Interval) -> Json:
    return {"start": interval.start, "end": interval.end}


def _file(fact: FileFact) -> Json:
    return {
        "path": fact.path,
        "size": fact.size_bytes,
        "sha256": fact.digest.hex,
        "role": fact.role,
    }


def _source(source: Source, holds: Sequence[Hold]) -> Json:
    camera, places = source.camera, places_of(source)
    return {  # never camera.source: it may hold a password
        "camera": camera.id,
        "name": camera.name,
        **place_document(places[0][0] if places else camera),
        "places": [
            {
                **place_document(then),
                "written_site": None if then.site == segments[0].site else segments[0].site,
                **_interval(_whole(segments)),
            }
            for then, segments in places
        ],
        "today": place_document(camera),
        **_camera_signed(source),
        "segments": [
            {
                **_segment(segment, holds, source.holes.get(segment.key, ())),
                **({"camera_signed": kind} if (kind := source.signed.get(segment.key)) else {}),
            }
            for segment in source.segments
        ],
    }


def _camera_signed(source: Source) -> Json:
    if not source.signed:
        return {}
    kind, told = continuity(source.signed.get(segment.key, "") for segment in source.segments)
    return {"camera_signed": kind, "sei_check": told}


def places_of(source: Source) -> list[tuple[Camera, list[Segment]]]:
    """Return the camera's places in order, each with the segments recorded at that place."""
    found: list[tuple[Camera, list[Segment]]] = []
    for segment in source.segments:
        stay = stay_at(source.stays, segment.interval.start) if source.stays else None
        then = place_of_recording(source.camera, stay, segment)
        if found and found[-1][0] == then and found[-1][1][-1].site == segment.site:
            found[-1][1].append(segment)
        else:
            found.append((then, [segment]))
    return found


def _whole(segments: Sequence[Segment]) -> Interval:
    end = max(segment.interval.end for segment in segments)
    return Interval(segments[0].interval.start, end)


def place_document(camera: Camera) -> Json:
    """Return site, district and coordinates of a camera."""
    return {
        "site": camera.site,
        "district": camera.district,
        "lat": str(camera.place.lat),
        "lon": str(camera.place.lon),
    }


def _segment(segment: Segment, holds: Sequence[Hold], holes: Sequence[Interval]) -> Json:
    media, clock = segment.media, segment.clock
    return {
        "object_key": segment.key,
        "size": segment.size_bytes,
        "sha256": segment.digest.hex,
        **_interval(segment.interval),
        "run": segment.run,
        "sequence": segment.sequence,
        "codec": media.codec,
        "width": media.width,
        "height": media.height,
        "frames": media.samples,
        "time_source": clock.source,
        "clock_offset_us": None if clock.offset is None else clock.offset.us,
        "clock_uncertainty_us": clock.uncertainty.us,
        "retention_class": segment.retention_class,
        "damage": segment.damage,
        "holes": [_interval(hole) for hole in holes],
        "holds": [hold.id for hold in covering(holds, segment)],
    }


def _delivered(source: Source, line: Timeline) -> Json:
    return {
        "camera": source.camera.id,
        "requested": _interval(line.window),
        "stood": [
            {
                **place_document(stay.camera_then(source.camera)),
                **_interval(part),
                "sure": stay.sure,
            }
            for stay, part in (stays_within(source.stays, line.window) if source.stays else ())
        ],
        "delivered": [_interval(span.interval) for span in line.spans],
        "why_wider": "master files are whole segments",
    }


def clock_fact(source: Source) -> ClockFact:
    """Sum up the clock readings of a camera's segments; there is at least one segment."""
    readings = [segment.clock for segment in source.segments]
    offsets = [reading.offset for reading in readings if reading.offset is not None]
    return ClockFact(
        sources=frozenset(reading.source for reading in readings),
        offsets=(min(offsets), max(offsets)) if offsets else None,
        known=len(offsets),
        uncertainty=max(reading.uncertainty for reading in readings),
    )


def _clock(source: Source) -> Json:
    fact = clock_fact(source)
    least_greatest = fact.offsets and {
        "least": fact.offsets[0].us,
        "greatest": fact.offsets[1].us,
    }
    return {
        "camera": source.camera.id,
        "time_sources": set(fact.sources),
        "offset_us": least_greatest,
        "offset_known_of_segments": fact.known,
        "uncertainty_us": fact.uncertainty.us,
        "applied": False,
    }
