"""`footage ingest`: import recordings made by other systems."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from footage.errors import BadInput
from infra.cmds import ingest_options as opt
from infra.cmds.options import AsJson, Case, PurposeCode
from infra.cmds.output import counted, emit, local, printable, progress, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Purpose
    from footage.camera import Camera
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Interval
    from infra.cmds.ingest_expiry import Expiry
    from infra.cmds.ingest_report import Report
    from infra.wiring import Parts
    from recorder.imports.holding import HoldFirst
    from recorder.imports.intake import Intake, Outcome
    from recorder.imports.plan import ImportPlan

FAULTS = 1
INTERRUPTED = 130
_IMPORT = "import"
"""Purpose code of an import for a case, where none is given."""
_REASON = "recordings imported from outside"


def ingest(
    paths: opt.Paths,
    camera: opt.Camera = None,
    start: opt.Start = None,
    start_from: opt.StartFrom = "name",
    name: opt.Name = None,
    zone: opt.Zone = None,
    offset: opt.Offset = "",
    aliases: opt.Aliases = None,
    overlap: opt.Overlap = "0s",
    rate: opt.Rate = "",
    track: opt.Track = 1,
    again: opt.Again = False,
    rehash: opt.Rehash = False,
    keep_original: opt.KeepOriginal = False,
    hold: opt.HoldBy = "",
    case: Case = "",
    purpose: PurposeCode = "",
    dry_run: opt.DryRun = False,
    report: opt.ReportTo = None,
    as_json: AsJson = False,
) -> None:
    """Bring in recordings from outside.

    Pictures are copied, never coded again; a second import of the same files changes nothing. Each
    import is entered in the custody log. For evidence give --keep-original: what the segments
    cannot hold (more tracks, subtitles, positions, foreign sound) is in the file alone.

    Exit code 0: all files are kept, now or before; 1: some files are not, see the report; 4: the
    store went away, go on later.
    """
    from footage.asked_times import zone_of
    from footage.instant import Elapsed
    from footage.scope import Scope
    from infra.cmds.ingest_report import check_target
    from infra.wiring import wired
    from recorder.imports.cut import Cutting
    from recorder.imports.intake import Intake
    from recorder.imports.names import shown
    from recorder.imports.plan import plan_import

    check_target(report)
    with wired() as parts:
        city_zone = parts.settings.zone
        who = _purpose(parts, hold, case, purpose)
        scope = Scope.parse([camera] if camera else None)
        read_in = zone or zone_of(parts.register, scope, city_zone).key
        asked = opt.Asked(paths, camera, start, start_from, name, read_in, offset, aliases or ())
        rules = opt.rules(asked, parts.register, parts.clock.now())
        cutting = Cutting(
            parts.settings.recording.segment_length,
            rate,
            Elapsed.parse(overlap),
            track,
            parts.import_limits,
            keep_original,
        )
        again = again or start is not None  # a person names this file and its start
        holds = _hold_first(parts, hold, who) if hold and not dry_run else None
        intake = Intake(
            parts.importer,
            parts.import_ledger,
            cutting,
            purpose=who,
            again=again,
            rehash=rehash,
            hold_first=holds,
            dry=dry_run,
        )
        with progress("looking") as bar:
            ready, skips = intake.look(paths, rules, bar)
        if not ready and not any(skip.why.fault for skip in skips):
            raise BadInput(f"no video in {', '.join(map(shown, paths))}")
        planned = plan_import(ready, skips, again=again)
        if not dry_run:
            parts.in_force.settings(parts.settings)
        output = _Output(parts, report, read_in, as_json=as_json, held_by=hold if dry_run else "")
        cameras = {one.id: one for one in parts.register.cameras()}
        if start is not None and not dry_run:
            code = _one(intake, planned, cameras, output)
        else:
            code = _many(intake, planned, cameras, output, dry=dry_run)
    raise typer.Exit(code)


def _purpose(parts: "Parts", hold: str, case: str, code: str) -> "Purpose":
    """Who imports, for which case; checked before the work where a hold is to be placed.

    Raises:
        CaseRequired: A hold needs a case, and none is named.
        Refused: The actor may not act for the case.
    """
    from footage.action import Action, Purpose

    who = Purpose(parts.settings.actor, case, code or (_IMPORT if case else ""))
    if hold:
        parts.custody.require_admitted(who, Action.HOLD)
    return who


def _hold_first(parts: "Parts", authority: str, who: "Purpose") -> "HoldFirst":
    from recorder.imports.holding import HoldFirst

    def place(camera: "CameraId", interval: "Interval") -> "Hold":
        return parts.holds.place([camera], interval, authority, _REASON, who).hold

    return HoldFirst(place)


class _Output:
    """Output of a report: as text or JSON on standard output, and to a file if named.

    Args:
        parts: The parts of the product.
        target: File of the report; None for none.
        zone: Zone in which times without an offset were read, and are shown.
        as_json: Whether standard output gets JSON.
        held_by: On whose authority a dry run's import would be held.
    """

    def __init__(
        self, parts: "Parts", target: Path | None, zone: str, *, as_json: bool, held_by: str = ""
    ) -> None:
        self._parts, self._target, self.as_json = parts, target, as_json
        self._held_by = held_by
        self.zone = zone

    def __call__(self, result: "Report") -> None:
        from infra.cmds.ingest_report import show, write

        if self._target is not None:
            write(self._target, result)
        if self.as_json:
            emit({"zone": self.zone, **result.document})
        else:
            show(result, self.zone)

    def expiry(self) -> "Expiry":
        """When retention may delete what is stored, by the policies and holds of now."""
        from infra.cmds.ingest_expiry import Expiry

        parts = self._parts
        return Expiry(
            parts.policies(),
            parts.register.holds(),
            parts.clock.now(),
            self._held_by,
            stays=parts.register.stays(),
        )


def _many(
    intake: "Intake",
    planned: "ImportPlan",
    cameras: "Mapping[CameraId, Camera]",
    output: _Output,
    *,
    dry: bool,
) -> int:
    from infra.cmds.ingest_report import forecast, report
    from recorder.imports.intake import Outcome
    from recorder.imports.plan import Why

    outcomes: list[Outcome] = []
    interrupted = False
    try:
        with progress("reading" if dry else "importing") as bar:
            for outcome in intake.run(planned, cameras):
                outcomes.append(outcome)
                bar(len(outcomes), len(planned.takes) + len(planned.skips))
    except KeyboardInterrupt:  # nothing is lost: report how far the import came, as after any stop
        interrupted = True
        done = {outcome.path for outcome in outcomes}
        left = [one for one in planned.takes if one.path not in done]
        outcomes += [Outcome(one.path, Why.NOT_REACHED, ready=one) for one in left]
    why = "interrupted" if interrupted else str(intake.stopped or "")
    result = (forecast if dry else report)(outcomes, planned.overlaps, why, output.expiry())
    output(result)
    if interrupted:
        return INTERRUPTED
    if intake.stopped is not None:
        return intake.stopped.exit_code
    return FAULTS if result.totals["faults"] else 0


def _one(
    intake: "Intake",
    planned: "ImportPlan",
    cameras: "Mapping[CameraId, Camera]",
    output: _Output,
) -> int:
    """Import a single file with a given start; raise the file's fault as the command's error."""
    from infra.cmds.ingest_expiry import words
    from infra.cmds.ingest_report import original_facts
    from recorder.imports.names import shown

    (outcome,) = intake.run(planned, cameras)
    if outcome.error is not None:
        raise outcome.error
    if intake.stopped is not None:
        raise intake.stopped
    if not outcome.segments:
        why = ": ".join(filter(None, (str(outcome.why), outcome.detail)))
        raise BadInput(f"{shown(outcome.path.name)}: {why}")
    facts = output.expiry().facts(outcome.segments)
    if output.as_json:
        emit(
            {
                "camera": outcome.segments[0].camera,
                "start": _start(outcome, output.zone),
                "stored": outcome.stored,
                "segments": [segment.key for segment in outcome.segments],
                "notes": list(outcome.notes),
                "digest": str(outcome.ready.digest) if outcome.ready else "",
                **original_facts(outcome, dry=False),
                **facts,
            }
        )
    else:
        _print(outcome, output.zone)
        print(words(facts, output.zone))
    return 0


def _start(outcome: "Outcome", zone: str) -> dict[str, str] | None:
    """The stated start of a file as it was understood."""
    from zoneinfo import ZoneInfo

    from footage.asked_times import local_text

    if outcome.ready is None:
        return None
    at = outcome.ready.stated.start
    return {"zone": zone, "utc": str(at), "local": local_text(at, ZoneInfo(zone))}


def _print(outcome: "Outcome", zone: str) -> None:
    from infra.cmds.ingest_report import understood

    segments = outcome.segments
    first, last = segments[0], segments[-1].interval
    stored = sum(segment.size_bytes for segment in segments)
    print(
        f"{first.camera}: {counted(len(segments), 'segment')}, {size(stored)}, "
        f"{local(first.interval.start, zone)} to {local(last.end, zone)}; "
        f"{outcome.stored} newly stored"
    )
    if outcome.ready:
        print(f"start: {understood(str(outcome.ready.stated.start), zone)}")
    if outcome.ready and outcome.ready.digest:
        print(f"file: {printable(outcome.path.name)}, {outcome.ready.digest}")
    if kept := outcome.original:
        when = "stored" if kept.new else "stored before"
        much = size(kept.original.size_bytes)
        print(f"original: {when}, {much}, {kept.original.digest}, {kept.original.key}")
    for note in outcome.notes:
        print(f"note: {note}")
