"""Program that records until killed: FOLDER SOURCE FFMPEG; prints events on stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.logs import KINDS
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import look
from infra.objects.directory_store import DirectoryStore
from recorder.service import Recorder
from tests.common.builders import a_camera
from tests.common.recording import SHORT, NoHolds

if TYPE_CHECKING:
    from recorder.events import Event


def main(folder: Path, source: str, ffmpeg: Path) -> None:
    """Record camera-1 until told to end."""
    clock = SystemClock()

    def tell(event: Event) -> None:
        sys.stdout.write(f"{KINDS[type(event)][0]} {event}\n")
        sys.stdout.flush()

    Recorder(
        spool_root=folder / "spool",
        store=DirectoryStore(folder / "store", clock),
        catalogue=SqliteCatalogue(folder / "catalogue.db"),
        holds=NoHolds(),
        clock=clock,
        launcher=FfmpegLauncher(look(ffmpeg), clock),
        options=SHORT,
        listener=tell,
    ).record([a_camera(source=source)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
