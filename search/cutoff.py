"""Cut-off: the least score at which a row counts as found. Pure.

A fixed cut-off fails: texts differ in how near any picture comes to the text, so 0.3 is a sure find
for some texts and chance for others. Most rows a scan returns do not show what was asked for; the
scores of such rows say what chance looks like for the very text asked. Shown are rows whose scores
are clearly above chance and near the best score: a person tells at a glance what a score cannot.

When many more rows are eligible than are returned, the returned rows are the upper tail, chance
looks better than it is, and nearness to the best score decides.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLEAR: Final = 2.5
"""Standard deviations above the median that a row needs: of 160 rows of mere chance, 1 passes."""
_NEAR: Final = 0.75
"""Share of the way from the median to the best score: of 30 planted appearances, 28 lay above."""
_TO_DEVIATION: Final = 1.4826
"""Factor from the median distance to the standard deviation of a Gaussian."""
_FEW: Final = 8
"""Least rows for a cut-off: with fewer, chance cannot be told from a find and all are shown."""


def cut_off(scores: Sequence[float]) -> float:
    """Return the least score shown; the best score always passes.

    Median and median distance are used, not mean and standard deviation, which the finds themselves
    would widen.
    """
    if not scores:
        return -1.0
    if len(scores) < _FEW:
        return min(scores)
    best, middle = max(scores), statistics.median(scores)
    spread = _TO_DEVIATION * statistics.median(abs(score - middle) for score in scores)
    # `best` is in the minimum, since rounding must not lift the cut-off above the best score.
    return min(best, middle + _CLEAR * spread, middle + _NEAR * (best - middle))
