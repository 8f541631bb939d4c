"""Find the least score at which a moment counts as found. Pure.

A flat cut-off fails: texts differ in how near any picture comes, so 0.3 is a sure find for one
text and chance for another. Most rows a scan returns do not show what was asked for; their scores
say what chance looks like for this very text. Shown is what stands clear of that, and what comes
near to the best: a person tells in a glance what a score cannot.

When many more rows are eligible than are returned, the returned ones are the upper tail, chance
looks better than it is, and what is near to the best decides.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLEAR: Final = 2.5
"""Standard deviations above the middle: of 160 rows that are chance alone, one passes."""
_NEAR: Final = 0.75
"""Of the way from the middle to the best: of 30 planted appearances, 28 lay above it."""
_TO_DEVIATION: Final = 1.4826
"""From the median distance to the standard deviation of a Gaussian."""
_FEW: Final = 8
"""Below so many rows there is no telling chance from find: all are shown."""


def cut_off(scores: Sequence[float]) -> float:
    """The least score shown; the best score always passes.

    Median and median distance, not mean and deviation: the finds themselves would widen those.
    """
    if not scores:
        return -1.0
    if len(scores) < _FEW:
        return min(scores)
    best, middle = max(scores), statistics.median(scores)
    spread = _TO_DEVIATION * statistics.median(abs(score - middle) for score in scores)
    # `best` once more: rounding must not lift the cut-off above it.
    return min(best, middle + _CLEAR * spread, middle + _NEAR * (best - middle))
