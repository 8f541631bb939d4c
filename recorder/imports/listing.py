"""A CSV list that states the camera and start of each file.

Columns `file,camera,start` and, where the device's clock was compared with true time, `offset`
("2m3s": the device was ahead; "-15s": behind). Such a list, signed by the person who compared the
clocks, is the strongest statement about footage from outside. Every wrong row is reported with the
line number; a list with a wrong row is not used at all.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.ids import CameraId, camera_id
from footage.instant import ZERO, Elapsed
from footage.time_text import read_dated
from recorder.imports.plan import Stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

REQUIRED: Final = ("file", "camera", "start")
OPTIONAL: Final = ("offset",)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list.

    Attributes:
        camera: The camera; None where `--camera` is to say.
        stated: The start of the recording.
    """

    camera: CameraId | None
    stated: Stated


def load(path: Path, zone: tzinfo) -> dict[Path, Listed]:
    """Read a list; returns rows by absolute path, relative paths counted from the list's folder.

    Raises:
        BadInput: The list cannot be read, lacks columns or has wrong rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or ())
            rows = parse(enumerate(reader, start=2), zone, name=str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise BadInput(f"{path} cannot be read: {exc}") from exc
    return {(path.parent / file).resolve(): row for file, row in rows.items()}


def parse(
    rows: Iterable[tuple[int, Mapping[str, str]]], zone: tzinfo, *, name: str
) -> dict[str, Listed]:
    """Read numbered rows; returns the rows by file; raises BadInput with all wrong rows."""
    listed: dict[str, Listed] = {}
    wrong: list[str] = []
    for line, row in rows:
        cell = {key: (row.get(key) or "").strip() for key in (*REQUIRED, *OPTIONAL)}
        try:
            stated = _stated(cell, zone, f"{name}, line {line}")
            camera = camera_id(cell["camera"]) if cell["camera"] else None
        except BadInput as exc:
            wrong.append(f"line {line}: {exc}")
            continue
        if not cell["file"]:
            wrong.append(f"line {line}: no file")
        elif cell["file"] in listed:
            wrong.append(f"line {line}: {cell['file']} stands twice")
        listed[cell["file"]] = Listed(camera, stated)
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise BadInput(f"{name}: {'; '.join(wrong[:_SHOWN])}{more}", hint="nothing was imported")
    return listed


def signed(text: str) -> Elapsed:
    """Read a duration that may be negative, e.g. "-15s"; raises BadInput."""
    size = Elapsed.parse(text.removeprefix("-").removeprefix("+"))
    return -size if text.startswith("-") else size


def _stated(cell: Mapping[str, str], zone: tzinfo, how: str) -> Stated:
    start = read_dated(cell["start"], zone)
    offset = signed(cell["offset"]) if cell["offset"] else None
    return Stated(start.instant - (offset or ZERO), how, start.resolution, offset)


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    have = set(columns)
    if missing := [name for name in REQUIRED if name not in have]:
        raise BadInput(
            f"{path}: no column {', '.join(missing)}", hint=f"columns: {', '.join(REQUIRED)}"
        )
    if unknown := sorted(have - {*REQUIRED, *OPTIONAL}):
        raise BadInput(f"{path}: unknown column {', '.join(unknown)}")
