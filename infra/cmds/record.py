"""`footage record` and `footage run`."""

from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import BadInput
from footage.instant import Elapsed
from footage.scope import EVERYWHERE, Scope
from infra.cmds.options import Cameras, Districts, Near, Sites
from infra.cmds.output import length, size, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.camera import Camera
    from infra.wiring import Parts
    from recorder.options import Summary
    from recorder.ports import Event

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

    All that have a source, or those named; ends cleanly on SIGTERM or Ctrl-C. Exit code 4 when
    nothing was recorded.
    """
    from infra.wiring import wired

    with wired() as parts:
        chosen = _chosen(parts, Scope.parse(cameras, sites, districts, near), named=bool(cameras))
        until = Elapsed.parse(for_) if for_ else None
        recorder = parts.recorder(tell)
        summary = recorder.record(chosen, until)
        report(summary)
        if not any(camera.segments for camera in summary.cameras.values()):
            raise typer.Exit(4)


def run(for_: For = None) -> None:
    """Record, index and apply retention daily.

    All on this machine, in one process; ends cleanly on SIGTERM or Ctrl-C.
    """
    from infra.standalone import run_all
    from infra.wiring import wired

    with wired() as parts:
        chosen = _chosen(parts, EVERYWHERE, named=False)
        report(run_all(parts, chosen, Elapsed.parse(for_) if for_ else None, tell))


def _chosen(parts: "Parts", within: "Scope", *, named: bool) -> "Sequence[Camera]":
    cameras = parts.register.cameras(within)
    missing = sorted(within.cameras - {camera.id for camera in cameras})
    if missing:
        raise BadInput(f"unknown camera: {', '.join(missing)}", mend="footage cameras list")
    without = [camera.id for camera in cameras if not camera.source]
    if named and without:
        raise BadInput(
            f"no source to record from: {', '.join(without)}", mend="footage cameras add --source"
        )
    chosen = [camera for camera in cameras if camera.source]
    if not chosen:
        raise BadInput("no camera with a source", mend="footage cameras add ID --source URL")
    return chosen


def tell(event: "Event") -> None:
    """Print what the recorder tells, one line each."""
    camera = event.camera or "store"
    print(f"{camera}: {event.kind.value}: {event.text}", flush=True)


def report(summary: "Summary") -> None:
    """Print what was recorded."""
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
