"""Camera and start of a file's recording: from the name, the container, a list, or by hand.

Pure but for reading the few bytes in which a container tells length and creation time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import DAY, ZERO, Elapsed
from footage.time_text import SECOND, read_time
from recorder.imports import filenames
from recorder.imports.container import Told, told
from recorder.imports.plan import Ready, Skip, Stated, Why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from footage.instant import Instant
    from recorder.imports.filenames import Named
    from recorder.imports.listing import Listed
    from recorder.imports.name_template import Template
    from recorder.imports.scan import FoundFile

_TELLING: Final = {".mp4", ".mov", ".m4v", ".3gp"}


class StartFrom(StrEnum):
    """Source of a start: file name or creation time; a list is the third source."""

    NAME = "name"
    CREATION = "creation"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by which the files of an import get camera and start.

    Attributes:
        zone: Time zone of times without an offset.
        cameras: Ids of the cameras in the register.
        camera: Camera of all files, whatever the names say; None to read the names.
        aliases: Camera ids by names of cameras in paths.
        start: Start of a single file, stated by hand.
        offset: How far the device's clock was ahead of true time; taken off what a name or a
            container says. A list has an offset in each row.
        start_from: Source of a start that neither a list nor a person states.
        listed: Rows of the list; only listed files are imported. None without a list.
        template: Template for reading names; None uses the known patterns.
    """

    zone: tzinfo
    cameras: frozenset[CameraId]
    camera: CameraId | None = None
    aliases: Mapping[str, CameraId] = field(default_factory=dict)
    start: Stated | None = None
    offset: Elapsed | None = None
    start_from: StartFrom = StartFrom.NAME
    listed: Mapping[Path, Listed] | None = None
    template: Template | None = None


def by_hand(text: str, zone: tzinfo, offset: Elapsed | None, now: Instant) -> Stated:
    """Read a start given by a person and take off the device's offset.

    Raises:
        BadInput: The text is no time, or tells a day alone.
    """
    start = read_time(text, zone, now)
    if start.resolution >= DAY:
        raise BadInput(f"a start without a time of day: {text!r}", hint="add it, to the second")
    return Stated(start.instant - (offset or ZERO), "by hand", start.resolution, offset)


def state(found: FoundFile, rules: Rules) -> Ready | Skip:
    """The file with camera and start, or a skip with the reason why either is unknown."""
    path, listed = found.path, None
    if rules.listed is not None:
        listed = rules.listed.get(path)
        if listed is None:
            return Skip(path, Why.NOT_LISTED)
    named, problem = _named(path, rules)
    try:
        stated = _stated(path, rules, listed, named)
    except BadInput as exc:
        return Skip(path, Why.NO_START, str(exc))
    if stated is None:
        return Skip(path, Why.NO_START, problem)
    camera, notes = _camera(path, rules, listed, named)
    if camera is None:
        return Skip(path, Why.NO_CAMERA, notes)
    length = _told(path).length if path.suffix.lower() in _TELLING else None
    against = (notes,) if notes else ()
    return Ready(path, found.stamp.size, camera, stated, length, contradicts=against)


def _named(path: Path, rules: Rules) -> tuple[Named | None, str]:
    try:
        if rules.template is not None:
            return rules.template.read(path, rules.zone), ""
        return filenames.read(path, rules.zone), ""
    except BadInput as exc:
        return None, str(exc)


def _stated(path: Path, rules: Rules, listed: Listed | None, named: Named | None) -> Stated | None:
    """The start by the rules; None where the name alone could tell, and does not.

    Raises:
        BadInput: The container has no creation time.
    """
    if rules.start is not None:
        return rules.start
    if listed is not None:
        return listed.stated
    ahead = rules.offset or ZERO
    if rules.start_from is StartFrom.CREATION:
        container = _told(path)
        if container.created is None:
            raise BadInput("its container tells no creation time: only MP4 and MOV can")
        return Stated(container.created - ahead, "creation time", SECOND, rules.offset)
    if named is None:
        return None
    end = named.end - ahead if named.end else None
    return Stated(named.start - ahead, named.pattern, named.resolution, rules.offset, end)


def _camera(
    path: Path, rules: Rules, listed: Listed | None, named: Named | None
) -> tuple[CameraId | None, str]:
    """The camera and a note, or None and the reason."""
    stated = (listed.camera if listed else None) or rules.camera
    if named is not None and named.camera:
        told_by_name = [named.camera]
    else:
        told_by_name = list(named.hints if named else filenames.hints(path))
    known = list(dict.fromkeys(c for text in told_by_name if (c := _known(text, rules))))
    if stated is not None:
        if stated not in rules.cameras:
            return None, f"unknown camera {stated}"
        others = [one for one in known if one != stated]
        return stated, f"its path names camera {others[0]}" if others else ""
    match known:
        case [one]:
            return one, ""
        case []:
            said = ", ".join(repr(text) for text in told_by_name[:3]) or "nothing"
            return None, (
                f"its path names no camera of the register ({said}): "
                "give --camera ID, or --alias NAME=ID"
            )
        case _:
            return None, f"its path names several cameras: {', '.join(known)}; give --camera ID"


def _known(text: str, rules: Rules) -> CameraId | None:
    if text in rules.aliases:
        return rules.aliases[text]
    return CameraId(text) if text in rules.cameras else None


def _told(path: Path) -> Told:
    """Creation time and length in a container; empty for an unreadable file, reported later."""
    try:
        with path.open("rb") as file:
            return told(file)
    except OSError:
        return Told()
