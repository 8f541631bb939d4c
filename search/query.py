"""Questions: the text, the time, the place and the number of moments asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.scope import EVERYWHERE

if TYPE_CHECKING:
    from footage.instant import Interval
    from footage.scope import Scope

MOST_MOMENTS: Final = 500
"""Most moments of an answer: a person looks through no more; narrow time or place instead."""
MOST_CHARACTERS: Final = 500
"""Most characters of the text: encoders read some 64 tokens and silently drop the rest."""

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
            for that look least like the words.
        threshold: Least score of a moment, -1 to 1, instead of the cut-off found for this question.

    Raises:
        BadInput: The text has no words or too many characters, or limit or threshold is out of
            range.
    """

    text: str
    interval: Interval
    scope: Scope = EVERYWHERE
    limit: int = 20
    threshold: float | None = None
    sort: Sort = Sort.SCORE

    def __post_init__(self) -> None:
        if len(self.text) > MOST_CHARACTERS:
            raise BadInput(
                f"a text of {len(self.text)} characters", hint=f"at most {MOST_CHARACTERS}"
            )
        words = self.words
        if not any(letter.isalnum() for text in (words.wanted, *words.unwanted) for letter in text):
            raise BadInput(
                f"nothing to search for in {self.text!r}",
                hint='say what is to be seen, e.g. "red pickup"',
            )
        if not 1 <= self.limit <= MOST_MOMENTS:
            raise BadInput(f"a limit of {self.limit} moments", hint=f"1 to {MOST_MOMENTS}")
        if self.threshold is not None and not -1 <= self.threshold <= 1:
            raise BadInput(f"a threshold of {self.threshold}", hint="a cosine, -1 to 1")

    @property
    def words(self) -> Words:
        """Wanted words and unwanted phrases of the text."""
        unwanted = tuple(
            phrase.strip()
            for match in _UNWANTED.finditer(self.text)
            if (phrase := match[1] or match[2] or "").strip()
        )
        return Words(" ".join(_UNWANTED.sub(" ", self.text).split()), unwanted)
