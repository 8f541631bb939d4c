"""Every kind of stream a camera may send, recorded side by side by the same recorder.

Simulated cameras burn a counter into each frame, so that what is stored can be compared with what
was sent; GStreamer's server sends films whose bytes are known.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import av

from footage.ids import CameraId
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.nal import units
from infra.host import process
from infra.media.ffmpeg_tool import find
from lab.servers.rtsp import Codec, looped
from recorder.capture.state_machine import Phase
from recorder.events import PhaseChanged, SegmentSpooled, SegmentStored
from tests.common.builders import a_camera
from tests.common.camera.handle import Cameras, Truth
from tests.common.camera.model import Condition
from tests.common.camera.strip import Shown, frames_of
from tests.common.recording import A_MINUTE, Studio, make_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from footage.mp4 import Layout
    from footage.nal import Codec as Coded
    from footage.segment import Segment
    from infra.media.ffmpeg_tool import FfmpegTool
    from lab.servers.rtsp import Rtsp
    from recorder.events import Event
    from recorder.service import Recorder

LONGEST: Final = Elapsed.parse("150s")
"""Longest recording; usually all faults have happened, and recording ends, after 30 s."""
FPS: Final = 5
SPLIT: Final = {"sets": "inside", "slices": 4, "width": 384, "height": 224}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "steady": {},
    "aac": {"audio": "aac"},
    "pcmu": {"audio": "pcmu"},
    "pcma": {"audio": "pcma"},
    "late-sets": {"sdp": "nothing", "gop_ms": 3_000},
    "sdp-only": {"sets": "never"},
    "wrong-sdp": {"sdp": "wrong"},
    "split": SPLIT,
    "silent": {},
    "garbage": {},
    "slow": {},
    "flapping": {},
    "resized": {},
    "recoded": {},
    "clock-set": {"audio": "aac"},
}
"""Simulated cameras by name; `_cause_faults` causes the later faults of some."""
HEALTHY: Final = ["steady", "aac", "pcmu", "pcma", "late-sets", "sdp-only", "wrong-sdp"]
VICTIMS: Final = ["garbage", "flapping", "resized", "recoded", "clock-set"]
SIZE: Final = "320x180"
FILMS: Final[dict[str, tuple[str, list[str]]]] = {
    "film-h264": (SIZE, ["-bf", "0"]),
    "film-h265": (SIZE, ["-bf", "0", "-c:v", "libx265", "-x265-params", "log-level=error"]),
    "film-slices": (SIZE, ["-bf", "0", "-slices", "4"]),
    "film-b-frames": (SIZE, ["-bf", "2", "-b_strategy", "0"]),
    "film-vfr": (SIZE, ["-bf", "0", "-vf", "select=mod(n\\,7)*mod(n\\,5)", "-fps_mode", "vfr"]),
    "main": ("1920x1080", ["-bf", "0"]),
    "sub": ("352x288", ["-bf", "0"]),
}
"""Films sent by GStreamer's server: size and how FFmpeg makes them."""


@dataclass(slots=True)
class City:
    """Recordings of all these cameras by a single recorder."""

    studio: Studio
    truth: dict[str, list[Truth]]
    films: dict[str, Path]
    _shown: dict[str, list[list[Shown]]] = field(default_factory=dict)

    def segments(self, name: str) -> list[Segment]:
        """Return the stored segments of a camera, in order."""
        found = self.studio.segments(CameraId(name))
        return sorted(found, key=lambda one: one.interval.start)

    def data(self, name: str) -> list[bytes]:
        """Return the bytes of the stored segments, in order."""
        return [self.studio.store.get(one.key) for one in self.segments(name)]

    def layouts(self, name: str) -> list[Layout]:
        """Return the box layouts of the stored segments, in order."""
        return [walk(io.BytesIO(data)) for data in self.data(name)]

    def shown(self, name: str) -> list[list[Shown]]:
        """Return the frames a decoder shows, a list for each segment."""
        if name not in self._shown:
            self._shown[name] = [frames_of(data) for data in self.data(name)]
        return self._shown[name]

    def counters(self, name: str) -> list[int]:
        """Return the burned-in counters of all frames shown; -1 for a damaged frame."""
        shown = [one for frames in self.shown(name) for one in frames]
        return [one.stamp.counter if one.stamp else -1 for one in shown]

    def stored(self, name: str) -> int:
        """Return the number of segments stored so far."""
        return len(self.said(name, SegmentStored))

    def starts(self, name: str) -> int:
        """Return the number of times the recorder connected to the camera."""
        changes = [one for one in list(self.studio.events) if isinstance(one, PhaseChanged)]
        return sum(one.phase is Phase.CONNECTING and one.camera == name for one in changes)

    def newest_run(self, name: str) -> int:
        """Count events of segments of the camera's newest run; 0 while in the first run."""
        told = [
            one
            for one in list(self.studio.events)
            if isinstance(one, SegmentSpooled | SegmentStored) and one.camera == name
        ]
        runs = [one.segment.run for one in told]
        return runs.count(runs[-1]) if runs and runs[-1] != runs[0] else 0

    def said(self, name: str, *kinds: type[Event]) -> list[str]:
        """Return the texts of a camera's events of these kinds."""
        events = list(self.studio.events)
        return [str(one) for one in events if isinstance(one, kinds) and one.camera == name]


def record_city(tool: FfmpegTool, folder: Path, rtsp_server: Rtsp) -> City:
    """Record all cameras until all planned faults have happened."""
    films = _films(folder)
    with Cameras(folder / "cameras") as cameras:
        sources = {
            name: cameras.add(_number(name), **{"fps": FPS, **look}) for name, look in LOOKS.items()
        }
        cameras.feel(_number("silent"), Condition.SILENT)
        mount = f"/streams-{tool.version.replace('.', '')}"
        for name in FILMS:
            sources[name] = rtsp_server.add(f"{mount}/{name}", films[name], codec_of(name))
        sources["payloader"] = rtsp_server.add(
            f"{mount}/payloader", films["film-slices"], Codec.H264_SPLIT
        )
        sources["file"] = str(films["file"])
        found = City(Studio(folder / "spool", tool), {}, films)
        recorder = found.studio.recorder()
        faults = Thread(target=_cause_faults, args=(found, cameras, recorder))
        faults.start()
        recorder.record([a_camera(name, source=url) for name, url in sources.items()], LONGEST)
        faults.join()
        found.truth = {name: cameras.truth(_number(name)) for name in LOOKS}
    return found


def _number(name: str) -> int:
    return 1 + list(LOOKS).index(name)


def codec_of(name: str) -> Codec:
    """Return the codec in which the RTSP server sends a film."""
    return Codec.H265 if name == "film-h265" else Codec.H264


def _films(folder: Path) -> dict[str, Path]:
    """Make films longer than any recording; `file` is shorter and so starts again."""
    films = {}
    for name, (size, options) in FILMS.items():
        whole = name in {"film-b-frames", "film-vfr"}  # films whose times cannot be joined
        seconds = int(LONGEST.in_seconds) + 30 if whole else 5
        source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration={seconds}"]
        made = folder / f"made-{name}.mp4"
        coded = ["-g", "10", "-pix_fmt", "yuv420p", "-preset", "ultrafast", *options, str(made)]
        argv = [str(find().path), "-nostdin", "-v", "error", "-y", *source, *coded]
        process.run(argv, timeout=A_MINUTE)
        films[name] = made if whole else looped(made, folder / f"{name}.mp4", LONGEST * 2)
    return {**films, "file": make_film(folder / "file.mp4", seconds=8)}


def _cause_faults(city: City, cameras: Cameras, recorder: Recorder) -> None:
    """Cause the faults of the unhealthy cameras once recorded; then stop the recorder."""
    cameras.slow(_number("slow"), 3_000)
    until(lambda: all(city.stored(name) >= 2 for name in [*HEALTHY, *VICTIMS]))
    cameras.feel(_number("garbage"), Condition.GARBAGE)
    cameras.flap(_number("flapping"), up=Elapsed.parse("8s"), down=Elapsed.parse("2s"))
    cameras.change(_number("resized"), disconnect=False, width=384, height=224)
    cameras.change(_number("recoded"), disconnect=False, codec="h265")
    cameras.step_clock(_number("clock-set"), -Elapsed.parse("1h"))
    began = [city.starts(name) for name in VICTIMS]
    until(
        lambda: (
            all(city.starts(n) > former for n, former in zip(VICTIMS, began, strict=True))
            and all(city.stored(name) >= 10 for name in [*HEALTHY, *FILMS])
            and all(city.newest_run(name) >= 2 for name in ("resized", "recoded", "clock-set"))
            and city.starts("flapping") >= 3
        )
    )
    recorder.stop()


def until(happened: Callable[[], bool]) -> None:
    """Wait until `happened`, for a limited time: tests then show what never happened."""
    for _ in range(int(LONGEST.in_seconds / 2)):
        if happened():
            return
        time.sleep(1)


def packets(film: Path) -> Iterator[bytes]:
    """Yield a film's access units."""
    with av.open(str(film), "r") as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield bytes(packet)


def samples(segments: list[bytes]) -> Iterator[bytes]:
    """Yield the access units of segments."""
    for data in segments:
        for one in walk(io.BytesIO(data)).samples:
            yield data[one.offset : one.offset + one.length]


def sent(access_units: Iterable[bytes], codec: Coded) -> list[bytes]:
    """Return all units but parameter sets, which a payloader repeats, as sent through RTP.

    In RTP, units lie between start codes, and zeros behind a unit are not part of the unit. The
    signed clips' first SEI holds a start code, since nobody put in emulation prevention: no
    receiver can know that the SEI is one unit, but all bytes come through.
    """
    return [
        piece.rstrip(b"\0")
        for data in access_units
        for unit in units(codec, data)
        for piece in data[unit.offset : unit.offset + unit.length].split(b"\0\0\1")
        if piece.rstrip(b"\0") and not unit.is_parameter_set
    ]
