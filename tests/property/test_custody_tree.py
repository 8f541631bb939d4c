"""Whatever is done to a custody log after a checkpoint is found and located, the anchor with it.

Whoever rewrites the log here is also in the register: the chain of what is left is made anew, with
an anchor that fits, so that nothing but the signed checkpoint tells.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evidence.custody import EMPTY, Entry, Head, intent_entry
from evidence.custody_check import Kind
from footage.action import Action, Deed, Purpose
from tests.common.builders import at
from tests.common.custody_trees import CustodyParts
from tests.common.tiers import examples

SIZE = 12


def chained(texts: list[str]) -> list[Entry]:
    """Make a sound log of searches for these texts."""
    made: list[Entry] = []
    for number, text in enumerate(texts):
        deed = Deed(Action.SEARCH, Purpose("amina"), {"text": text})
        made.append(intent_entry(deed, made[-1].head if made else EMPTY, at(number)))
    return made


TEXTS = [f"query {number}" for number in range(SIZE)]


@cache
def published() -> CustodyParts:
    """A log of `SIZE` entries, whose checkpoints stand for 4, 8 and 12 of these."""
    folder = Path(tempfile.mkdtemp())
    parts = CustodyParts(folder)
    entries = chained(TEXTS)
    for size in (4, 8, SIZE):
        put(parts, entries[:size])
        parts.minute()
    shutil.rmtree(folder / "work", ignore_errors=True)
    return parts


def put(parts: CustodyParts, entries: list[Entry]) -> None:
    head = entries[-1].head if entries else Head()
    parts.rewrite([entry.line for entry in entries], (head.count, head.hash))


def located(texts: list[str]) -> set[tuple[Kind, int]]:
    """Where a log of these texts, sound by itself, differs from the checkpoints."""
    parts = published()
    put(parts, chained(texts))
    found = parts.check().findings
    return {(one.kind, one.line) for one in found if one.kind.proves_tampering}


places = st.integers(0, SIZE - 1)


def test_the_log_that_was_published_is_sound() -> None:
    assert located(TEXTS) == set()
    assert located([*TEXTS, "later"]) == set()


@given(places, st.text(max_size=3))
@examples(60)
def test_any_edit_is_found_where_it_is(place: int, text: str) -> None:
    assert located([*TEXTS[:place], text, *TEXTS[place + 1 :]]) == {(Kind.PUBLISHED, place + 1)}


@given(places)
def test_any_deletion_is_found_where_it_was(place: int) -> None:
    left = [*TEXTS[:place], *TEXTS[place + 1 :]]
    cut = (Kind.TRUNCATED, SIZE)
    edited = {(Kind.PUBLISHED, place + 1)} if place < 8 else set()  # before a checkpoint passed
    assert located(left) == edited | {cut}
    # Filled up with others, so that the number fits.
    assert located([*left, "another"]) == {(Kind.PUBLISHED, place + 1)}


@given(places, places)
def test_any_swap_is_found_at_the_first_of_the_two(one: int, two: int) -> None:
    swapped = list(TEXTS)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    expected = set() if one == two else {(Kind.PUBLISHED, min(one, two) + 1)}
    assert located(swapped) == expected


@given(st.integers(0, SIZE - 1), st.text(max_size=3))
def test_any_insertion_is_found_where_it_is(place: int, text: str) -> None:
    assert located([*TEXTS[:place], text, *TEXTS[place:]]) == {(Kind.PUBLISHED, place + 1)}


@given(st.integers(0, SIZE - 1))
def test_any_cut_is_found_where_it_is(size: int) -> None:
    assert located(TEXTS[:size]) == {(Kind.TRUNCATED, size + 1)}


@given(places, st.integers(1, 9))
def test_any_fork_is_found_where_it_begins(place: int, more: int) -> None:
    forked = [*TEXTS[:place], *(f"other {number}" for number in range(SIZE - place + more))]
    assert located(forked) == {(Kind.PUBLISHED, place + 1)}
