"""How a camera's sound is kept: never at the price of its picture."""

from __future__ import annotations

from enum import StrEnum


class AudioMode(StrEnum):
    """The attempts, in the order in which they are made."""

    MP4 = "mp4"
    """Beside the picture, in MP4: AAC and what else MP4 can hold."""
    MOV = "mov"
    """The same boxes under QuickTime's brand, which holds G.711 too; browsers play the picture."""
    NONE = "none"
    """Left out."""

    @property
    def next(self) -> AudioMode | None:
        """What to try when this was refused; None where nothing is left to leave out."""
        order = list(AudioMode)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None
