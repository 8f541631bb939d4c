"""Object keys in the grammar of ONVIF's cloud uploads; the key alone says site, camera and start.

``site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4`` is site "site-2", camera "camera-5",
2026-11-22T15:08:23.547Z. The number before the extension tells apart segments of one camera that
start in the same millisecond. Days, hours and minutes are UTC. The exact microsecond stands in the
object's metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.ids import SegmentKey, camera_id, site_id
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from footage.ids import CameraId, SiteId

MILLISECOND: Final = Elapsed(1_000)
_KEY: Final = re.compile(
    r"(?P<site>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<camera>[^/]+)/(?P<hour>\d\d)/"
    r"(?P<minute>\d\d)-(?P<second>\d\d)\.(?P<ms>\d{3})Z\.(?P<number>0|[1-9]\d{0,5})\.mp4"
)


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """The parts of a segment's key. `start` is cut to the millisecond on construction."""

    site: SiteId
    camera: CameraId
    start: Instant
    number: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.start.floor(MILLISECOND))
        if not 0 <= self.number <= 999_999:  # noqa: PLR2004 - six digits
            raise BadInput(f"segment number out of range: {self.number}")

    @classmethod
    def parse(cls, text: str) -> ObjectKey:
        """Read a segment key written as text.

        Raises:
            BadInput: The text is no key of this grammar, or names no real time.
        """
        match = _KEY.fullmatch(text)
        if match is None:
            raise BadInput(
                f"not a segment key: {text!r}", hint="site/YYYY-MM-DD/camera/HH/MM-SS.mmmZ.N.mp4"
            )
        stamp = f"{match['date']}T{match['hour']}:{match['minute']}:{match['second']}.{match['ms']}"
        try:
            moment = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
        except ValueError as exc:
            raise BadInput(f"not a time in segment key: {text!r}") from exc
        start = Instant.from_datetime(moment)
        return cls(site_id(match["site"]), camera_id(match["camera"]), start, int(match["number"]))

    def __str__(self) -> str:
        moment = self.start.to_datetime()
        second = f"{moment:%M-%S}.{moment.microsecond // 1_000:03d}Z"
        return f"{self.site}/{moment:%Y-%m-%d}/{self.camera}/{moment:%H}/{second}.{self.number}.mp4"

    @property
    def segment(self) -> SegmentKey:
        """The key as text, which is the segment's id."""
        return SegmentKey(str(self))
