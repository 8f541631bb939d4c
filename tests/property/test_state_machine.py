"""The camera's state machine under any sequence of events: never stuck, and time is tiled."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed
from footage.span import GapReason
from recorder.capture import state_machine
from recorder.capture.state_machine import Phase, State

SECOND = Elapsed.parse("1s")


@dataclass(slots=True)
class World:
    """FFmpeg simulated: runs between `Spawn` and an exit, and obeys or does not."""

    state: State = field(default_factory=State)
    now: Elapsed = ZERO
    running: bool = False
    gap_open: bool = False
    killed: bool = False
    spans: list[tuple[str, Elapsed, Elapsed]] = field(default_factory=list)
    mark: Elapsed = ZERO

    def feed(self, event: state_machine.Event, dice: float = 0.5) -> None:
        self.state, actions = state_machine.step(self.state, event, self.now, dice)
        for action in actions:
            self._do(action)

    def exit(self, **facts: object) -> None:
        if self.running:
            self.running = False
            self.feed(state_machine.Exited(**facts))  # type: ignore[arg-type]  # typed where it is drawn

    def _do(self, action: state_machine.Action) -> None:
        match action:
            case state_machine.Spawn():
                assert not self.running, "two FFmpegs for one camera"
                self.running, self.killed = True, False
            case state_machine.Terminate():
                assert self.running
            case state_machine.Kill():
                self.killed = True
            case state_machine.MediaLost() if not self.gap_open:
                self._turn("recorded", gap=True)
            case state_machine.MediaFound():
                assert self.gap_open, "found what was never lost"
                self._turn("gap", gap=False)

    def _turn(self, kind: str, *, gap: bool) -> None:
        self.spans.append((kind, self.mark, self.now))
        self.mark, self.gap_open = self.now, gap


EVENTS = st.one_of(
    st.tuples(st.just("alive")),
    st.tuples(st.just("changed")),
    st.tuples(
        st.just("exit"), st.text(max_size=5), st.sampled_from(list(GapReason)), st.booleans()
    ),
    st.tuples(st.just("tick")),
    st.tuples(st.just("wait"), st.integers(0, 40_000_000)),
)


def play(world: World, events: list[tuple[object, ...]], dice: float) -> None:
    for event in events:
        match event:
            case ("alive",) if world.running:
                world.feed(state_machine.Alive())
            case ("changed",):
                world.feed(state_machine.Changed("another codec"), dice)
            case ("exit", words, reason, refused):
                world.exit(words=words, reason=reason, audio_refused=refused)
            case ("tick",):
                world.feed(state_machine.Tick(), dice)
            case ("wait", int(us)):
                world.now += Elapsed(us)
                world.feed(state_machine.Tick(), dice)


@given(st.lists(EVENTS, max_size=60), st.floats(0, 1, exclude_max=True))
def test_it_always_tries_again(events: list[tuple[object, ...]], dice: float) -> None:
    world = World()
    world.feed(state_machine.Start())
    play(world, events, dice)

    # Within a minute and a half of silence a stuck FFmpeg is killed and a new one runs.
    spawned = False
    for _ in range(90):
        before = world.running
        world.now += SECOND
        world.feed(state_machine.Tick(), dice)
        spawned |= world.running and not before
        if world.killed:
            world.exit()
    assert spawned


@given(st.lists(EVENTS, max_size=60), st.floats(0, 1, exclude_max=True))
def test_it_always_stops(events: list[tuple[object, ...]], dice: float) -> None:
    world = World()
    world.feed(state_machine.Start())
    play(world, events, dice)
    world.feed(state_machine.Stop())
    for _ in range(12):
        world.now += SECOND
        world.feed(state_machine.Tick(), dice)
        if world.killed:
            world.exit()
    assert world.state.phase is Phase.STOPPED
    assert not world.running


@given(st.lists(EVENTS, max_size=60), st.floats(0, 1, exclude_max=True))
def test_a_cut_kills_at_once_and_spawns_no_more(
    events: list[tuple[object, ...]], dice: float
) -> None:
    world = World()
    world.feed(state_machine.Start())
    play(world, events, dice)
    world.feed(state_machine.Stop(at_once=True))
    assert world.killed or not world.running
    world.exit()
    assert world.state.phase is Phase.STOPPED
    world.now += SECOND * 60
    world.feed(state_machine.Tick(), dice)
    assert not world.running


@given(st.lists(EVENTS, max_size=60), st.floats(0, 1, exclude_max=True))
def test_spans_and_gaps_tile(events: list[tuple[object, ...]], dice: float) -> None:
    """Invariant 5: from the start on, recorded time and gaps alternate without a hole."""
    world = World()
    world.feed(state_machine.Start())
    assert world.gap_open
    play(world, events, dice)

    assert (world.state.phase in {Phase.RECORDING, Phase.ENDING}) or world.gap_open
    at = ZERO
    for (kind, start, end), expected in zip(
        world.spans, ["recorded", "gap"] * len(world.spans), strict=False
    ):
        assert (kind, start) == (expected, at)
        at = end
    assert at == world.mark <= world.now


@given(st.integers(1, 1_000), st.floats(0, 1, exclude_max=True))
def test_backoff_stays_between_its_bounds(failures: int, dice: float) -> None:
    wait = state_machine.backoff(failures, dice)
    assert Elapsed.parse("800ms") <= wait <= Elapsed.parse("36s")
    assert wait <= state_machine.backoff(failures + 1, dice)
