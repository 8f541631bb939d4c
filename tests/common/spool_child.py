"""Program that records with an unreachable store until the power is cut.

SPOOL SOURCE FFMPEG LENGTH SYNC; prints on stdout each segment that is safe in the spool, as
`spooled KEY DIGEST END_US`. The stores are not on the spool's disk, as in a city.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import look
from infra.objects.memory_store import MemoryStore
from recorder.events import SegmentSpooled
from recorder.options import Options
from recorder.service import Recorder
from tests.common.builders import a_camera
from tests.common.recording import FailingStore, NoHolds

if TYPE_CHECKING:
    from recorder.events import Event


def main(spool: Path, source: str, ffmpeg: Path, length: str, sync: str) -> None:
    """Record camera-1 until the process is killed."""
    clock = SystemClock()
    store = FailingStore(MemoryStore(clock))
    store.down = True

    def tell(event: Event) -> None:
        line = str(event)
        if isinstance(event, SegmentSpooled):
            one = event.segment
            line = f"spooled {one.key} {one.digest.hex} {one.interval.end.us}"
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    Recorder(
        spool_root=spool,
        store=store,
        catalogue=MemoryCatalogue(),
        holds=NoHolds(),
        clock=clock,
        launcher=FfmpegLauncher(look(ffmpeg), clock),
        options=Options(length=Elapsed.parse(length), sync=Elapsed.parse(sync)),
        listener=tell,
    ).record([a_camera(source=source)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4], sys.argv[5])
