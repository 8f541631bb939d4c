"""Redactions: parts of a camera's pictures that a film for viewing shows filled. Pure.

A redaction changes nothing that is stored: the pictures of the film alone are filled, with one
colour, before they are coded. Blurring could be undone; a filled part holds nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from evidence.canonical import canonical
from footage.case import require_line
from footage.digest import Digest
from footage.errors import BadInput
from footage.ids import camera_id
from footage.instant import Instant, Interval
from footage.time_text import read_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from footage.ids import CameraId
    from footage.stays import Windows

MOST: Final = 1_000
"""Most redactions of an export."""
MOST_SHAPES: Final = 50
"""Most rectangles and polygons of a redaction."""
MOST_CORNERS: Final = 200
"""Most corners of a polygon."""
MOST_CORNERS_IN_ALL: Final = 10_000
"""Most corners of all redactions of an export: a job keeps them in the register."""
MOST_BYTES: Final = 4 << 20
"""Most bytes of a file of redactions."""
_LARGEST: Final = 100_000
_CORNERS: Final = 3
_RECTANGLE: Final = 4
_HINT: Final = 'see docs/evidence.md, "Films for viewing"'

Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Redaction:
    """Parts of a camera's pictures that are filled in an interval.

    Attributes:
        picture: Width and height of the picture in which the shapes were measured.
        shapes: Corners of each part, in pixels of that picture.
        reason: Why, for the manifest.
    """

    camera: CameraId
    interval: Interval
    picture: Corner
    shapes: tuple[tuple[Corner, ...], ...]
    reason: str

    def document(self) -> dict[str, object]:
        """The redaction as a part of the manifest."""
        return {
            "camera": self.camera,
            "start": self.interval.start,
            "end": self.interval.end,
            "picture": list(self.picture),
            "shapes": [[list(corner) for corner in shape] for shape in self.shapes],
            "reason": self.reason,
        }


def read_redactions(text: str | bytes, zone: tzinfo, now: Instant) -> tuple[Redaction, ...]:
    """Read a file of redactions.

    Args:
        text: JSON: an object with a list `redactions`.
        zone: Time zone of times without an offset.
        now: The present instant.

    Raises:
        BadInput: The text is no such JSON; says which redaction is wrong, and how.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadInput(f"the redactions are no JSON: {exc}", hint=_HINT) from exc
    listed = told.get("redactions") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not listed:
        raise BadInput("the redactions are no object with a list `redactions`", hint=_HINT)
    return redactions_of(listed, zone, now)


def redactions_of(listed: Sequence[object], zone: tzinfo, now: Instant) -> tuple[Redaction, ...]:
    """Read a list of redactions; arguments and errors as of `read_redactions`."""
    if len(listed) > MOST:
        raise BadInput(f"{len(listed)} redactions; {MOST} at most")
    found = []
    for number, one in enumerate(listed, 1):
        try:
            found.append(_redaction(one, zone, now))
        except BadInput as exc:
            raise BadInput(f"redaction {number}: {exc}", hint=_HINT) from exc
    corners = sum(len(shape) for one in found for shape in one.shapes)
    if corners > MOST_CORNERS_IN_ALL:
        raise BadInput(f"the redactions have {corners} corners; {MOST_CORNERS_IN_ALL} at most")
    return tuple(found)


def redaction_of(told: Mapping[str, Any]) -> Redaction:
    """Read what `Redaction.document` gives, written as JSON."""
    width, height = told["picture"]
    return Redaction(
        camera_id(told["camera"]),
        Interval(Instant.parse(str(told["start"])), Instant.parse(str(told["end"]))),
        (width, height),
        tuple(tuple((x, y) for x, y in shape) for shape in told["shapes"]),
        told["reason"],
    )


def redactions_document(redactions: Iterable[Redaction]) -> dict[str, object]:
    """The redactions as a document, whose digest stands in the custody log."""
    return {"redactions": [one.document() for one in redactions]}


def digest_of(redactions: Sequence[Redaction]) -> Digest:
    """Return the digest of the document of redactions."""
    return Digest.of(canonical(redactions_document(redactions)))


def require_met(redactions: Iterable[Redaction], asked: Windows) -> None:
    """Refuse a redaction of nothing that is exported: a wrong name would leave a face uncovered.

    Raises:
        BadInput: A redaction is of a camera or of a time that was not asked for.
    """
    for number, one in enumerate(redactions, 1):
        windows = asked.get(one.camera)
        if windows is None:
            raise BadInput(f"redaction {number}: camera {one.camera} is not exported")
        if not any(one.interval.overlaps(window) for window in windows):
            raise BadInput(
                f"redaction {number}: nothing of {one.camera} from {one.interval.start} to "
                f"{one.interval.end} is exported"
            )


def _redaction(told: object, zone: tzinfo, now: Instant) -> Redaction:
    if not isinstance(told, dict):
        raise BadInput("it is no object")
    known = {"camera", "from", "to", "picture", "rectangles", "polygons", "reason"}
    if other := sorted(set(told) - known):
        raise BadInput(f"{other[0]!r} is no member of a redaction")
    start, end = (_words(told, name) for name in ("from", "to"))
    shapes = [_rectangle(one) for one in _list(told, "rectangles")]
    shapes += [_polygon(one) for one in _list(told, "polygons")]
    if not 0 < len(shapes) <= MOST_SHAPES:
        raise BadInput(f"it has {len(shapes)} rectangles and polygons; 1 to {MOST_SHAPES}")
    width, height = _numbers(told.get("picture"), 2, "picture")
    if not (width and height):
        raise BadInput("its picture has no size")
    for shape in shapes:
        for x, y in shape:
            if x > width or y > height:
                raise BadInput(f"{x}, {y} lies outside of the picture of {width} by {height}")
    reason = _words(told, "reason")
    require_line("reason", reason)
    return Redaction(
        camera_id(_words(told, "camera")),
        read_interval(start, end, zone, now),
        (width, height),
        tuple(shapes),
        reason,
    )


def _words(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise BadInput(f"its {name!r} is no text")
    return value


def _list(told: Mapping[str, object], name: str) -> Sequence[object]:
    value = told.get(name, [])
    if not isinstance(value, list):
        raise BadInput(f"its {name!r} is no list")
    return value


def _numbers(value: object, count: int, name: str) -> list[int]:
    good = (
        isinstance(value, list)
        and len(value) == count
        and all(type(one) is int and 0 <= one <= _LARGEST for one in value)
    )
    if not good:
        raise BadInput(f"its {name} is no list of {count} whole numbers from 0 to {_LARGEST}")
    assert isinstance(value, list)  # noqa: S101 - as looked at above
    return value


def _rectangle(value: object) -> tuple[Corner, ...]:
    x, y, width, height = _numbers(value, _RECTANGLE, "rectangle")
    if not (width and height):
        raise BadInput("a rectangle has no size")
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def _polygon(value: object) -> tuple[Corner, ...]:
    if not isinstance(value, list) or not _CORNERS <= len(value) <= MOST_CORNERS:
        raise BadInput(f"a polygon is no list of {_CORNERS} to {MOST_CORNERS} corners")
    corners = [_numbers(one, 2, "corner") for one in value]
    return tuple((x, y) for x, y in corners)
