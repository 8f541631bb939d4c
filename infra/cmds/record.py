"""`footage record`: record cameras; `footage run`: record, index and apply retention."""

from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import BadInput
from footage.instant import Elapsed
from footage.scope import Scope
from infra.cmds.options import Cameras, Districts, Near, Sites
from infra.cmds.output import length, size, table

if TYPE_CHECKING:
    from infra.wiring import Parts
    from recorder.options import Summary

For = Annotated[
    str | None,
    typer.Option("--for", metavar="DURATION", help="Stop after, e.g. 60s; else on Ctrl-C."),
]


def record(
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    for_: For = None,
) -> None:
    """Record cameras.

    All cameras that have a source, or the named cameras; ends cleanly on SIGTERM or Ctrl-C. Events
    are logged to standard error, readable on a terminal, else one JSON object a line; metrics and
    status are served at `[recording] listen`. Exit code 4 when nothing was recorded.
    """
    from infra.cmds.doctor_access import closed_paths
    from infra.host.private import warn_if_open
    from infra.node.telemetry import telemetry_of
    from infra.run.ledger_upkeep import ledger_kept, ledger_lag
    from infra.run.mark_upkeep import marks_kept
    from infra.run.order_times import order_times
    from infra.wiring import wired

    with wired() as parts:
        within = Scope.parse(cameras, sites, districts, near)
        _check(parts, within, named=bool(cameras))
        until = Elapsed.parse(for_) if for_ else None
        with telemetry_of(parts.settings, parts.home, parts.clock) as telemetry:
            warn_if_open(closed_paths(parts))
            telemetry.ledger = ledger_lag(parts)
            telemetry.orders = order_times(parts)
            recorder, keeper = parts.shared_recorder(within, telemetry)
            with ledger_kept(parts), marks_kept(parts):
                summary = recorder.record(keeper, until)
        report(summary)
        if not any(camera.segments for camera in summary.cameras.values()):
            raise typer.Exit(4)


def run(for_: For = None) -> None:
    """Record, index and apply retention daily.

    All on this machine, in one process; ends cleanly on SIGTERM or Ctrl-C. Logs, metrics and
    status as with `footage record`. Where no camera has a source, imported footage is indexed and
    kept as the policies say.
    """
    from infra.cmds.doctor_access import closed_paths
    from infra.host.private import warn_if_open
    from infra.node.telemetry import telemetry_of
    from infra.run.standalone import run_all
    from infra.wiring import wired

    with wired() as parts:
        cameras = parts.register.cameras()
        if not cameras:
            raise BadInput("no camera", hint="footage cameras add ID")
        if not any(camera.source for camera in cameras):
            print("no camera has a source: nothing is recorded, imported footage is looked after")
        parts.in_force.settings(parts.settings)
        until = Elapsed.parse(for_) if for_ else None
        with telemetry_of(parts.settings, parts.home, parts.clock) as telemetry:
            warn_if_open(closed_paths(parts))
            summary = run_all(parts, until, telemetry)
        report(summary)


def _check(parts: "Parts", within: "Scope", *, named: bool) -> None:
    """Refuse a scope in which no camera can be recorded.

    Raises:
        BadInput: No camera in scope has a source, or a named camera is unknown or has no source.
    """
    cameras = parts.register.cameras(within)
    missing = sorted(within.cameras - {camera.id for camera in cameras})
    if missing:
        raise BadInput(f"unknown camera: {', '.join(missing)}", hint="footage cameras list")
    without = [camera.id for camera in cameras if not camera.source]
    if named and without:
        raise BadInput(
            f"no source to record from: {', '.join(without)}", hint="footage cameras add --source"
        )
    if not any(camera.source for camera in cameras):
        raise BadInput("no camera with a source", hint="footage cameras add ID --source URL")


def report(summary: "Summary") -> None:
    """Print a table of recorded cameras, and the segments that wait in the spool."""
    table(
        "recorded",
        ("camera", "segments", "time", "bytes", "last trouble"),
        (
            (camera, str(done.segments), length(done.recorded), size(done.bytes), done.last_words)
            for camera, done in sorted(summary.cameras.items())
        ),
    )
    if summary.pending:
        print(f"{summary.pending} segments wait in the spool: {summary.trouble}")
