"""Numbers of things as people say them: "1 segment", "2 000 segments"."""

from __future__ import annotations


def count_text(number: int, thing: str) -> str:
    """Return the number with the noun in the singular or plural, e.g. "1 segment", "2 segments"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", " ")
