"""What a simulated camera is like: its pictures, its clock, and what is wrong with it now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from footage.instant import ZERO, Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Mapping

VIDEO_HZ: Final = 90_000


class ParameterSets(StrEnum):
    """Where SPS and PPS (and VPS) are sent besides the SDP."""

    NEVER = "never"
    KEYFRAME = "keyframe"
    """Before each keyframe, as most cameras do."""
    INSIDE = "inside"
    """Before each slice of a keyframe: wrong, it splits the picture. Some cameras do."""


class Sdp(StrEnum):
    """What the SDP says of the parameter sets."""

    RIGHT = "right"
    NOTHING = "nothing"
    WRONG = "wrong"
    """Those of another picture size, as after a change that the camera's server missed."""


@dataclass(frozen=True, slots=True)
class Look:
    """A camera's pictures and sound.

    Attributes:
        codec: "h264" or "h265".
        slices: To a picture; H.264 only, x265 makes several with threads alone.
        b_frames: At most so many in a row; x265 then holds pictures back for 0.8 s.
        audio: "", "aac", "pcmu" or "pcma".
        drop: Share of frames left out at random: a variable frame rate.
        login: "user:password" for Digest; empty: anybody.
        ppm: How much faster than true time the camera's clock runs.
        offset_us: What its wall clock shows beyond the true time.
        rtp_info: Whether PLAY is answered with an RTP-Info header.
    """

    codec: str = "h264"
    width: int = 192
    height: int = 112
    fps: int = 10
    gop_ms: int = 1_000
    slices: int = 1
    b_frames: int = 0
    drop: float = 0.0
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
        if self.codec == "h265" and self.slices > 1:
            raise ValueError("several slices to a picture: H.264 only")

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From what came over the control channel."""
        plain = dict(record)
        for name, kind in (("sets", ParameterSets), ("sdp", Sdp)):
            if name in plain:
                plain[name] = kind(plain[name])
        return cls(**plain)


class Condition(StrEnum):
    """Whether the camera serves."""

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
    """One oscillator behind media time and wall clock; steps move the wall clock alone."""

    since: Instant
    ppm: int = 0
    offset: Elapsed = ZERO
    media_at_since: Elapsed = field(default=ZERO)

    def media(self, true: Instant) -> Elapsed:
        """Time since the camera was switched on, as it counts."""
        passed = (true - self.since).us
        return self.media_at_since + Elapsed(passed + passed * self.ppm // 1_000_000)

    def ticks(self, true: Instant, hertz: int) -> int:
        """The same in ticks of a media clock."""
        return self.media(true).us * hertz // 1_000_000

    def wall(self, true: Instant) -> Instant:
        """What the camera believes the time is."""
        passed = (true - self.since).us
        return true + self.offset + Elapsed(passed * self.ppm // 1_000_000)

    def stepped(self, step: Elapsed) -> CameraClock:
        """With its wall clock set forward or back."""
        return replace(self, offset=self.offset + step)

    def drifting(self, true: Instant, ppm: int) -> CameraClock:
        """Running at another speed from now on; neither clock jumps."""
        wall_ahead = self.wall(true) - true
        return CameraClock(true, ppm, wall_ahead, self.media(true))
