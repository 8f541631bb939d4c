"""Schedule of faults from a seed: pure, so that a seed repeats its campaign."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """A kind of fault and its targets."""

    RECORDER_KILL = "recorder_kill"
    """kill -9 of a recorder alone; its FFmpegs go on. `lasts` is the time until it is restarted."""
    POWER_CUT = "power_cut"
    """kill -9 of a recorder and all its FFmpegs: near enough to the plug."""
    RECORDER_PAUSE = "recorder_pause"
    """SIGSTOP, then SIGCONT."""
    FFMPEG_KILL = "ffmpeg_kill"
    """kill -9 of one camera's FFmpeg."""
    STORE_KILL = "store_kill"
    CATALOGUE_KILL = "catalogue_kill"
    REGISTER_KILL = "register_kill"
    CUT = "cut"
    """A node's way to a server, or the way to a camera: cut and refused."""
    RESET = "reset"
    """The same, with connections reset when something is sent."""
    LATENCY = "latency"
    """A node's way to a server becomes slow."""
    CAMERA_DEATH = "camera_death"
    CAMERA_STALL = "camera_stall"
    CAMERA_FLAP = "camera_flap"
    CAMERA_HANG_UP = "camera_hang_up"


SERVERS: Final = ("store", "catalogue", "register")
_OF_NODES: Final = frozenset({Kind.RECORDER_KILL, Kind.POWER_CUT, Kind.RECORDER_PAUSE})
_OF_SERVERS: Final = {
    Kind.STORE_KILL: "store",
    Kind.CATALOGUE_KILL: "catalogue",
    Kind.REGISTER_KILL: "register",
}
KILLS_AND_CUTS: Final = frozenset(Kind) - {Kind.LATENCY, Kind.RECORDER_PAUSE}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to do at a given time after the start of the campaign.

    Attributes:
        target: A node, a camera, a server, or a connection as "node/server".
        lasts: Time until the fault is undone; zero for a fault that is not undone.
        amount: Milliseconds of latency.
    """

    at: Elapsed
    kind: Kind
    target: str
    lasts: Elapsed = ZERO
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Cast:
    """All targets of faults."""

    nodes: tuple[str, ...]
    cameras: tuple[str, ...]

    def targets(self, kind: Kind) -> Sequence[str]:
        """All targets of a kind of fault."""
        if kind in _OF_NODES:
            return self.nodes
        if kind in _OF_SERVERS:
            return (_OF_SERVERS[kind],)
        if kind is Kind.LATENCY:
            return self.ways
        return (*self.ways, *self.cameras) if kind in (Kind.CUT, Kind.RESET) else self.cameras

    @property
    def ways(self) -> tuple[str, ...]:
        """The connections from each node to each server."""
        return tuple(f"{node}/{server}" for node in self.nodes for server in SERVERS)


@dataclass(frozen=True, slots=True)
class Habit:
    """Frequency and duration of a kind of fault, and the rest of the target afterwards.

    Attributes:
        weight: Relative frequency among all kinds.
        least_ms: The shortest time until the fault is undone.
        most_ms: The longest time until the fault is undone.
        rest_ms: A target's time to recover before its next fault.
    """

    weight: int
    least_ms: int = 0
    most_ms: int = 0
    rest_ms: int = 8_000


HABITS: Final = {
    Kind.RECORDER_KILL: Habit(14, 200, 4_000, 30_000),
    Kind.POWER_CUT: Habit(10, 200, 4_000, 30_000),
    Kind.RECORDER_PAUSE: Habit(4, 1_000, 6_000, 15_000),
    Kind.FFMPEG_KILL: Habit(16),
    Kind.STORE_KILL: Habit(6, 200, 4_000, 12_000),
    Kind.CATALOGUE_KILL: Habit(2, 200, 2_000, 60_000),
    Kind.REGISTER_KILL: Habit(6, 200, 3_000, 12_000),
    Kind.CUT: Habit(16, 500, 8_000),
    Kind.RESET: Habit(8, 500, 5_000),
    Kind.LATENCY: Habit(4, 2_000, 8_000),
    Kind.CAMERA_DEATH: Habit(7, 500, 10_000),
    Kind.CAMERA_STALL: Habit(4, 13_000, 18_000, 12_000),
    Kind.CAMERA_FLAP: Habit(3, 6_000, 12_000, 12_000),
    Kind.CAMERA_HANG_UP: Habit(6),
}


def schedule(
    seed: int, cast: Cast, *, kills: int, pace: Elapsed, without: frozenset[Kind] = frozenset()
) -> list[Fault]:
    """Faults in order of time, enough to include `kills` kills and cuts.

    Args:
        seed: The same seed gives the same schedule.
        cast: The targets.
        kills: Number of kills and cuts.
        pace: Time between two faults on average; halved and doubled at random.
        without: Kinds left out.
    """
    dice = random.Random(seed)  # noqa: S311  repeatable, no secret
    kinds = [kind for kind in HABITS if kind not in without]
    weights = [HABITS[kind].weight for kind in kinds]
    at, left, busy, faults = pace, kills, dict[str, Elapsed](), list[Fault]()
    while left > 0:
        (kind,) = dice.choices(kinds, weights)
        free = [one for one in cast.targets(kind) if busy.get(one, ZERO) <= at]
        if not free:
            at += Elapsed(pace.us // 4)
            continue
        target, habit = dice.choice(free), HABITS[kind]
        lasts = Elapsed(dice.randint(habit.least_ms, habit.most_ms) * 1_000)
        amount = dice.randint(100, 1_500) if kind is Kind.LATENCY else 0
        faults.append(Fault(at, kind, target, lasts, amount))
        busy[target] = at + lasts + Elapsed(habit.rest_ms * 1_000)
        left -= kind in KILLS_AND_CUTS
        at += Elapsed(dice.randint(pace.us // 2, pace.us * 3 // 2))
    return faults
