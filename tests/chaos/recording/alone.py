"""`footage run` alone on a machine, killed by a seed: two cameras, one home, embedded stores."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.objects.directory_store import DirectoryStore
from tests.chaos.recording import evidence
from tests.chaos.recording.campaign import Diary, stop_recorders, tend, wait_recording
from tests.chaos.recording.causes import of_recorder
from tests.chaos.recording.judge import Verdict, dating, judge
from tests.chaos.recording.node import Node
from tests.chaos.recording.scene import Scene
from tests.common.camera.handle import Cameras
from tests.common.cli import Cli

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_LOOKS: Final[tuple[dict[str, object], ...]] = ({}, {"ppm": 300})
_LONGEST_LIFE: Final = Elapsed.parse("20s")
"""A process is killed at any instant of its start or of some segments."""
_DOWN: Final = (Elapsed.parse("200ms"), Elapsed.parse("4s"))
_POWER_CUTS: Final = 1 / 3
"""Of the kills; the others leave the FFmpegs running."""
_SETTLE: Final = Elapsed.parse("6s")
_TICK: Final = Elapsed.parse("100ms")


@dataclass(frozen=True, slots=True)
class Report:
    """Result of the kills.

    Attributes:
        power_cuts: Kills that took the FFmpegs too.
        strays: Objects without a row, rows without an object.
        faults: Other things wrong: of custody log, index, or what is left in the spool.
        times: Errors in time of all stored frames, in words.
    """

    kills: int
    power_cuts: int
    verdict: Verdict
    strays: tuple[str, ...]
    faults: tuple[str, ...]
    times: str

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.good and not self.strays and not self.faults

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings, as lines for people."""
        return (*self.faults, *self.strays, *self.verdict.findings)

    @property
    def last_line(self) -> str:
        """The counts, as the last line of the report."""
        one = self.verdict
        return (
            f"run: kills={self.kills} power_cuts={self.power_cuts} frames={one.expected} "
            f"lost_allowed={one.lost_allowed} lost_outside={one.lost_outside} "
            f"doubled={one.doubled} misdated={one.misdated} holes={one.holes}"
        )


@dataclass(slots=True)
class Alone(Scene):
    """A home with two simulated cameras, and `footage run` in it; ended by `with`."""

    def _build(self) -> None:
        self._cameras = self._stack.enter_context(Cameras(self.folder / "cameras"))
        for number, look in enumerate(_LOOKS, 1):
            name = f"camera-{number}"
            self.numbers[name] = number
            self.cli.ok("cameras", "add", name, "--site", "site-1", "--district", "district-1",
                        "--lat", "31.83", "--lon", "70.9",
                        "--source", self.cameras.add(number, **look))  # fmt: skip
        settings = {
            "FOOTAGE_RECORDING__SEGMENT_LENGTH": "4s",
            "FOOTAGE_RECORDING__LISTEN": "127.0.0.1:0",
        }
        self._add_recorder(Node("home", self.folder / "home", ["run"], settings, self.clock))

    @property
    def cli(self) -> Cli:
        """The command line in the home."""
        return Cli(self.folder / "home")

    def store(self) -> DirectoryStore:
        """The home's object store."""
        return DirectoryStore(self.folder / "home" / "store", self.clock)

    def catalogue(self) -> SqliteCatalogue:
        """The home's catalogue; to be closed by the caller."""
        return SqliteCatalogue(self.folder / "home" / "catalogue.db")

    def _look(self, number: int) -> Mapping[str, object]:
        return _LOOKS[number - 1]


def hold(alone: Alone, seed: int, kills: int, say: Callable[[str], None]) -> Report:
    """Kill `footage run` so many times, start it again each time, and judge what is stored.

    All started processes have ended at return or raise.
    """
    with alone:
        diary = Diary(alone, say)
        window, power_cuts = _kill_again_and_again(alone, random.Random(seed), kills, diary)  # noqa: S311  repeatable, no secret
        say(f"judging {window}")
        cases = evidence.cases(alone, window, ())
        downs = of_recorder("home", alone.nodes["home"].lives, window.end)
        # Nobody else may have recorded the same frames: none may be stored twice.
        causes = [replace(down, shared=False) for down in downs]
        verdict = Verdict()
        for case in cases:
            verdict += judge(replace(case, causes=causes))
        strays = tuple(evidence.strays(alone))
        faults = (*diary.notes, *_faults(alone.cli))
        return Report(kills, power_cuts, verdict, strays, faults, dating(cases))


def _kill_again_and_again(
    alone: Alone, dice: random.Random, kills: int, diary: Diary
) -> tuple[Interval, int]:
    """Return the time in which every frame must be accounted for, and the number of power cuts."""
    (node,), power_cuts = alone.nodes.values(), 0
    node.start()
    wait_recording(alone, diary)
    _pass(alone, diary, _SETTLE)
    start = diary.write("start")
    for number in range(1, kills + 1):
        _pass(alone, diary, Elapsed(dice.randrange(_LONGEST_LIFE.us)))
        power_cut = dice.random() < _POWER_CUTS
        power_cuts += power_cut
        diary.write("kill", power_cut=str(power_cut))
        node.kill(ffmpegs=power_cut)
        alone.clock.sleep(Elapsed(dice.randint(_DOWN[0].us, _DOWN[1].us)))
        node.start()
        diary.say(f"{number} of {kills} kills done")
    wait_recording(alone, diary)
    _pass(alone, diary, _SETTLE)
    # What is captured after this instant may or may not get into the last segment.
    end = diary.write("end") - Elapsed.parse("1s")
    stop_recorders(alone, diary)
    return Interval(start, end), power_cuts


def _pass(alone: Alone, diary: Diary, length: Elapsed) -> None:
    """Let time pass, and start again whatever ends by itself."""
    until = alone.clock.monotonic() + length
    while (left := until - alone.clock.monotonic()) > Elapsed(0):
        tend(alone, diary)
        alone.clock.sleep(min(left, _TICK))


def _faults(cli: Cli) -> list[str]:
    """Faults of custody log, catalogue or vectors, once all is indexed."""
    cli.ok("index", "--once")
    faults = [
        f"doctor: {one['what']}: {one['said']}"
        for one in cli("doctor", "--json").json
        if not one["ok"]
    ]
    if not (found := cli("audit", "verify", "--json").json)["whole"]:
        faults.append(f"custody log: {found['findings']}")
    covered = cli.ok("search", "a car", "--json").json["coverage"]
    if covered["searched_s"] != covered["recorded_s"]:
        faults.append(f"searched {covered['searched_s']} of {covered['recorded_s']} s recorded")
    return faults
