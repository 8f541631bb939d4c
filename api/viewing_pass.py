"""Passes that tie a segment's URL to the custody entry of the playlist that gave the URL out.

A pass lets nobody in: each request needs a token or a session as well. A pass makes "given for
viewing 17" in the custody log true: the log refers to an entry only where that entry's playlist
named the segment, for the same person, case and purpose.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.action import Purpose
    from footage.ids import SegmentKey

FORM: Final = r"^[1-9][0-9]{0,17}\.[0-9a-f]{32}$"
"""A pass as text: number of the playlist's custody entry, and a code of 128 bits."""
_CODE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Passes:
    """Maker and checker of the passes of a person's viewings for a case and purpose.

    Attributes:
        secret: The secret that the processes of the API share.
    """

    secret: bytes = field(repr=False)
    purpose: Purpose

    def of(self, viewing: int) -> Callable[[SegmentKey], str]:
        """Return the maker of the passes of the segments named by custody entry `viewing`."""
        facts = ["viewing", viewing, self.purpose.actor, self.purpose.case, self.purpose.code]
        secret = hmac.digest(self.secret, json.dumps(facts).encode(), "sha256")

        def make(key: SegmentKey) -> str:  # for each of the 43 200 segments of 2 s of a day
            code = blake2b(key.encode(), digest_size=_CODE_BYTES, key=secret).hexdigest()
            return f"{viewing}.{code}"

        return make

    def viewing(self, text: str, key: SegmentKey) -> int:
        """Return the number of the playlist's custody entry from the pass of a segment.

        Raises:
            Problem: 403, no playlist gave out this pass for this segment, case and purpose.
        """
        number = int(text.partition(".")[0])
        if not hmac.compare_digest(self.of(number)(key), text):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "not-this-viewing",
                "no playlist gave out this address: segment, case, purpose or viewing was changed",
            )
        return number
