"""Run a recorder to be measured: `FOLDER LENGTH URL...`; writes the waits from closed to stored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footage.camera import Camera
from footage.clock import SystemClock
from footage.ids import camera_id, district_id, site_id
from footage.instant import Elapsed
from footage.place import Point
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import find
from infra.objects.directory_store import DirectoryStore
from infra.registers.memory_register import MemoryRegister
from recorder.events import SegmentSpooled, SegmentStored
from recorder.options import Options
from recorder.service import Recorder

if TYPE_CHECKING:
    from footage.ids import SegmentKey
    from recorder.events import Event


def main(folder: Path, length: Elapsed, urls: list[str]) -> None:
    """Record until ended by a signal, then write `waits.json`.

    The file lists, for each stored segment, the microseconds from closed to stored.
    """
    clock = SystemClock()
    closed: dict[SegmentKey, Elapsed] = {}
    waits: list[int] = []

    def listen(event: Event) -> None:
        if isinstance(event, SegmentSpooled):
            closed[event.segment.key] = clock.monotonic()
        elif isinstance(event, SegmentStored) and event.segment.key in closed:
            waits.append((clock.monotonic() - closed.pop(event.segment.key)).us)

    Recorder(
        spool_root=folder / "spool",
        store=DirectoryStore(folder / "store", clock),
        catalogue=SqliteCatalogue(folder / "catalogue.db"),
        holds=MemoryRegister(),
        clock=clock,
        launcher=FfmpegLauncher(find(), clock),
        options=Options(length=length),
        listener=listen,
    ).record([_camera(number, url) for number, url in enumerate(urls)])
    (folder / "waits.json").write_text(json.dumps(waits))


def _camera(number: int, url: str) -> Camera:
    name = camera_id(f"camera-{number}")
    place = Point(33.0, 70.6)
    return Camera(name, name, site_id("site-1"), district_id("district-1"), place, source=url)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Elapsed.parse(sys.argv[2]), sys.argv[3:])
