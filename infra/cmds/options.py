"""Command-line options shared by several commands, and parsing of option values."""

from pathlib import Path
from typing import Annotated

import typer

from footage.errors import BadInput
from footage.instant import Instant, Interval

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Cameras = Annotated[
    list[str] | None, typer.Option("--camera", metavar="ID", help="Camera; may be repeated.")
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", metavar="ID", help="Site; may be repeated.")
]
Districts = Annotated[
    list[str] | None, typer.Option("--district", metavar="ID", help="District; may be repeated.")
]
Near = Annotated[
    str | None, typer.Option("--near", metavar="LAT,LON,METRES", help="Cameras within a circle.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="INSTANT", help="Start, e.g. 2026-11-22T15:08:23Z.")
]
To = Annotated[str | None, typer.Option("--to", metavar="INSTANT", help="End (not included).")]
Case = Annotated[str, typer.Option("--case", metavar="REF", help="Case the action belongs to.")]
PurposeCode = Annotated[
    str, typer.Option("--purpose", metavar="CODE", help="Purpose code, e.g. theft.")
]
OutFolder = Annotated[Path, typer.Option("--out", help="New folder to write.")]


def required_interval(start: str | None, end: str | None) -> Interval:
    """Parse `--from` and `--to` into an interval; raise BadInput unless both are given."""
    if start is None or end is None:
        raise BadInput("both --from and --to are needed", hint="e.g. --from 2026-11-22T15:00:00Z")
    return Interval(Instant.parse(start), Instant.parse(end))
