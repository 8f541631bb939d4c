"""Passes that tie a segment's URL to the custody entry of the playlist that gave the URL out.

A pass lets nobody in: each request needs a token or a session as well. A pass makes "given for
viewing 17" in the custody log true: the log refers to an entry only where that entry's playlist is
of the camera and the time of the segment, for the same person, case and purpose. All segments of a
playlist have the same pass, so that a playlist of 43 200 segments is made quickly.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from api.problems import Problem

if TYPE_CHECKING:
    from footage.action import Purpose
    from footage.ids import CameraId
    from footage.objectkey import ObjectKey

FORM: Final = r"^[1-9][0-9]{0,17}\.[0-9]{1,18}-[0-9]{1,18}\.[0-9a-f]{32}$"
"""A pass as text: number of the playlist's custody entry, the milliseconds since 1970 in which the
playlist's first and last segment begin, and a code of 128 bits."""
_CODE_BYTES: Final = 16
_MS_US: Final = 1_000


@dataclass(frozen=True, slots=True)
class Passes:
    """Maker and checker of the passes of a person's viewings for a case and purpose.

    Attributes:
        secret: The secret that the processes of the API share.
    """

    secret: bytes = field(repr=False)
    purpose: Purpose

    def of(self, viewing: int, camera: CameraId, first_us: int, last_us: int) -> str:
        """Return the pass of the segments of a playlist.

        Args:
            viewing: Number of the playlist's custody entry.
            camera: The camera.
            first_us: Start of the playlist's first segment, in microseconds since 1970.
            last_us: Start of the last.
        """
        return self._of(viewing, camera, first_us // _MS_US, last_us // _MS_US)

    def viewing(self, text: str, key: ObjectKey) -> int:
        """Return the number of the playlist's custody entry from the pass of a segment.

        Raises:
            Problem: 403, no playlist of the segment's time gave out this pass, for this camera,
                case and purpose.
        """
        number, times, _ = text.split(".")
        first, last = (int(ms) for ms in times.split("-"))
        given = hmac.compare_digest(self._of(int(number), key.camera, first, last), text)
        if not given or not first <= key.start.us // _MS_US <= last:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "not-this-viewing",
                "no playlist gave out this address: segment, case, purpose or viewing was changed",
            )
        return int(number)

    def _of(self, viewing: int, camera: CameraId, first_ms: int, last_ms: int) -> str:
        of = (self.purpose.actor, self.purpose.case, self.purpose.code)
        facts = json.dumps(["viewing", viewing, camera, first_ms, last_ms, *of]).encode()
        code = hmac.digest(self.secret, facts, "sha256")[:_CODE_BYTES]
        return f"{viewing}.{first_ms}-{last_ms}.{code.hex()}"
