"""Sentences about an answer as a whole, for screens and sheets: warnings, bands, method. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.duration_text import duration_text

if TYPE_CHECKING:
    from search.answer import SearchAnswer


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


def bands_line(answer: SearchAnswer) -> str:
    """Return the line that says what a band means, and what no band means."""
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
