"""Questions: the text, the example, the time, the place and the number of moments asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from footage.hours import Hours
    from footage.instant import Interval
    from footage.scope import Scope
    from search.example import Example

MOST_MOMENTS: Final = 500
"""Most moments of an answer: a person looks through no more; narrow time or place instead."""
MOST_CHARACTERS: Final = 500
"""Most characters of the text: encoders read some 64 tokens and silently drop the rest."""

EVEN: Final = 0.5
"""Weight of the text where a text and an example are given, and no weight."""

_UNWANTED: Final = re.compile(r'(?:^|(?<=\s))-(?:"([^"]*)"|(\S+))')


class Sort(StrEnum):
    """The order of the moments."""

    SCORE = "score"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Words:
    """Parts of the text: the words looked for, and the phrases that must not be in the picture."""

    wanted: str
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A question to search for. The caller decides the interval; the last 24 hours are usual.

    Attributes:
        text: Text to look for, e.g. `red pickup -truck -"white roof"`: a word or quoted words
            behind a minus must not be in the picture. With such words alone, pictures are looked
            for that look least like the words. "" with an example alone.
        threshold: Least score of a moment, -1 to 1, instead of the cut-off found for this question.
        example: Picture whose likes are looked for; None to search by text alone.
        hours: Times of day and weekdays of each site's own clocks that are asked about, within the
            interval; None for all of the interval.
        text_weight: Weight of the text against the example, 0 (the example alone counts) to 1 (the
            text alone counts); None for `EVEN`. Only where both are given.

    Raises:
        BadInput: The text has no words or too many characters, neither text nor example is given,
            limit, threshold or weight is out of range, or a weight has nothing to weigh.
    """

    text: str
    interval: Interval
    scope: Scope = EVERYWHERE
    limit: int = 20
    threshold: float | None = None
    sort: Sort = Sort.SCORE
    example: Example | None = None
    text_weight: float | None = None
    hours: Hours | None = None

    def __post_init__(self) -> None:
        if len(self.text) > MOST_CHARACTERS:
            raise BadInput(
                f"a text of {len(self.text)} characters", hint=f"at most {MOST_CHARACTERS}"
            )
        words = self.words
        said = (letter for text in (words.wanted, *words.unwanted) for letter in text)
        if (self.text or self.example is None) and not any(letter.isalnum() for letter in said):
            raise BadInput(
                f"nothing to search for in {self.text!r}",
                hint='say what is to be seen, e.g. "red pickup", or give an example picture',
            )
        self._check_weight()
        if not 1 <= self.limit <= MOST_MOMENTS:
            raise BadInput(f"a limit of {self.limit} moments", hint=f"1 to {MOST_MOMENTS}")
        if self.threshold is not None and not -1 <= self.threshold <= 1:
            raise BadInput(f"a threshold of {self.threshold}", hint="a cosine, -1 to 1")

    def _check_weight(self) -> None:
        if self.text_weight is None:
            return
        if not 0 <= self.text_weight <= 1:
            raise BadInput(f"a text weight of {self.text_weight}", hint="0 to 1")
        if not self.text or self.example is None:
            raise BadInput(
                "a text weight weighs a text against an example picture", hint="give both, or none"
            )

    @property
    def weighed(self) -> float | None:
        """Weight of the text against the example; None where not both are given."""
        if not self.text or self.example is None:
            return None
        return EVEN if self.text_weight is None else self.text_weight

    @property
    def words(self) -> Words:
        """Wanted words and unwanted phrases of the text."""
        unwanted = tuple(
            phrase.strip()
            for match in _UNWANTED.finditer(self.text)
            if (phrase := match[1] or match[2] or "").strip()
        )
        return Words(" ".join(_UNWANTED.sub(" ", self.text).split()), unwanted)
