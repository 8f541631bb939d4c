"""Original files of imports in the object store: keys, metadata, and the segments cut from each.

`footage ingest --keep-original` stores an imported file itself, byte for byte, as one object:

originals/<camera>/<16 digits of the SHA-256>[-track<N>]-<stated start in microseconds>

The key is made of the camera and of what a segment's run tells (`footage.import_run`). So a segment
alone leads to the original that the segment was cut from, an original alone leads to its segments,
and no record holds the relation: what the objects say is all there is to lose. An original is held
as a segment is: by every hold on the camera that overlaps the interval of the import.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from footage.errors import BadInput, DataLoss, NotFound
from footage.ids import camera_id
from footage.import_run import import_run, run_prefix
from footage.instant import Elapsed, Instant, Interval
from footage.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footage.day import DaySummary
    from footage.digest import Digest
    from footage.ids import CameraId
    from footage.ports import Catalogue, ObjectStore, StoredObject
    from footage.segment import Segment

PREFIX: Final = "originals/"
FORMAT: Final = "original-1"
"""Version of the metadata; a reader refuses an unknown version rather than guess."""
_KEY: Final = re.compile(r"originals/[^/]+/[0-9a-f]{16}(?:-track[0-9]+)?--?[0-9]+")
_NEAR: Final = Elapsed.parse("1m")
"""Another version of FFmpeg may cut the same file a little earlier or later."""
_MOST_OF_NAME: Final = 150


@dataclass(frozen=True, slots=True)
class Original:
    """A stored original file.

    Attributes:
        interval: Start of the first segment cut from the file, as imported, to the latest end.
        digest: SHA-256 of the file.
        name: Name of the file, escaped; the end of a long name.
    """

    key: str
    camera: CameraId
    interval: Interval
    digest: Digest
    size_bytes: int
    name: str


def is_original_key(key: str) -> bool:
    """Whether `key` is of an original file; no segment's key is."""
    return _KEY.fullmatch(key) is not None


def key_of(camera: CameraId, digest: Digest, start: Instant, track: int) -> str:
    """Return the key of the original of an import: of a file's track, with a stated start."""
    prefix = run_prefix(digest, start, track)
    return f"{PREFIX}{camera}/{prefix.removeprefix('import-').removesuffix('-')}"


def key_for(camera: CameraId, run: str) -> str | None:
    """Return the key of the original of a run of `camera`; None of a run recorded here.

    Whether such an original is stored, the store alone tells.
    """
    found = import_run(run)
    if found is None:
        return None
    other = f"-track{found.track}" if found.track > 1 else ""
    return f"{PREFIX}{camera}/{found.digest}{other}-{found.start.us}"


def keys_for(segments: Iterable[Segment]) -> list[str]:
    """Return the keys of the originals that segments were cut from, each once, in order."""
    keys = (key_for(segment.camera, segment.run) for segment in segments)
    return list(dict.fromkeys(key for key in keys if key is not None))


def to_metadata(original: Original) -> dict[str, str]:
    """Write everything of `original` but key, size and digest as object metadata."""
    return {
        "format": FORMAT,
        "camera": original.camera,
        "start-us": str(original.interval.start.us),
        "end-us": str(original.interval.end.us),
        "file": quote(original.name[-_MOST_OF_NAME:], safe=",;:()'="),
    }


def from_stored(stored: StoredObject) -> Original:
    """Read an original from the facts of its object.

    Raises:
        DataLoss: The metadata is not what `to_metadata` wrote.
    """
    facts = stored.metadata
    if facts.get("format") != FORMAT:
        raise DataLoss(f"{stored.key}: no metadata of an original file of format {FORMAT}")
    try:
        interval = Interval(Instant(int(facts["start-us"])), Instant(int(facts["end-us"])))
        camera, name = camera_id(facts["camera"]), unquote(facts["file"])
    except (KeyError, ValueError, BadInput) as exc:
        raise DataLoss(f"{stored.key}: unreadable metadata of an original file: {exc}") from exc
    return Original(stored.key, camera, interval, stored.digest, stored.size_bytes, name)


def stored_original(store: ObjectStore, key: str) -> Original | None:
    """Return the stored original of this key; None where no original is stored.

    Raises:
        DataLoss: The object cannot be read.
        Unavailable: The store cannot be reached.
    """
    try:
        return from_stored(store.head(key))
    except NotFound:
        return None


def days_of(catalogue: Catalogue, original: Original) -> Iterator[DaySummary]:
    """Yield the summaries of the days that segments cut from an original may lie in."""
    yield from catalogue.days([original.camera], _around(original))


def segments_left(catalogue: Catalogue, original: Original) -> Iterator[Segment]:
    """Yield the segments cut from an original that the catalogue has now.

    Only the camera's segments in the time of the import are read.
    """
    scope = Scope(cameras=frozenset({original.camera}))
    for segment in catalogue.segments(scope, _around(original)):
        if key_for(segment.camera, segment.run) == original.key:
            yield segment


def _around(original: Original) -> Interval:
    return Interval(original.interval.start - _NEAR, original.interval.end + _NEAR)
