"""The state machine of a camera, without clock, process or disk (invariant 10).

`step(state, event, now, dice)` returns the next state and the actions. Time is monotonic, so a
step of the wall clock neither hurries nor stalls anything. From `MediaLost` to `MediaFound` a gap
with a reason is open, so that spans and gaps tile the scheduled time (invariant 5). The diagram is
in `docs/recording.md`::

    idle ─Start→ connecting ─Alive→ recording ┐ silent 10 s     ┌→ backoff ─in time→ connecting
                     │ no picture in 20 s     ├ changed → ending┤
                     └────────────────────────┘     Exited ─────┘ (changed: connecting at once)
                          any ─Stop→ stopping (at once: killed) ─Exited→ stopped

Exit codes say nothing (measured: FFmpeg leaves a dead camera with code 0): an exit the recorder did
not ask for is a lost camera.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from footage.instant import ZERO, Elapsed
from footage.span import GapReason
from recorder.capture.audio import AudioMode

CONNECT_WITHIN: Final = Elapsed.parse("20s")
"""FFmpeg itself gives up on a silent server after 10 s; probing a slow camera takes more."""
STALL_AFTER: Final = Elapsed.parse("10s")
KILL_AFTER: Final = Elapsed.parse("5s")
"""FFmpeg's end after a `Terminate` takes at most 0.8 s (measured), longer on a loaded disk."""
HEALTHY_AFTER: Final = Elapsed.parse("30s")
FIRST_BACKOFF: Final = Elapsed.parse("1s")
LONGEST_BACKOFF: Final = Elapsed.parse("30s")


class Phase(StrEnum):
    """Phase of a camera's recording."""

    IDLE = "idle"
    CONNECTING = "connecting"
    RECORDING = "recording"
    ENDING = "ending"
    """The recorder ends FFmpeg because no media comes any more or the stream has changed."""
    BACKOFF = "backoff"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class State:
    """State of a camera's recording.

    Attributes:
        since: Time the phase began; while ending or stopping, time of the last signal to FFmpeg.
        alive: Time media last arrived.
        failures: Losses in a row, each before 30 s of recording.
        retry_at: End of a backoff.
        audio: Mode in which audio is recorded; the next mode once FFmpeg refused the codec.
        why: Reason why FFmpeg is being ended.
        renew: Whether FFmpeg is ended only to begin a new run at once.
    """

    phase: Phase = Phase.IDLE
    since: Elapsed = ZERO
    alive: Elapsed = ZERO
    failures: int = 0
    retry_at: Elapsed = ZERO
    audio: AudioMode = AudioMode.MP4
    why: str = ""
    renew: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Event: the camera is to be recorded."""


@dataclass(frozen=True, slots=True)
class Alive:
    """Event: media arrived."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Event: the stream is no longer as at the begin of the run, so the span must end."""

    what: str


@dataclass(frozen=True, slots=True)
class Exited:
    """Event: FFmpeg ended, or could not be started."""

    words: str = ""
    reason: GapReason = GapReason.CAMERA_LOST
    audio_refused: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Event: time passed."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Event: the camera is to be recorded no longer; the open segment is kept.

    Attributes:
        at_once: Whether FFmpeg is killed, since another recorder may record from now on.
    """

    at_once: bool = False


Event = Start | Alive | Changed | Exited | Tick | Stop


@dataclass(frozen=True, slots=True)
class Spawn:
    """Action: start FFmpeg."""

    audio: AudioMode


@dataclass(frozen=True, slots=True)
class Terminate:
    """Action: ask FFmpeg to close all files and end."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Action: kill FFmpeg."""


@dataclass(frozen=True, slots=True)
class MediaLost:
    """Action: open a gap at the end of the last media, or give the open gap this reason."""

    reason: GapReason
    detail: str


@dataclass(frozen=True, slots=True)
class MediaFound:
    """Action: end the open gap at the first frame, because media arrives again."""


@dataclass(frozen=True, slots=True)
class Note:
    """Action: tell the operator something."""

    text: str


Action = Spawn | Terminate | Kill | MediaLost | MediaFound | Note
Step = tuple[State, tuple[Action, ...]]


def step(state: State, event: Event, now: Elapsed, dice: float = 0.5) -> Step:
    """The next state and the actions that follow from an event.

    Args:
        state: State before the event.
        event: The event.
        now: Monotonic time, never less than at the step before.
        dice: A random number in [0, 1) that spreads the retries of cameras lost together.
    """
    match event:
        case Start():
            return _start(state, now)
        case Alive():
            return _alive(state, now)
        case Changed():
            return _changed(state, event, now)
        case Exited():
            return _exited(state, event, now, dice)
        case Tick():
            return _tick(state, now)
        case Stop():
            return _stop(state, event, now)


def backoff(failures: int, dice: float) -> Elapsed:
    """Wait before attempt `failures` + 1: 1 s doubling to 30 s, spread by ± 20 %."""
    doubled = min(FIRST_BACKOFF.us << min(max(failures - 1, 0), 10), LONGEST_BACKOFF.us)
    return Elapsed(round(doubled * (0.8 + 0.4 * dice)))


def _start(state: State, now: Elapsed) -> Step:
    if state.phase not in {Phase.IDLE, Phase.STOPPED}:
        return state, ()
    lost = MediaLost(GapReason.RECORDER_DOWN, "the recorder was not running")
    fresh = State(Phase.CONNECTING, since=now, alive=now, audio=state.audio)
    return fresh, (lost, Spawn(fresh.audio))


def _alive(state: State, now: Elapsed) -> Step:
    if state.phase is Phase.CONNECTING:
        return replace(state, phase=Phase.RECORDING, since=now, alive=now), (MediaFound(),)
    healthy = state.phase is Phase.RECORDING and now - state.since >= HEALTHY_AFTER
    return replace(state, alive=now, failures=0 if healthy else state.failures), ()


def _changed(state: State, event: Changed, now: Elapsed) -> Step:
    if state.phase is not Phase.RECORDING:
        return state, ()
    # A camera that changes all the time waits like a camera lost all the time: no busy loop.
    return _end(state, now, event.what, renew=now - state.since >= HEALTHY_AFTER)


def _exited(state: State, event: Exited, now: Elapsed, dice: float) -> Step:
    if state.phase is Phase.STOPPING:
        return replace(state, phase=Phase.STOPPED, since=now), ()
    if state.phase not in {Phase.CONNECTING, Phase.RECORDING, Phase.ENDING}:
        return state, ()
    if event.audio_refused and state.phase is Phase.CONNECTING and (other := state.audio.next):
        return _with_audio(state, other, now)
    words = "; ".join(part for part in (state.why, event.words) if part)
    lost = MediaLost(event.reason, words or "its stream ended")
    if state.renew:
        fresh = State(Phase.CONNECTING, since=now, alive=now, failures=state.failures)
        return fresh, (lost, Spawn(fresh.audio))
    failures = state.failures + 1
    waiting = replace(
        state,
        phase=Phase.BACKOFF,
        since=now,
        failures=failures,
        retry_at=now + backoff(failures, dice),
        why="",
    )
    return waiting, (lost,)


def _with_audio(state: State, other: AudioMode, now: Elapsed) -> Step:
    """Start FFmpeg again at once with the next audio mode: never lose video for audio."""
    kept = "kept as QuickTime" if other is AudioMode.MOV else "not recorded"
    note = Note(f"audio {kept}: {state.audio.name} cannot hold its codec")
    retry = replace(state, phase=Phase.CONNECTING, since=now, alive=now, audio=other, why="")
    return retry, (note, Spawn(other))


def _tick(state: State, now: Elapsed) -> Step:
    match state.phase:
        case Phase.CONNECTING if now - state.since >= CONNECT_WITHIN:
            return _end(state, now, f"no picture within {CONNECT_WITHIN}")
        case Phase.RECORDING if now - state.alive >= STALL_AFTER:
            return _end(state, now, f"no picture for {STALL_AFTER}")
        case Phase.ENDING | Phase.STOPPING if now - state.since >= KILL_AFTER:
            return replace(state, since=now), (Kill(),)
        case Phase.BACKOFF if now >= state.retry_at:
            retry = replace(state, phase=Phase.CONNECTING, since=now, alive=now)
            return retry, (Spawn(state.audio),)
    return state, ()


def _end(state: State, now: Elapsed, why: str, *, renew: bool = False) -> Step:
    ending = replace(state, phase=Phase.ENDING, since=now, why=why, renew=renew)
    # The gap opens when FFmpeg has ended and the end of the last media is known, seconds later.
    return ending, (Terminate(),)


def _stop(state: State, event: Stop, now: Elapsed) -> Step:
    match state.phase:
        case Phase.IDLE | Phase.BACKOFF:
            return replace(state, phase=Phase.STOPPED, since=now), ()
        case Phase.STOPPED:
            return state, ()
        case _ if event.at_once:
            return replace(state, phase=Phase.STOPPING, since=now), (Kill(),)
        case Phase.CONNECTING | Phase.RECORDING:
            return replace(state, phase=Phase.STOPPING, since=now), (Terminate(),)
        case Phase.ENDING:
            return replace(state, phase=Phase.STOPPING), ()
    return state, ()
