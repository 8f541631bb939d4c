"""Model of a simulated camera: pictures and audio, clock, and present condition."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from footage.instant import ZERO, Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Mapping

VIDEO_HZ: Final = 90_000


class ParameterSets(StrEnum):
    """Places at which SPS and PPS (and VPS) are sent besides the SDP."""

    NEVER = "never"
    KEYFRAME = "keyframe"
    """Before each keyframe, as most cameras do."""
    INSIDE = "inside"
    """Before each slice of a keyframe: a fault of some cameras that splits the picture."""


class Sdp(StrEnum):
    """Content of the SDP about the parameter sets."""

    RIGHT = "right"
    NOTHING = "nothing"
    WRONG = "wrong"
    """Parameter sets of another picture size, as after a change that the camera's server missed."""


@dataclass(frozen=True, slots=True)
class Look:
    """Options of a camera: pictures, audio, faults of SDP and RTP, login, clock.

    Attributes:
        codec: "h264", "h265" or "mjpeg".
        slices: Slices per picture; H.264 only, x265 makes several with threads alone.
        refresh: Whether intra refresh stands in for all keyframes but the first; H.264 only.
        b_frames: Most B-frames in a row; x265 then holds pictures back for 0.8 s.
        audio: "", "aac", "pcmu" or "pcma".
        drop: Share of frames left out at random: a variable frame rate.
        silent_ms: Time in which nothing is captured, at the end of each `silent_every_ms`.
        stamped_fps: Pictures a second by the media times, a wrong rate; 0 for the right rate.
        login: "user:password" for Digest; empty admits anybody.
        ppm: Speed of the camera's clock above true time, in parts per million.
        offset_us: Microseconds by which the camera's wall clock is ahead of true time.
        rtp_info: Whether PLAY is answered with an RTP-Info header.
    """

    codec: str = "h264"
    width: int = 192
    height: int = 112
    fps: int = 10
    gop_ms: int = 1_000
    slices: int = 1
    refresh: bool = False
    b_frames: int = 0
    drop: float = 0.0
    silent_ms: int = 0
    silent_every_ms: int = 40_000
    stamped_fps: int = 0
    audio: str = ""
    sets: ParameterSets = ParameterSets.KEYFRAME
    sdp: Sdp = Sdp.RIGHT
    login: str = ""
    ppm: int = 0
    offset_us: int = 0
    rtp_info: bool = False
    mtu: int = 1_400
    seed: int = 1

    def __post_init__(self) -> None:
        if self.codec != "h264" and (self.slices > 1 or self.refresh):
            raise ValueError("several slices to a picture, intra refresh: H.264 only")

    @property
    def stamp_ppm(self) -> int:
        """Speed of the media times above the camera's clock, in parts per million."""
        return self.stamped_fps and self.fps * 1_000_000 // self.stamped_fps - 1_000_000

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Return the look described by a record from the control channel."""
        plain = dict(record)
        for name, kind in (("sets", ParameterSets), ("sdp", Sdp)):
            if name in plain:
                plain[name] = kind(plain[name])
        return cls(**plain)


class Condition(StrEnum):
    """Condition of a camera: serving well, or a way of failing."""

    WELL = "well"
    DEAD = "dead"
    """Connections closed and refused, nothing captured."""
    STALLED = "stalled"
    """Connections stay open, nothing more is sent."""
    SILENT = "silent"
    """Connections are accepted and never answered; the open ones stall."""
    GARBAGE = "garbage"
    """Random bytes instead of RTSP, on open connections and new ones."""
    NOISE = "noise"
    """Right RTSP and RTP with random payload."""


@dataclass(frozen=True, slots=True)
class CameraClock:
    """Clock of a camera: the same oscillator drives media time and wall clock.

    A step moves the wall clock alone, and `stamp_ppm` (a wrong rate) speeds media time alone.
    """

    since: Instant
    ppm: int = 0
    offset: Elapsed = ZERO
    media_at_since: Elapsed = field(default=ZERO)
    stamp_ppm: int = 0

    def media(self, true: Instant) -> Elapsed:
        """Return the time since the camera was switched on, as the camera stamps pictures."""
        passed = (true - self.since).us
        ppm = self.ppm + self.stamp_ppm
        return self.media_at_since + Elapsed(passed + passed * ppm // 1_000_000)

    def ticks(self, true: Instant, hertz: int) -> int:
        """Return media time in ticks of a media clock of `hertz`."""
        return self.media(true).us * hertz // 1_000_000

    def wall(self, true: Instant) -> Instant:
        """Return the wall time that the camera's clock shows at the true time."""
        passed = (true - self.since).us
        return true + self.offset + Elapsed(passed * self.ppm // 1_000_000)

    def stepped(self, step: Elapsed) -> CameraClock:
        """Return the clock with the wall clock set forward or back by `step`."""
        return replace(self, offset=self.offset + step)

    def drifting(self, true: Instant, ppm: int) -> CameraClock:
        """Return the clock running at another speed from `true` on; no jump of either time."""
        wall_ahead = self.wall(true) - true
        return CameraClock(true, ppm, wall_ahead, self.media(true), self.stamp_ppm)
