"""A recorder to be measured: FOLDER LENGTH URL...; tells when segments were closed and stored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import find
from infra.objects.directory_store import DirectoryStore
from recorder.options import Options
from recorder.ports import Event, EventKind
from recorder.worker import Recorder
from tests.common.builders import a_camera
from tests.common.recording import NoHolds

if TYPE_CHECKING:
    from footage.ids import SegmentKey


def main(folder: Path, length: Elapsed, urls: list[str]) -> None:
    """Record until told to end; then write `waits.json`: microseconds from closed to stored."""
    clock = SystemClock()
    closed: dict[SegmentKey, Elapsed] = {}
    waits: list[int] = []

    def listen(event: Event) -> None:
        if event.segment is None:
            return
        if event.kind is EventKind.SPOOLED:
            closed[event.segment.key] = clock.monotonic()
        elif event.kind is EventKind.STORED and event.segment.key in closed:
            waits.append((clock.monotonic() - closed.pop(event.segment.key)).us)

    Recorder(
        spool_root=folder / "spool",
        store=DirectoryStore(folder / "store", clock),
        catalogue=SqliteCatalogue(folder / "catalogue.db"),
        holds=NoHolds(),
        clock=clock,
        launcher=FfmpegLauncher(find(), clock),
        options=Options(length=length),
        listener=listen,
    ).record([a_camera(f"camera-{n}", source=url) for n, url in enumerate(urls)])
    (folder / "waits.json").write_text(json.dumps(waits))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Elapsed.parse(sys.argv[2]), sys.argv[3:])
