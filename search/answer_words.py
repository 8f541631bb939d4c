"""Sentences about an answer as a whole, for screens and sheets: warnings, bands, method. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.count_text import count_text
from footage.duration_text import duration_text
from footage.instant import total
from footage.keyframe import WHOLE
from search.example import PictureExample

if TYPE_CHECKING:
    from search.answer import SearchAnswer
    from search.example import StoredExample


def warnings(answer: SearchAnswer) -> list[str]:
    """Return reasons to doubt the whole answer; to be shown above each answer."""
    name, note = answer.encoder.name, answer.encoder.note
    said = []
    if answer.encoder.unfit:
        said.append(f"WARNING: encoder {name} is unfit for real footage: {note}")
    if answer.unknown_words:
        words = ", ".join(repr(word) for word in answer.unknown_words)
        said.append(f"WARNING: encoder {name} never learned {words}: do not trust what it finds")
    return said


def asked_for(answer: SearchAnswer, quotes: str = "''") -> str:
    """Return what was asked for: the text in quotes, the example, or both with the text's weight.

    Args:
        answer: The answer.
        quotes: Opening and closing quotation mark.
    """
    query = answer.query
    example = query.example
    if example is None:
        return f"{quotes[0]}{query.text}{quotes[1]}"
    part = example.box
    shares = (part.x, part.y, part.w, part.h)
    box = "" if part == WHOLE else f", box {','.join(f'{share:.3g}' for share in shares)}"
    if isinstance(example, PictureExample):
        like = f"what looks like picture {example.name or example.digest}{box}"
    else:
        like = f"what looks like {_stored(example)}{box}"
    if query.weighed is None:
        return like
    return f"{quotes[0]}{query.text}{quotes[1]} (weight {query.weighed:g}) and {like}"


def _stored(example: StoredExample) -> str:
    if example.moment:
        return f"moment {example.moment}"
    return f"keyframe {example.segment}#{example.offset}"


def hours_line(answer: SearchAnswer) -> str:
    """Return the line with the hours asked for; "" where all of the time was asked for."""
    if answer.query.hours is None:
        return ""
    asked, usual = f"hours: {answer.query.hours} by the clocks of each site", answer.asked.usual
    if not usual:  # some sites' clocks alone show these hours in the time asked about
        return asked
    times, length = count_text(len(usual), "time"), duration_text(total(usual))
    return f"{asked}: {times}, {length} in all"


def example_line(answer: SearchAnswer) -> str:
    """Return the line that says which moment is that of the example; "" without an example."""
    example = answer.query.example
    if example is None:
        return ""
    if isinstance(example, PictureExample):
        return "a picture taken from this footage finds the moment that it was taken from, too"
    own = [str(found.rank) for found in answer.found if answer.shows_example(found)]
    if own:
        return f"moment {', '.join(own)} is the one that the example shows itself"
    return "the moment that the example shows is not among those above"


def bands_line(answer: SearchAnswer) -> str:
    """Return the line that says what a band means, or why there are none."""
    if answer.query.example:
        return (
            "by rank alone, without bands or cut-off: scores between pictures do not tell what is "
            "alike by chance; no rank says that the same thing is there"
        )
    return (
        f"strong, fair, weak: how far a moment stands out from the {answer.chance.rows} best "
        "pictures and regions compared for these words; no band says that the thing is there"
    )


def method_line(answer: SearchAnswer) -> str:
    """Return the line with the method, the number of pictures and how often was looked."""
    if not answer.scanned:
        return "nothing was compared: no pictures of this time and place are in the index"
    how = "all" if answer.exhaustive else "by approximation"
    pictures = f"{answer.scanned:,}".replace(",", " ")
    return (
        f"compared: {pictures} pictures and regions, {how} ({answer.method}); looked at is time "
        f"within {duration_text(answer.looked_within)} of a picture"
    )


def encoder_line(answer: SearchAnswer) -> str:
    """Return the line with the encoder's name, digest and note."""
    note = f": {answer.encoder.note}" if answer.encoder.note and not answer.encoder.unfit else ""
    return f"encoder {answer.encoder.name} ({answer.encoder.short}){note}"
