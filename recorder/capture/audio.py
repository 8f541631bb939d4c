"""Modes of recording a camera's audio; video is never lost for the sake of audio."""

from __future__ import annotations

from enum import StrEnum


class AudioMode(StrEnum):
    """Ways to keep the audio, in the order in which the recorder tries the modes."""

    MP4 = "mp4"
    """Audio beside the video in MP4: AAC and other codecs MP4 can hold."""
    MOV = "mov"
    """The same boxes under QuickTime's brand, which holds G.711 too; browsers play only video."""
    NONE = "none"
    """Audio left out."""

    @property
    def next(self) -> AudioMode | None:
        """The mode to try when FFmpeg refuses this mode; None after the last."""
        order = list(AudioMode)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None
