"""Films for viewing: the values that the manifest states of these derived films. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical, parse
from evidence.redaction import redaction_of

if TYPE_CHECKING:
    from evidence.redaction import Redaction
    from footage.digest import Digest
    from footage.document import Language
    from footage.ids import CameraId
    from footage.instant import Elapsed, Interval
    from footage.segment import Segment

FOLDER: Final = "view"
ROLE: Final = "view"
SOUND: Final = "left out"
"""Said of the sound of each film: the films have none."""
FILM: Final = "film"
GAP: Final = "gap"
"""Kind of a part that is a card: no picture is there to show."""


@dataclass(frozen=True, slots=True)
class ViewsAsked:
    """Choices with which films for viewing were asked for.

    Attributes:
        language: Language of what is burned in.
        redactions: Parts of pictures that are filled.
        alone: Whether the bundle holds no recorded pictures but these films.
    """

    language: Language = "en"
    redactions: tuple[Redaction, ...] = ()
    alone: bool = False

    def document(self) -> dict[str, object]:
        """The films asked for as JSON, as kept in a job."""
        listed = parse(canonical([one.document() for one in self.redactions]))
        return {"language": self.language, "redactions": listed, "alone": self.alone}


def views_asked(told: object) -> ViewsAsked:
    """Read what `ViewsAsked.document` gives."""
    if not isinstance(told, dict):
        raise TypeError("the films asked for are no object")
    return ViewsAsked(
        "ur" if told["language"] == "ur" else "en",
        tuple(redaction_of(one) for one in told["redactions"]),
        alone=told["alone"] is True,
    )


@dataclass(frozen=True, slots=True)
class ViewPart:
    """A part of a film for viewing.

    Attributes:
        kind: `FILM` or `GAP`.
        interval: Time that the part shows, or that is missing.
        position: Where the part begins in the film.
        length: How long the part lasts in the film.
        pictures: Number of pictures that were coded; of a card its own.
        why: Why there is no picture; "" for pictures.
    """

    kind: str
    interval: Interval
    position: Elapsed
    length: Elapsed
    pictures: int
    why: str = ""

    def document(self) -> dict[str, object]:
        """The part as a part of the manifest."""
        return {
            "kind": self.kind,
            "start": self.interval.start,
            "end": self.interval.end,
            "position_us": self.position.us,
            "length_us": self.length.us,
            "pictures": self.pictures,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class View:
    """A film for viewing of a camera.

    Attributes:
        zone: IANA name of the zone of the local times burned in.
        tool: Program that coded the film, with the version.
        filters: Filters and coding options, as text.
        redactions: Number of redactions of the camera.
    """

    path: str
    digest: Digest
    camera: CameraId
    language: Language
    zone: str
    size: tuple[int, int]
    tool: str
    filters: str
    members: tuple[Segment, ...] = field(repr=False)
    parts: tuple[ViewPart, ...] = field(repr=False)
    redactions: int = 0

    def document(self) -> dict[str, object]:
        """The film as a part of the manifest."""
        width, height = self.size
        return {
            "path": self.path,
            "sha256": self.digest.hex,
            "camera": self.camera,
            "language": self.language,
            "zone": self.zone,
            "width": width,
            "height": height,
            "sound": SOUND,
            "tool": self.tool,
            "filters": self.filters,
            "members": [{"object_key": one.key, "sha256": one.digest.hex} for one in self.members],
            "parts": [part.document() for part in self.parts],
            "redactions": self.redactions,
        }


def view_path(camera: CameraId) -> str:
    """Return the path in the bundle of a camera's film for viewing."""
    return f"{FOLDER}/{camera}.mp4"
