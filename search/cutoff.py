"""Cut-off: the least score at which a row counts as found. Pure.

A fixed cut-off fails: texts differ in how near any picture comes to the text, so 0.3 is a sure find
for some texts and chance for others. Most rows a scan returns do not show what was asked for; the
scores of such rows say what chance looks like for the very text asked. Shown are rows whose scores
are clearly above chance and near the best score: a person tells at a glance what a score cannot.
For the same reason people see a band, never a score: the band says how far a score lies above what
chance looks like for the very text asked. No band says that the thing asked for is there.

Between pictures that does not hold: those of one street are more or less alike, their scores spread
wide and say nothing about chance. On a rendered city the very picture given as example scored 1.000
and lay 2.5 to 5.7 deviations above the median, so that its own find would have been called weak. So
a question with an example has neither cut-off nor bands: moments come by rank alone.

When many more rows are eligible than are returned, the returned rows are the upper tail, chance
looks better than it is, and nearness to the best score decides.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLEAR: Final = 2.5
"""Standard deviations above the median that a row needs: of 160 rows of mere chance, 1 passes."""
_FAR: Final = 4.0
"""Standard deviations above the median that chance reaches once in some 30 000 rows."""
_NEAR: Final = 0.75
"""Share of the way from the median to the best score: of 30 planted appearances, 28 lay above."""
_TO_DEVIATION: Final = 1.4826
"""Factor from the median distance to the standard deviation of a Gaussian."""
_FEW: Final = 8
"""Least rows for a cut-off: with fewer, chance cannot be told from a find and all are shown."""


class Band(StrEnum):
    """Distance of a score from the scores of the other pictures compared for the same text."""

    STRONG = "strong"
    """Of thousands of pictures of mere chance hardly any scores so."""
    FAIR = "fair"
    """Of hundreds of pictures of mere chance a few score so."""
    WEAK = "weak"
    """Chance alone gives such scores."""
    UNJUDGED = "unjudged"
    """Too few pictures were compared to tell chance."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Scores that the text asked for gets by chance, as the scores that came back tell.

    Attributes:
        rows: Number of scores that came back.
        middle: Median of the scores.
        spread: Standard deviation around the median, by the median distance.
    """

    rows: int = 0
    middle: float = 0.0
    spread: float = 0.0

    @classmethod
    def of(cls, scores: Sequence[float]) -> Chance:
        """Tell chance from the scores that came back.

        Median and median distance are used, not mean and standard deviation, which the finds
        themselves would widen.
        """
        if not scores:
            return cls()
        middle = statistics.median(scores)
        spread = _TO_DEVIATION * statistics.median(abs(score - middle) for score in scores)
        return cls(len(scores), middle, spread)

    def band(self, score: float) -> Band:
        """Return the band of a score."""
        if self.rows < _FEW:
            return Band.UNJUDGED
        above = score - self.middle
        if above > _FAR * self.spread:
            return Band.STRONG
        return Band.FAIR if above > _CLEAR * self.spread else Band.WEAK


def cut_off(scores: Sequence[float]) -> float:
    """Return the least score shown; the best score always passes."""
    if not scores:
        return -1.0
    if len(scores) < _FEW:
        return min(scores)
    best, chance = max(scores), Chance.of(scores)
    # `best` is in the minimum, since rounding must not lift the cut-off above the best score.
    return min(
        best,
        chance.middle + _CLEAR * chance.spread,
        chance.middle + _NEAR * (best - chance.middle),
    )
