"""A film as a file on disk, which any player plays: pictures copied by FFmpeg, times from zero.

The stored bytes alone would play in fewer players: they are fragmented, and their times count from
the begin of the run.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api import playback
from footage import durable
from footage.errors import Conflict
from footage.instant import Elapsed
from recorder.capture.command_line import join_argv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.playback import Film
    from footage.ports import ObjectStore
    from recorder.ports import Launcher

_TIMEOUT: Final = Elapsed.parse("1h")


def write_film(films: Sequence[Film], store: ObjectStore, launcher: Launcher, target: Path) -> int:
    """Write films of a camera, in order, as one playable MP4; the file appears whole or not at all.

    What lies between two films is left out. Each film must be coded like the first.

    Args:
        films: The films; at least one.
        store: The object store that holds the segments.
        launcher: Starts FFmpeg.
        target: The file to write.

    Returns:
        Size of the file in bytes.

    Raises:
        Conflict: The file exists already.
        DataLoss: A stored segment is not what the catalogue says.
        NotFound: A segment is gone from the store.
        NoSpace, Misconfigured, Unavailable: The file cannot be written.
    """
    if target.exists():
        raise Conflict(f"{target} is there already", hint="name a new file")
    with durable.seam(target):
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
        try:
            parts = [work / f"{number}.mp4" for number in range(len(films))]
            for film, part in zip(films, parts, strict=True):
                durable.write_chunks(part, playback.read(store, film.pieces))
            listing, whole = work / "films", work / "joined.mp4"
            named = "".join(f"file '{part.name}'\n" for part in parts)
            durable.write_new(listing, f"ffconcat version 1.0\n{named}".encode())
            launcher.run(join_argv(launcher.ffmpeg, listing, whole), timeout=_TIMEOUT)
            durable.sync_file(whole)
            durable.publish(whole, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return target.stat().st_size
