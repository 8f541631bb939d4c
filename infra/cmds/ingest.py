"""`footage ingest`: recordings from outside."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, size


def ingest(
    file: Annotated[Path, typer.Argument(help="Any recording FFmpeg reads.")],
    camera: Annotated[str, typer.Option("--camera", metavar="ID", help="Whose recording it is.")],
    start: Annotated[str, typer.Option("--start", metavar="INSTANT", help="Its first picture.")],
    rate: Annotated[
        str, typer.Option("--rate", help="Pictures a second of a bare stream without times.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Bring in a recording from outside.

    Its pictures are copied, never coded again; doing it again changes nothing.
    """
    from footage.ids import camera_id
    from footage.instant import Instant
    from infra.wiring import wired

    with wired() as parts:
        known = parts.register.camera(camera_id(camera))
        done = parts.importer.ingest(
            file,
            known,
            Instant.parse(start),
            length=parts.settings.recording.segment_length,
            frame_rate=rate,
        )
        zone = parts.settings.zone
    if as_json:
        emit(
            {
                "camera": camera,
                "stored": done.stored,
                "segments": [segment.key for segment in done.segments],
                "notes": list(done.notes),
            }
        )
        return
    first, last = done.segments[0].interval, done.segments[-1].interval
    stored = sum(segment.size_bytes for segment in done.segments)
    print(
        f"{camera}: {len(done.segments)} segments, {size(stored)}, "
        f"{local(first.start, zone)} to {local(last.end, zone)}; {done.stored} newly stored"
    )
    for note in done.notes:
        print(f"note: {note}")
