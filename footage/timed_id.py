"""Ids sorted by time, of bundles and jobs; apart from `footage.ids`, which every command loads."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footage.instant import Instant


def timed_id(now: Instant) -> str:
    """Make a UUID of version 7: sorted by time, otherwise random."""
    value = (now.us // 1_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    text = f"{value & ~(3 << 62) | 2 << 62:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
