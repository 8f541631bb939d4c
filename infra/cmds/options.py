"""Options several commands share, and how their texts become values."""

from pathlib import Path
from typing import Annotated

import typer

from footage.errors import BadInput
from footage.ids import camera_id, district_id, site_id
from footage.instant import Elapsed, Instant, Interval
from footage.place import Circle
from footage.scope import Scope

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


def scope(
    cameras: list[str] | None = None,
    sites: list[str] | None = None,
    districts: list[str] | None = None,
    near: str | None = None,
) -> Scope:
    """The scope of these options; raises BadInput for a malformed one."""
    return Scope(
        cameras=frozenset(camera_id(c) for c in cameras or ()),
        sites=frozenset(site_id(s) for s in sites or ()),
        districts=frozenset(district_id(d) for d in districts or ()),
        circle=Circle.parse(near) if near else None,
    )


def interval(start: str | None, end: str | None, now: Instant) -> Interval:
    """From `start` (default: 24 h before the end) to `end` (default: now).

    Raises:
        BadInput: Malformed, or the end is not after the start.
    """
    last = Instant.parse(end) if end else now
    return Interval(Instant.parse(start) if start else last - Elapsed.parse("24h"), last)


def required_interval(start: str | None, end: str | None) -> Interval:
    """Both ends must be given; raises BadInput."""
    if start is None or end is None:
        raise BadInput("both --from and --to are needed", mend="e.g. --from 2026-11-22T15:00:00Z")
    return Interval(Instant.parse(start), Instant.parse(end))
