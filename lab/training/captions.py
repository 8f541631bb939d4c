"""Write captions about a picture, from seeded templates with synonyms, with the facts claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lab.scenes.palette import Colour, Kind
from lab.training import words
from lab.training.facts import EMPTY, VEHICLE, Seen, Subject

if TYPE_CHECKING:
    from random import Random

_URDU: Final = 0.15
_KIND_ONLY: Final = 0.10
_COLOUR_ONLY: Final = 0.05
_SECOND: Final = 0.30
"""Share of captions of a picture with several subjects that name two of them."""
_LIGHT: Final = 0.12
_PLACE: Final = 0.25
_OPENING: Final = 0.20


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and the facts the text claims (`lab.training.facts`)."""

    text: str
    claims: tuple[str, ...]


def query(kind: Kind, colour: Colour) -> Caption:
    """Return the plain question an investigator types, for evaluation."""
    subject = Subject(kind, colour)
    if kind is Kind.PERSON:
        return Caption(f"a person in a {colour.value} shirt", (subject.pair,))
    return Caption(f"a {subject.pair}", (subject.pair,))


def describe(seen: Seen, random: Random) -> Caption:
    """Write a caption that fits the picture; the same generator state gives the same caption."""
    if not seen.subjects:
        return Caption(random.choice(words.NOTHING), (EMPTY,))
    if random.random() < _URDU:
        return _urdu(seen, random)
    clear = seen.subjects[: seen.clear]
    said = _claim(random.choice(clear), random)
    text, claims = said.text, list(said.claims)
    if len(clear) > 1 and random.random() < _SECOND:
        other = _claim(random.choice(clear), random)
        text += random.choice((" and ", " near ", " with ", " behind ", ", ")) + other.text
        claims += other.claims
    if random.random() < _LIGHT:
        text += " " + random.choice(words.LIT[seen.light])
        claims.append(seen.light.value)
    # The pictures do not show such places and manners; these words must not disturb a search.
    if random.random() < _PLACE:
        text += " " + random.choice(words.PLACES)
    if random.random() < _OPENING:
        text = f"{random.choice(words.OPENINGS)} {text}"
    return Caption(text, tuple(claims))


def _claim(subject: Subject, random: Random) -> Caption:
    article = random.choice(("a ", "a ", "the ", "", "one "))
    shade = random.choice(words.COLOURED[subject.colour])
    chance = random.random()
    if chance < _KIND_ONLY:
        name = random.choice(words.NAMES[subject.kind])
        return Caption(article + name, (subject.kind.value,))
    if chance < _KIND_ONLY + _COLOUR_ONLY:
        return _colour_only(subject, shade, random)
    return Caption(_paired(subject, shade, article, random), (subject.pair,))


def _colour_only(subject: Subject, shade: str, random: Random) -> Caption:
    if VEHICLE in subject.facts() and random.random() < 0.5:  # noqa: PLR2004  a coin
        return Caption(f"a {shade} vehicle", (f"{subject.colour.value} {VEHICLE}",))
    return Caption(f"something {shade}", (subject.colour.value,))


def _paired(subject: Subject, shade: str, article: str, random: Random) -> str:
    name = random.choice(words.NAMES[subject.kind])
    worn = random.choice(words.CLOTHES)
    forms: tuple[str, ...]
    if subject.kind is Kind.PERSON:
        forms = (
            f"{article}{name} in a {shade} {worn}",
            f"{article}{name} wearing {shade}",
            f"{article}{name} in {shade}",
            f"{article}{name} with a {shade} {worn}",
            f"{article}{shade} {worn}",
        )
    elif subject.kind is Kind.BICYCLE:
        forms = (f"{article}{shade} {name}", f"{article}cyclist in a {shade} {worn}")
    else:
        plain = f"{article}{shade} {name}"
        forms = (
            plain,
            plain,
            plain,
            f"{article}{name}, {shade}",
            f"{article}{name} that is {shade}",
        )
    return random.choice(forms)


def _urdu(seen: Seen, random: Random) -> Caption:
    subject = random.choice(seen.subjects[: seen.clear])
    name = random.choice(words.URDU_NAMES[subject.kind])
    shade = random.choice(words.URDU_COLOURED[subject.colour])
    text, claims = f"{shade} {name}", [subject.pair]
    if subject.kind is Kind.PERSON:
        text = f"{shade} {random.choice(words.URDU_CLOTHES)} والا {name}"
    elif random.random() < _KIND_ONLY:
        text, claims = name, [subject.kind.value]
    if random.random() < _LIGHT:
        text = f"{random.choice(words.URDU_LIT[seen.light])} {text}"
        claims.append(seen.light.value)
    if random.random() < 0.5:  # noqa: PLR2004  a coin
        text = f"ایک {text}"
    return Caption(text, tuple(claims))
