"""What to do with one camera: a state machine without clock, process or disk (invariant 10).

`step(state, event, now, dice)` answers the next state and what to do. Time is monotonic, so a
step of the wall clock neither hurries nor stalls anything. From `Lost` to `Found` a gap is open,
with its reason, so that spans and gaps tile the scheduled time (invariant 5). The whole diagram
stands in `docs/recording.md`::

    idle ─Start→ connecting ─Alive→ recording ┐ silent 10 s     ┌→ backoff ─in time→ connecting
                     │ no picture in 20 s     ├ changed → ending┤
                     └────────────────────────┘     Exited ─────┘ (changed: connecting at once)
                          any ─Stop→ stopping (at once: killed) ─Exited→ stopped

Exit codes say nothing (measured: FFmpeg leaves a dead camera with code 0): an exit we did not ask
for is a lost camera.
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
"""A polite end takes at most 0.8 s (measured), on a loaded disk longer."""
HEALTHY_AFTER: Final = Elapsed.parse("30s")
FIRST_BACKOFF: Final = Elapsed.parse("1s")
LONGEST_BACKOFF: Final = Elapsed.parse("30s")


class Phase(StrEnum):
    """Where a camera stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    RECORDING = "recording"
    ENDING = "ending"
    """We end its FFmpeg because nothing comes any more."""
    BACKOFF = "backoff"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class State:
    """One camera.

    Attributes:
        since: When the phase began; while ending or stopping, when the process was last told so.
        alive: When media last arrived.
        failures: Losses in a row, each before 30 s of health.
        retry_at: When a backoff ends.
        audio: How sound is recorded; the next way once its codec was refused.
        why: Why its FFmpeg is being ended.
        renew: Whether it is ended only to begin anew at once.
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
    """Record this camera."""


@dataclass(frozen=True, slots=True)
class Alive:
    """Media arrived."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What the camera sends is no longer what its run began with: the span must end."""

    what: str


@dataclass(frozen=True, slots=True)
class Exited:
    """FFmpeg ended, or could not be started."""

    words: str = ""
    reason: GapReason = GapReason.CAMERA_LOST
    audio_refused: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Record no longer; keep what is open.

    Attributes:
        at_once: From this very moment on, since somebody else may record now: FFmpeg is killed.
    """

    at_once: bool = False


Event = Start | Alive | Changed | Exited | Tick | Stop


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start FFmpeg."""

    audio: AudioMode


@dataclass(frozen=True, slots=True)
class Terminate:
    """Ask FFmpeg to close its files and end."""


@dataclass(frozen=True, slots=True)
class Kill:
    """End FFmpeg at once."""


@dataclass(frozen=True, slots=True)
class Lost:
    """From the end of the last media on there is a gap; an open one has this reason now."""

    reason: GapReason
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """Media arrives again: the open gap ends with its first frame."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something an operator may want to know."""

    text: str


Action = Spawn | Terminate | Kill | Lost | Found | Note
Step = tuple[State, tuple[Action, ...]]


def step(state: State, event: Event, now: Elapsed, dice: float = 0.5) -> Step:
    """Decide.

    Args:
        state: Where the camera stands.
        event: What happened.
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
    """The wait before attempt `failures` + 1: 1 s doubling to 30 s, spread by ± 20 %."""
    doubled = min(FIRST_BACKOFF.us << min(max(failures - 1, 0), 10), LONGEST_BACKOFF.us)
    return Elapsed(round(doubled * (0.8 + 0.4 * dice)))


def _start(state: State, now: Elapsed) -> Step:
    if state.phase not in {Phase.IDLE, Phase.STOPPED}:
        return state, ()
    lost = Lost(GapReason.RECORDER_DOWN, "the recorder was not running")
    fresh = State(Phase.CONNECTING, since=now, alive=now, audio=state.audio)
    return fresh, (lost, Spawn(fresh.audio))


def _alive(state: State, now: Elapsed) -> Step:
    if state.phase is Phase.CONNECTING:
        return replace(state, phase=Phase.RECORDING, since=now, alive=now), (Found(),)
    healthy = state.phase is Phase.RECORDING and now - state.since >= HEALTHY_AFTER
    return replace(state, alive=now, failures=0 if healthy else state.failures), ()


def _changed(state: State, event: Changed, now: Elapsed) -> Step:
    if state.phase is not Phase.RECORDING:
        return state, ()
    # One that changes all the time waits as one that is lost all the time: it must not spin.
    return _end(state, now, event.what, renew=now - state.since >= HEALTHY_AFTER)


def _exited(state: State, event: Exited, now: Elapsed, dice: float) -> Step:
    if state.phase is Phase.STOPPING:
        return replace(state, phase=Phase.STOPPED, since=now), ()
    if state.phase not in {Phase.CONNECTING, Phase.RECORDING, Phase.ENDING}:
        return state, ()
    if event.audio_refused and state.phase is Phase.CONNECTING and (other := state.audio.next):
        return _with_audio(state, other, now)
    words = "; ".join(part for part in (state.why, event.words) if part)
    lost = Lost(event.reason, words or "its stream ended")
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
    """The same camera again at once, its sound kept otherwise: never lose video for audio."""
    kept = "kept as QuickTime" if other is AudioMode.MOV else "not recorded"
    note = Note(f"sound {kept}: {state.audio.name} cannot hold its codec")
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
    # The gap opens when the process has gone and its last media is known, seconds later.
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
