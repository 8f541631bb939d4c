"""Makes the proxy film of a stored segment by FFmpeg, a process for each.

The bytes are read once, compared with the segment's digest, and given to FFmpeg in a file without a
name in memory: of a process that is killed nothing is left on a disk.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import DataLoss, Refused, Unavailable
from footage.mp4 import walk
from infra.host import process
from infra.media.proxy_command import proxy_argv
from infra.media.proxy_film import Times, proxy_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from footage.instant import Elapsed
    from footage.ports import ObjectStore
    from footage.segment import Segment
    from infra.media.ffmpeg_tool import FfmpegTool

_REVISION: Final = 1
"""Goes up whenever the same segment would give other pictures than before."""
_NICE: Final = ("nice", "-n", "10")
"""Recording goes first."""
_CHUNK: Final = 4 << 20
_AAC: Final = "mp4a"


class ProxyTranscoder:
    """Makes proxies of stored segments, one for each call; safe in several threads.

    Args:
        ffmpeg: Gives the FFmpeg program in use.
        store: The object store that holds the segments.
        height: Most pixels down of a proxy.
        max_pixels: Most pixels of a picture that is decoded.
        within: Longest time that FFmpeg may take for a segment.
    """

    def __init__(
        self,
        ffmpeg: Callable[[], FfmpegTool],
        store: ObjectStore,
        *,
        height: int,
        max_pixels: int,
        within: Elapsed,
    ) -> None:
        self._ffmpeg, self._store = ffmpeg, store
        self._height, self._max_pixels, self._within = height, max_pixels, within

    @property
    def profile(self) -> str:
        """Name of what is made: codec, most pixels down, and revision."""
        return f"h264-{self._height}-{_REVISION}"

    def make(self, segment: Segment, unwanted: Callable[[], bool]) -> bytes:
        """Return the proxy film of a segment: init and fragments.

        Args:
            segment: The segment.
            unwanted: Asked while FFmpeg works; once true, FFmpeg is ended.

        Raises:
            NotFound: The segment is gone from the store.
            DataLoss: The stored bytes are not those that were recorded.
            Refused: The pictures cannot be decoded.
            Unavailable: FFmpeg did not end in time, or was ended because nobody wants the film.
            Misconfigured: No usable FFmpeg is there.
        """
        with os.fdopen(os.memfd_create("segment"), "w+b") as file:
            self._read(segment, file)
            try:
                layout = walk(file)
                sound = None if not layout.audio else "copy" if layout.audio[0] == _AAC else "aac"
                made = self._run(layout.media.timescale, sound, file, unwanted)
                media = layout.media
                times = Times(layout.start_pts_ticks, media.duration_ticks, media.timescale)
                return proxy_film(made, times, encoded_sound=sound == "aac")
            except (process.TimedOut, process.Unwanted):
                raise
            except (DataLoss, Unavailable) as exc:  # as the camera sent it: nothing was lost here
                raise Refused(
                    f"no proxy of {segment.key} can be made: {exc}", hint="ask for the original"
                ) from exc

    def _read(self, segment: Segment, file: BinaryIO) -> None:
        """Read the stored bytes into `file`; raises DataLoss where they are not as recorded."""
        hasher = hashlib.sha256()
        for offset in range(0, segment.size_bytes, _CHUNK):
            data = self._store.get(segment.key, offset=offset, length=_CHUNK)
            hasher.update(data)
            file.write(data)
        file.flush()
        if (found := Digest(hasher.hexdigest())) != segment.digest:
            raise DataLoss(f"{segment.key} is {found}, not {segment.digest}")

    def _run(
        self, timescale: int, sound: str | None, file: BinaryIO, unwanted: Callable[[], bool]
    ) -> bytes:
        argv = proxy_argv(
            str(self._ffmpeg().path),
            timescale=timescale,
            height=self._height,
            sound=sound,
            max_pixels=self._max_pixels,
        )
        command = [*_NICE, *argv]
        return process.run(command, timeout=self._within, feed=file, unwanted=unwanted).stdout
