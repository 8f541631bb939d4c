"""Options of `footage ingest`, and rules made from options for cameras and starts of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import BadInput
from footage.ids import CameraId, camera_id

if TYPE_CHECKING:
    from footage.instant import Elapsed, Instant
    from footage.ports import Register
    from recorder.imports.stating import Rules

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Recordings, or folders.")]
Camera = Annotated[
    str | None,
    typer.Option("--camera", metavar="ID", help="Camera; else the path must name the camera."),
]
Start = Annotated[
    str | None, typer.Option("--start", metavar="INSTANT", help="First picture of the one file.")
]
StartFrom = Annotated[
    str,
    typer.Option(
        "--start-from", metavar="name|creation|FILE.csv", help="Source of starts without --start."
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="TEMPLATE", help="Pattern of names: '{camera}/%Y%m%d%H%M%S'."),
]
Zone = Annotated[
    str | None, typer.Option("--zone", help="Zone of times without an offset; else the setting's.")
]
Offset = Annotated[
    str,
    typer.Option(
        "--offset", metavar="DURATION", help="How far the device's clock was ahead; -15s: behind."
    ),
]
Aliases = Annotated[
    list[str] | None,
    typer.Option("--alias", metavar="NAME=ID", help="A camera's name in paths; may be repeated."),
]
Overlap = Annotated[
    str,
    typer.Option(
        "--overlap", metavar="DURATION", help="How much of other recordings' time files may claim."
    ),
]
Rate = Annotated[str, typer.Option("--rate", help="Pictures a second of a bare stream.")]
Track = Annotated[
    int,
    typer.Option(
        "--track", min=1, help="Track of pictures to keep, of files with several: 1 is the first."
    ),
]
Again = Annotated[
    bool, typer.Option("--again", help="Take the same bytes as another recording too.")
]
Rehash = Annotated[
    bool, typer.Option("--rehash", help="Read files through though nothing about them changed.")
]
KeepOriginal = Annotated[
    bool,
    typer.Option(
        "--keep-original", help="Store each file itself too, byte for byte: for evidence."
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and cut as the import does, and store nothing.")
]
HoldBy = Annotated[
    str,
    typer.Option(
        "--hold", metavar="AUTHORITY", help="Hold all of it, before anything is stored, for --case."
    ),
]
ReportTo = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write the report there: .csv or .json."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Options of `footage ingest` as typed, before any check."""

    paths: Sequence[Path]
    camera: str | None
    start: str | None
    start_from: str
    name: str | None
    zone: str
    offset: str
    aliases: Sequence[str]


def rules(asked: Asked, register: "Register", now: "Instant") -> "Rules":
    """Make the rules for cameras and starts of files from the options and the register.

    Without a zone in the options, times are of the zone of the camera's site.

    Raises:
        BadInput: An option cannot be right, or two options contradict each other.
        NotFound: A named camera is not in the register.
    """
    from footage.local_time import time_zone
    from recorder.imports.listing import load, signed
    from recorder.imports.name_template import Template
    from recorder.imports.stating import Rules, StartFrom, by_hand

    zone = time_zone(asked.zone)
    offset = signed(asked.offset) if asked.offset else None
    camera = camera_id(asked.camera) if asked.camera else None
    aliases = dict(_alias(text) for text in asked.aliases)
    for named in {*aliases.values(), camera} - {None}:
        register.camera(CameraId(str(named)))  # raises NotFound
    _check(asked, camera, offset)
    by_list = _is_list(asked.start_from)
    return Rules(
        zone=zone,
        cameras=frozenset(known.id for known in register.cameras()),
        camera=camera,
        aliases=aliases,
        start=by_hand(asked.start, zone, offset, now) if asked.start is not None else None,
        offset=offset,
        start_from=StartFrom.NAME if by_list else StartFrom(asked.start_from),
        listed=load(Path(asked.start_from), zone) if by_list else None,
        template=Template.parse(asked.name) if asked.name else None,
    )


def _check(asked: Asked, camera: CameraId | None, offset: "Elapsed | None") -> None:
    one_file = len(asked.paths) == 1 and not asked.paths[0].is_dir()
    if asked.start is not None and not (one_file and camera):
        raise BadInput("--start is of one file of one camera", hint="name it, and give --camera")
    if _is_list(asked.start_from):
        if offset is not None:
            raise BadInput("--offset besides a list", hint="the list has a column for it: offset")
    elif asked.start_from not in {"name", "creation"}:
        raise BadInput(
            f"not a source of starts: {asked.start_from!r}", hint="name, creation, or a FILE.csv"
        )


def _is_list(text: str) -> bool:
    return text.lower().endswith(".csv")


def _alias(text: str) -> tuple[str, CameraId]:
    name, separator, camera = text.rpartition("=")
    if not separator or not name:
        raise BadInput(f"not an alias: {text!r}", hint="--alias NAME=ID")
    return name, camera_id(camera)
