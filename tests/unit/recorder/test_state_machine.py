"""The camera's state machine, transition by transition."""

from __future__ import annotations

import pytest

from footage.instant import Elapsed
from footage.span import GapReason
from recorder.capture.audio import AudioMode
from recorder.capture.state_machine import (
    Alive,
    Changed,
    Event,
    Exited,
    Kill,
    MediaFound,
    MediaLost,
    Note,
    Phase,
    Spawn,
    Start,
    State,
    Stop,
    Terminate,
    Tick,
    step,
)


def at(seconds: float) -> Elapsed:
    return Elapsed.seconds(seconds)


def after(*events: tuple[float, Event]) -> State:
    state = State()
    for seconds, event in events:
        state, _ = step(state, event, at(seconds))
    return state


STARTED = (0.0, Start())
RECORDING = (STARTED, (1.0, Alive()))


def test_a_start_opens_a_gap_and_connects() -> None:
    state, actions = step(State(), Start(), at(0))
    assert state.phase is Phase.CONNECTING
    assert actions == (
        MediaLost(GapReason.RECORDER_DOWN, "the recorder was not running"),
        Spawn(AudioMode.MP4),
    )
    assert step(state, Start(), at(1)) == (state, ())


def test_the_first_media_closes_the_gap() -> None:
    state, actions = step(after(STARTED), Alive(), at(1))
    assert (state.phase, actions) == (Phase.RECORDING, (MediaFound(),))
    assert step(state, Alive(), at(2))[1] == ()


def test_an_unasked_exit_is_a_lost_camera() -> None:
    state, actions = step(after(*RECORDING), Exited("gone"), at(5))
    assert state.phase is Phase.BACKOFF
    assert actions == (MediaLost(GapReason.CAMERA_LOST, "gone"),)
    assert state.retry_at == at(6)


def test_a_silent_end_has_a_reason_too() -> None:
    assert step(after(*RECORDING), Exited(), at(5))[1] == (
        MediaLost(GapReason.CAMERA_LOST, "its stream ended"),
    )


def test_it_connects_again_when_the_backoff_is_over() -> None:
    waiting = after(*RECORDING, (5.0, Exited()))
    assert step(waiting, Tick(), at(5.9)) == (waiting, ())
    state, actions = step(waiting, Tick(), at(6))
    assert (state.phase, actions) == (Phase.CONNECTING, (Spawn(AudioMode.MP4),))


def test_backoff_doubles_to_thirty_seconds() -> None:
    state, now, waits = after(STARTED), 0.0, []
    for _ in range(7):
        state, _ = step(state, Exited(), at(now))
        waits.append((state.retry_at - at(now)).in_seconds)
        now = state.retry_at.in_seconds
        state, _ = step(state, Tick(), at(now))
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_backoff_resets_after_thirty_healthy_seconds() -> None:
    failing = after(STARTED, (0.0, Exited()), (1.0, Tick()), (1.0, Exited()), (3.0, Tick()))
    assert failing.failures == 2
    alive = step(failing, Alive(), at(4))[0]
    short = step(step(alive, Alive(), at(33))[0], Exited(), at(33))[0]
    healthy = step(step(alive, Alive(), at(34))[0], Exited(), at(34))[0]
    assert (short.failures, healthy.failures) == (3, 1)


@pytest.mark.parametrize(
    ("state", "limit_s", "why"),
    [(after(STARTED), 20, "no picture within 20s"), (after(*RECORDING), 11, "no picture for 10s")],
)
def test_silence_ends_ffmpeg(state: State, limit_s: float, why: str) -> None:
    assert step(state, Tick(), at(limit_s - 0.1))[1] == ()
    ending, actions = step(state, Tick(), at(limit_s))
    assert (ending.phase, actions) == (Phase.ENDING, (Terminate(),))
    assert step(ending, Exited("bye"), at(limit_s + 1))[1] == (
        MediaLost(GapReason.CAMERA_LOST, f"{why}; bye"),
    )


def test_what_does_not_end_is_killed_again_and_again() -> None:
    ending = after(*RECORDING, (11.0, Tick()))
    assert step(ending, Tick(), at(15.9))[1] == ()
    killed, actions = step(ending, Tick(), at(16))
    assert actions == (Kill(),)
    assert step(killed, Tick(), at(21))[1] == (Kill(),)


def test_sound_that_mp4_cannot_hold_is_kept_otherwise_or_left_out_at_once() -> None:
    state, actions = step(after(STARTED), Exited("mulaw", audio_refused=True), at(1))
    assert state.phase is Phase.CONNECTING
    assert isinstance(actions[0], Note)
    assert actions[1] == Spawn(AudioMode.MOV)
    state, actions = step(state, Exited("g726", audio_refused=True), at(1))
    assert actions[1] == Spawn(AudioMode.NONE)
    again, actions = step(state, Exited("odd", audio_refused=True), at(2))
    assert again.phase is Phase.BACKOFF
    assert step(again, Tick(), at(9))[1] == (Spawn(AudioMode.NONE),)


def test_other_parameters_end_the_span_and_begin_the_next_at_once() -> None:
    state, actions = step(after(*RECORDING), Changed("1280x720 became 640x360"), at(40))
    assert (state.phase, actions) == (Phase.ENDING, (Terminate(),))
    state, actions = step(state, Exited("255"), at(41))
    assert (state.phase, state.failures) == (Phase.CONNECTING, 0)
    assert actions == (
        MediaLost(GapReason.CAMERA_LOST, "1280x720 became 640x360; 255"),
        Spawn(AudioMode.MP4),
    )


def test_a_camera_that_changes_all_the_time_waits() -> None:
    state, _ = step(after(*RECORDING), Changed("again"), at(5))
    state, actions = step(state, Exited(), at(5))
    assert (state.phase, state.failures) == (Phase.BACKOFF, 1)
    assert actions == (MediaLost(GapReason.CAMERA_LOST, "again"),)
    assert step(state, Changed("again"), at(6)) == (state, ())


def test_a_stop_at_once_kills() -> None:
    for running in (after(STARTED), after(*RECORDING), after(*RECORDING, (5.0, Stop()))):
        state, actions = step(running, Stop(at_once=True), at(6))
        assert (state.phase, actions) == (Phase.STOPPING, (Kill(),))
        assert step(state, Exited(), at(6))[0].phase is Phase.STOPPED
    stopped = after((0.0, Start()), (0.0, Exited()), (1.0, Stop(at_once=True)))
    assert stopped.phase is Phase.STOPPED
    assert step(stopped, Stop(at_once=True), at(2)) == (stopped, ())


def test_a_stop_ends_ffmpeg_politely() -> None:
    stopping, actions = step(after(*RECORDING), Stop(), at(5))
    assert (stopping.phase, actions) == (Phase.STOPPING, (Terminate(),))
    assert step(stopping, Stop(), at(6)) == (stopping, ())
    assert step(stopping, Tick(), at(10))[1] == (Kill(),)
    stopped, actions = step(stopping, Exited("255"), at(6))
    assert (stopped.phase, actions) == (Phase.STOPPED, ())


@pytest.mark.parametrize("state", [State(), after(STARTED, (1.0, Exited()))])
def test_a_stop_without_ffmpeg_is_immediate(state: State) -> None:
    assert step(state, Stop(), at(2))[0].phase is Phase.STOPPED


def test_a_stop_while_ending_waits_for_the_exit() -> None:
    stopping, actions = step(after(*RECORDING, (11.0, Tick())), Stop(), at(12))
    assert (stopping.phase, actions) == (Phase.STOPPING, ())
    assert step(stopping, Exited(), at(13))[0].phase is Phase.STOPPED
