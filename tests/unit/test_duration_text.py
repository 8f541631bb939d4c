from __future__ import annotations

import pytest

from footage.duration_text import duration_text
from footage.instant import Elapsed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0s", "0 s"),
        ("1us", "less than 0.1 s"),
        ("400ms", "0.4 s"),
        ("2200ms", "2.2 s"),
        ("9s", "9 s"),
        ("59900ms", "59 s"),
        ("2m36s", "2 min 36 s"),
        ("1h", "1 h"),
        ("1h0m59s", "1 h"),
        ("26h", "1 d 2 h"),
        ("40d", "40 d"),
    ],
)
def test_durations_are_said_in_their_two_largest_units(text: str, said: str) -> None:
    assert duration_text(Elapsed.parse(text)) == said
