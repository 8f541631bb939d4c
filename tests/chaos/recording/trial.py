"""A campaign from seed to verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.chaos.recording import campaign, evidence
from tests.chaos.recording.judge import Verdict, dating, judge
from tests.chaos.recording.plan import KILLS_AND_CUTS, Kind, schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.instant import Elapsed
    from tests.chaos.recording.world import World


@dataclass(frozen=True, slots=True)
class Choice:
    """Choice of a campaign."""

    seed: int
    kills: int
    pace: Elapsed
    without: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a campaign.

    Attributes:
        kills: Kills and cuts done.
        notes: Unplanned events, such as a recorder that ended by itself.
        strays: Objects without a row, rows without an object.
    """

    seed: int
    kills: int
    verdict: Verdict
    notes: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.good and not self.strays

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings, as lines for people."""
        return (*self.notes, *self.strays, *self.verdict.findings)

    @property
    def last_line(self) -> str:
        """The counts, as the last line of the report."""
        one = self.verdict
        return (
            f"chaos: seed={self.seed} kills={self.kills} frames={one.expected} "
            f"lost_allowed={one.lost_allowed} lost_outside={one.lost_outside} "
            f"doubled={one.doubled} misdated={one.misdated} told_late={one.told}"
        )


def hold(world: World, choice: Choice, say: Callable[[str], None]) -> Outcome:
    """Run and judge a campaign; all started processes have ended at return or raise."""
    with world:
        faults = schedule(
            choice.seed, world.cast, kills=choice.kills, pace=choice.pace, without=choice.without
        )
        diary = campaign.Diary(world, say)
        window = campaign.run(world, faults, diary)
        say(f"judging {window}")
        verdict = Verdict()
        cases = evidence.cases(world, window, diary.done)
        for case in cases:
            verdict += judge(case)
        say(f"times: {dating(cases)}")
        outcome = Outcome(
            choice.seed,
            sum(one.fault.kind in KILLS_AND_CUTS for one in diary.done),
            verdict,
            tuple(diary.notes),
            tuple(evidence.strays(world)),
        )
    (world.folder / "outcome.json").write_text(
        json.dumps(asdict(outcome), indent=1), encoding="utf-8"
    )
    return outcome
