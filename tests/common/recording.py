"""For tests of the recorder: films by FFmpeg, a store that fails, a recorder with all parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed, Interval
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.host import process
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.ffmpeg_tool import FfmpegTool, find, look
from infra.objects.memory_store import MemoryStore
from recorder.options import Options
from recorder.service import Recorder
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from _pytest.mark import ParameterSet

    from footage.camera import Camera
    from footage.digest import Digest
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import (
        Catalogue,
        DeleteOutcome,
        Guarantees,
        ObjectState,
        ObjectStore,
        StoredObject,
        Unreadable,
    )
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.events import Event
    from recorder.options import Summary

A_MINUTE = Elapsed.parse("1m")
SHORT = Options(length=Elapsed.parse("2s"), flush=Elapsed.parse("5s"))


def tools() -> list[FfmpegTool]:
    """Return the FFmpegs of this machine: the system's, and the copy in imageio-ffmpeg."""
    bundled = look(Path(imageio_ffmpeg.get_ffmpeg_exe()))
    first = find()
    return [first] if first == bundled else [first, bundled]


def each_tool() -> list[ParameterSet]:
    """Return `tools` as parameters of a fixture; all but the first are marked slow."""
    first, *others = tools()
    return [
        pytest.param(first, id=first.version),
        *(pytest.param(tool, id=tool.version, marks=pytest.mark.slow) for tool in others),
    ]


def make_film(
    path: Path,
    *,
    seconds: int = 20,
    audio: str = "",
    codec: str = "libx264",
    slices: int = 1,
    gop: int = 25,
) -> Path:
    """Make a film at 25 frames/s, a keyframe each `gop` frames; `audio` names an encoder."""
    ffmpeg = str(find().path)
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}"]
    noise = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if audio else []
    coded = ["-c:v", codec, "-g", str(gop), "-bf", "0", "-pix_fmt", "yuv420p"]
    coded += ["-preset", "ultrafast"]
    coded += ["-slices", str(slices)] if slices > 1 else []
    coded += ["-c:a", audio, "-ar", "8000"] if audio else []
    argv = [ffmpeg, "-nostdin", "-v", "error", "-y", *picture, *noise, *coded, str(path)]
    process.run(argv, timeout=A_MINUTE)
    return path


@dataclass(slots=True)
class NoHolds:
    """A register with the holds in `standing`, by default none."""

    standing: list[Hold] = field(default_factory=list)

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Return the standing holds, or all holds."""
        return [hold for hold in self.standing if hold.active or not active_only]


class FailingStore:
    """A store in front of another that cannot be reached while `down`."""

    def __init__(self, inner: ObjectStore) -> None:
        self.inner = inner
        self.down = False
        self.refused = 0

    def _reach(self) -> ObjectStore:
        if self.down:
            self.refused += 1
            raise Unavailable("the store is down")
        return self.inner

    def put(
        self,
        key: str,
        source: Path,
        digest: Digest,
        metadata: Mapping[str, str],
        *,
        retain_until: Instant | None = None,
        giving: bool = False,
    ) -> StoredObject:
        return self._reach().put(
            key, source, digest, metadata, retain_until=retain_until, giving=giving
        )

    def head(self, key: str) -> StoredObject:
        return self._reach().head(key)

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        return self._reach().get(key, offset=offset, length=length)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        return self._reach().list(prefix)

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        return self._reach().delete(keys)

    def set_hold(self, key: str, *, on: bool) -> None:
        self._reach().set_hold(key, on=on)

    def is_held(self, key: str) -> bool:
        return self._reach().is_held(key)

    def states(self, keys: Sequence[str]) -> dict[str, ObjectState | Unreadable]:
        return self._reach().states(keys)

    def guarantees(self) -> Guarantees:
        return self._reach().guarantees()


@dataclass(slots=True)
class Studio:
    """A recorder's surroundings in memory; `recorder()` builds the recorder."""

    spool: Path
    tool: FfmpegTool
    clock: SystemClock = field(default_factory=SystemClock)
    catalogue: Catalogue = field(default_factory=MemoryCatalogue)
    holds: NoHolds = field(default_factory=NoHolds)
    custody: CustodyList = field(default_factory=CustodyList)
    events: list[Event] = field(default_factory=list)
    store: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)

    def recorder(
        self, options: Options = SHORT, listener: Callable[[Event], None] | None = None
    ) -> Recorder:
        return Recorder(
            spool_root=self.spool,
            store=self.store,
            catalogue=self.catalogue,
            holds=self.holds,
            clock=self.clock,
            launcher=FfmpegLauncher(self.tool, self.clock),
            options=options,
            listener=listener or self.events.append,
        )

    def record(self, cameras: Sequence[Camera], seconds: float) -> Summary:
        return self.recorder().record(cameras, Elapsed.seconds(seconds))

    def segments(self, camera: CameraId) -> list[Segment]:
        return [one for one in self.catalogue.segments() if one.camera == camera]

    def gaps(self, camera: CameraId) -> list[Gap]:
        return [gap for gap in self.catalogue.gaps() if gap.camera == camera]

    def left_in_spool(self) -> list[str]:
        """Return the names of segment files in the spool, open or waiting."""
        return sorted(path.name for path in self.spool.glob("*/*.mp4"))


def holes(segments: Sequence[Segment], gaps: Sequence[Gap]) -> list[Interval]:
    """Return intervals between first and last that neither segments nor gaps account for."""
    known = [one.interval for one in segments] + [gap.interval for gap in gaps]
    whole = Interval(min(one.start for one in known), max(one.end for one in known))
    return whole.less(known)
