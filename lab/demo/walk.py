"""The demo's steps, on the product's real parts: record, import, search, export, hold, expire."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from footage.access import Grant, Role, person_id
from footage.action import Action, Deed, Purpose
from footage.camera_timeline import camera_timeline, explained
from footage.clock import SimulatedClock
from footage.custody import bracket
from footage.errors import FootageError
from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval
from footage.scope import Scope
from infra.config.policy_file import parse_policies
from infra.run.key_ceremony import make_keys
from infra.run.ledger_upkeep import drained
from lab.demo import stage
from lab.demo.score import FoundMoment, RankedAnswer, Sought, rank_answer, sought_of
from lab.scenes import stamp
from search.query import Query
from search.sheet import contact_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from evidence.absence import AbsenceReport
    from evidence.export import ExportReport
    from footage.span import Timeline
    from infra.wiring import Parts
    from lab.demo.films import Films
    from retention.plan import RetentionPlan
    from retention.report import PurgeReport

    Progress = Callable[[int, int], None]

CASE: Final = Purpose("demo", case="DEMO-1", code="demonstration")
OLD: Final = Elapsed.parse("40d")
POLICIES: Final = '[[policy]]\nname = "city"\nkeep = "30d"\n'
_STAMPS: Final = 5
_MARGIN: Final = Elapsed.parse("2s")
_REAL: Final = ("car-detection.mp4", "one-by-one-person-detection.mp4")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recording of a camera that plays a film.

    Attributes:
        zero: Wall time of the film's media time 0, read from the stamps burned into the pictures.
        spread: Largest disagreement between the stamps and the stored times.
    """

    camera: CameraId
    interval: Interval
    zero: Instant
    spread: Elapsed


def record(parts: Parts, length: Elapsed, progress: Progress) -> None:
    """Record the six cameras of the demo for `length`; report stored segments to `progress`."""
    cameras = [parts.register.camera(camera) for camera in stage.CAMERAS]
    stored = 0
    expected = len(cameras) * (length.us // Elapsed.parse(stage.SEGMENT_LENGTH).us + 1)

    def told(event: object) -> None:
        nonlocal stored
        if getattr(event, "segment", None) is not None:
            stored += 1
            progress(min(stored, expected), expected)

    parts.recorder(told).record(cameras, length)


def import_old(parts: Parts, films: Films) -> list[CameraId]:
    """Import films as recordings of 40 days ago, imported then: older than the policy keeps."""
    start = parts.clock.now() - OLD
    importer = parts.importer_by(SimulatedClock(start))
    for camera, film in zip(stage.OLD_CAMERAS, films.files.values(), strict=False):
        importer.ingest(film, parts.register.camera(camera), start, length=_segment())
    return list(stage.OLD_CAMERAS)


def import_real(parts: Parts, clips: Path) -> list[str]:
    """Import real clips from the folder `clips` where present; return the names of the files."""
    taken = []
    for camera, name in zip(stage.REAL_CAMERAS, _REAL, strict=True):
        path = clips / name
        if path.is_file():
            start = parts.clock.now() - Elapsed.parse("1h")
            parts.importer.ingest(path, parts.register.camera(camera), start, length=_segment())
            taken.append(name)
    return taken


def _segment() -> Elapsed:
    return Elapsed.parse(stage.SEGMENT_LENGTH)


def recorded(parts: Parts) -> list[Recorded]:
    """Return the recording of each of the six cameras, timed by the stamps in the pictures."""
    deed = Deed(Action.VIEW, CASE, {"cameras": list(stage.CAMERAS), "why": "read the stamps"})
    with bracket(parts.custody, deed) as act:
        found = [_recorded(parts, camera) for camera in stage.CAMERAS]
        act.result = {"cameras": len(found)}
    return found


def _recorded(parts: Parts, camera: CameraId) -> Recorded:
    segments = list(parts.catalogue.segments(Scope(cameras=frozenset([camera]))))
    if not segments:
        raise FootageError(f"nothing was recorded of {camera}")
    whole = Interval(segments[0].interval.start, segments[-1].interval.end)
    keyframes = list(parts.catalogue.keyframes([camera], whole))[:_STAMPS]
    zeros = []
    for keyframe in keyframes:
        picture = parts.pictures.picture(keyframe.segment, keyframe.offset)
        rows = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
        zeros.append((keyframe.instant - Elapsed(stamp.read(rows) * 1000)).us)
    zero = Instant(int(median(zeros)))
    return Recorded(camera, whole, zero, Elapsed(max(abs(z - zero.us) for z in zeros)))


def questions(films: Films, recordings: Sequence[Recorded], parts: Parts) -> list[Sought]:
    """Return the ten questions, each limited to a site and a time window."""
    truth: Mapping[str, list[Mapping[str, object]]] = json.loads(films.truth.read_text("utf-8"))
    zeros = {recording.camera: recording.zero for recording in recordings}
    cameras = {camera: parts.register.camera(camera) for camera in stage.CAMERAS}
    return [
        sought_of(planted, cameras[camera].site, camera, zeros[camera])
        for planted in truth["planted"]
        for camera in [CameraId(str(planted["camera"]))]
    ]


def ask(parts: Parts, sought: Sought) -> RankedAnswer:
    """Search for a planted appearance and judge the answer against the truth."""
    query = Query(sought.text, sought.window, Scope(sites=frozenset([sought.site])), limit=10)
    answer = parts.search.search(query, CASE)
    found = [
        FoundMoment(
            item.camera.id,
            item.moment.interval,
            item.moment.best.row.instant,
            item.moment.score,
        )
        for item in answer.found
    ]
    return rank_answer(sought, found)


def draw(parts: Parts, text: str, interval: Interval, out: Path) -> None:
    """Search all six cameras for `text` and write the contact sheet to `out`."""
    query = Query(text, interval, Scope(cameras=frozenset(stage.CAMERAS)), limit=9)
    answer = parts.search.search(query, CASE, sheet=True)
    zone = ZoneInfo(parts.settings.zone)
    (page,) = contact_sheet(answer, parts.pictures, zone, CASE, parts.clock.now())
    out.write_bytes(page)


def export(parts: Parts, verdict: RankedAnswer, out: Path) -> ExportReport:
    """Export the best moment of an answer, with 2 s before and after, to the folder `out`."""
    moment = verdict.found[0]
    around = Interval(moment.interval.start - _MARGIN, moment.interval.end + _MARGIN)
    stored = parts.catalogue.segments(Scope(cameras=frozenset([moment.camera])))
    within = [part for s in stored if (part := around.clip(s.interval))]
    exported = Interval(within[0].start, within[-1].end)
    return parts.exporter.export(
        *([moment.camera], exported, out, CASE),
        derived=True,
        entered=lambda: parts.custody_tree().round(at_once=True),
    )


def begin_ledger(parts: Parts) -> Instant:
    """Make the ledger's keys and sign a first checkpoint; return when that was signed."""
    if not parts.ledger_keys.sets():
        make_keys(parts, CASE, first=True)
    commit(parts)
    signed_at = parts.ledger.state().signed_at
    if signed_at is None:
        raise FootageError("no checkpoint of the ledger could be signed")
    return signed_at


def commit(parts: Parts) -> None:
    """Have the ledger cover all that is stored."""
    if trouble := drained(parts):
        raise FootageError(trouble)
    parts.ledger_keeper().round(at_once=True)


def certify(parts: Parts, recording: Recorded, since: Instant, out: Path) -> AbsenceReport:
    """Certify what a camera has and has not of the time since the first checkpoint was signed."""
    asked = Interval(since, recording.interval.end)
    return parts.absence.certify([recording.camera], asked, out, CASE)


def let_in(parts: Parts) -> tuple[str, str]:
    """Add a person who has every role; return account name and password."""
    password = secrets.token_urlsafe(12)
    grants = [Grant(role) for role in Role]
    added = parts.people.add(person_id("demo"), "Demonstration", grants, password, CASE)
    return added.id, password


def hold_old(parts: Parts) -> str:
    """Hold the first of the two old recordings; return a sentence for people about the hold."""
    now = parts.clock.now()
    seen = parts.guarantees.seen() or parts.guarantees.renew()
    placed = parts.holds.place(
        [stage.OLD_CAMERAS[0]],
        Interval(now - OLD - Elapsed.parse("1h"), now - OLD + Elapsed.parse("1h")),
        "Sessions Court, order 14/2026",
        "evidence in a pending case",
        CASE,
    )
    strength = seen.guarantees.hold_strength.value
    return f"{placed.hold.id} holds {placed.segments} segments, kept by: {strength}"


def expire(parts: Parts) -> tuple[RetentionPlan, PurgeReport]:
    """Plan retention by the demo's policy of 30 days, and apply the plan."""
    (parts.home / "policies.toml").write_text(POLICIES, encoding="utf-8")
    policies = parse_policies(POLICIES, "the demo's policies")
    plan, _ = parts.retention.plan(policies)
    return plan, parts.purge.apply(plan, policies, CASE)


def timeline_of(parts: Parts, camera: CameraId) -> Timeline:
    """Return the timeline of a camera around the recording of 40 days ago."""
    now = parts.clock.now()
    window = Interval(now - OLD - Elapsed.parse("10m"), now - OLD + Elapsed.parse("10m"))
    line = camera_timeline(parts.catalogue, camera, window)
    return explained(line, parts.catalogue, parts.store, parts.register, now)
