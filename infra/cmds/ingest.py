"""`footage ingest`: import recordings made by other systems."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from footage.errors import BadInput
from infra.cmds import ingest_options as opt
from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, progress, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.camera import Camera
    from footage.ids import CameraId
    from infra.cmds.ingest_report import Report
    from recorder.imports.intake import Intake, Outcome
    from recorder.imports.plan import ImportPlan

FAULTS = 1
INTERRUPTED = 130


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
    dry_run: opt.DryRun = False,
    report: opt.ReportTo = None,
    as_json: AsJson = False,
) -> None:
    """Bring in recordings from outside.

    Pictures are copied, never coded again; a second import of the same files changes nothing. Exit
    code 0: all files are kept, now or before; 1: some files are not, see the report; 4: the store
    went away, go on later.
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
        )
        again = again or start is not None  # a person names this file and its start
        intake = Intake(parts.importer, parts.import_ledger, cutting, again=again, rehash=rehash)
        with progress("looking") as bar:
            ready, skips = intake.look(paths, rules, bar)
        if not ready and not any(skip.why.fault for skip in skips):
            raise BadInput(f"no video in {', '.join(map(shown, paths))}")
        planned = plan_import(ready, skips, again=again)
        cameras = {one.id: one for one in parts.register.cameras()}
        if dry_run:
            code = _forecast(planned, again=again, output=_Output(city_zone, report, as_json))
        elif start is not None:
            code = _one(intake, planned, cameras, city_zone, as_json=as_json)
        else:
            code = _many(intake, planned, cameras, _Output(city_zone, report, as_json))
    raise typer.Exit(code)


class _Output:
    """Output of a report: as text or JSON on standard output, and to a file if named."""

    def __init__(self, zone: str, target: Path | None, as_json: bool) -> None:
        self._zone, self._target, self._as_json = zone, target, as_json

    def __call__(self, result: "Report") -> None:
        from infra.cmds.ingest_report import show, write

        if self._target is not None:
            write(self._target, result)
        if self._as_json:
            emit(result.document)
        else:
            show(result, self._zone)


def _forecast(planned: "ImportPlan", *, again: bool, output: _Output) -> int:
    from infra.cmds.ingest_report import forecast

    result = forecast(planned, again=again)
    output(result)
    return FAULTS if result.totals["faults"] else 0


def _many(
    intake: "Intake", planned: "ImportPlan", cameras: "Mapping[CameraId, Camera]", output: _Output
) -> int:
    from infra.cmds.ingest_report import report
    from recorder.imports.intake import Outcome
    from recorder.imports.plan import Why

    outcomes: list[Outcome] = []
    interrupted = False
    try:
        with progress("importing") as bar:
            for outcome in intake.run(planned, cameras):
                outcomes.append(outcome)
                bar(len(outcomes), len(planned.takes) + len(planned.skips))
    except KeyboardInterrupt:  # nothing is lost: report how far the import came, as after any stop
        interrupted = True
        done = {outcome.path for outcome in outcomes}
        left = [one for one in planned.takes if one.path not in done]
        outcomes += [Outcome(one.path, Why.NOT_REACHED, ready=one) for one in left]
    why = "interrupted" if interrupted else str(intake.stopped or "")
    result = report(outcomes, planned.overlaps, why)
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
    zone: str,
    *,
    as_json: bool,
) -> int:
    """Import a single file with a given start; raise the file's fault as the command's error."""
    from recorder.imports.names import shown

    (outcome,) = intake.run(planned, cameras)
    if outcome.error is not None:
        raise outcome.error
    if not outcome.segments:
        why = ": ".join(filter(None, (str(outcome.why), outcome.detail)))
        raise BadInput(f"{shown(outcome.path.name)}: {why}")
    if as_json:
        emit(
            {
                "camera": outcome.segments[0].camera,
                "stored": outcome.stored,
                "segments": [segment.key for segment in outcome.segments],
                "notes": list(outcome.notes),
            }
        )
    else:
        _print(outcome, zone)
    return 0


def _print(outcome: "Outcome", zone: str) -> None:
    segments = outcome.segments
    first, last = segments[0], segments[-1].interval
    stored = sum(segment.size_bytes for segment in segments)
    print(
        f"{first.camera}: {len(segments)} segments, {size(stored)}, "
        f"{local(first.interval.start, zone)} to {local(last.end, zone)}; "
        f"{outcome.stored} newly stored"
    )
    for note in outcome.notes:
        print(f"note: {note}")
