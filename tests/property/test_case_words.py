"""Notes in versions: whatever writers do at the same time, no words are lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from footage.case import described
from footage.errors import Conflict
from infra.registers.memory_cases import MemoryCases
from tests.common.builders import at
from tests.common.case_parts import ANNA, FIRST, a_case, a_member, an_exhibit, some_words

WRITERS = st.integers(0, 3)
STEPS = st.lists(st.tuples(WRITERS, st.sampled_from(["read", "write"])), max_size=40)
"""What each of some writers does next, in an order of any kind."""


@dataclass
class Writers:
    """Writers who each write against the version that the writer read last.

    Attributes:
        read: By writer, the version read last.
        written: Texts that the record took, in order.
        refused: Texts that the record refused.
    """

    read: dict[int, int] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@given(STEPS)
def test_every_note_about_an_exhibit_that_was_taken_stays(steps: list[tuple[int, str]]) -> None:
    cases, told = MemoryCases(), Writers()
    cases.open(a_case(), [a_member()])
    cases.add_exhibit(an_exhibit())
    for number, (writer, step) in enumerate(steps):
        if step == "read":
            told.read[writer] = cases.exhibit(FIRST, 1).words.version
        elif writer in told.read:
            text = f"{writer} at step {number}"
            try:
                cases.write(FIRST, 1, some_words(told.read[writer] + 1, text=text))
                told.written.append(text)
            except Conflict:
                told.refused.append(text)
    versions = cases.versions(FIRST, 1)[::-1]
    assert [one.text for one in versions] == ["", *told.written]
    assert [one.version for one in versions] == list(range(1, len(versions) + 1))
    assert cases.exhibit(FIRST, 1).words == versions[-1]
    assert not set(told.refused) & {one.text for one in versions}


@given(STEPS)
def test_every_note_about_a_case_that_was_taken_stays(steps: list[tuple[int, str]]) -> None:
    cases, told = MemoryCases(), Writers()
    cases.open(a_case(), [a_member()])
    for number, (writer, step) in enumerate(steps):
        if step == "read":
            told.read[writer] = cases.case(FIRST).version
        elif writer in told.read:
            text, read = f"{writer} at step {number}", told.read[writer]
            with suppress(Conflict):
                change = partial(described, read=read, title="t", text=text, by=ANNA, at=at(1))
                cases.change(FIRST, change)
                told.written.append(text)
        if step == "read" and writer == 3:
            cases.add_member(FIRST, a_member(f"person-{number}"))  # a version without words
    versions = cases.versions(FIRST)[::-1]
    assert [one.text for one in versions] == ["", *told.written]
    assert all(one.version < two.version for one, two in pairwise(versions))
    assert cases.case(FIRST).words == versions[-1]


@given(st.integers(2, 6), st.integers(1, 5))
def test_writers_at_the_same_time_lose_nothing(writers: int, notes: int) -> None:
    """Each writer reads and tries again until the note is taken."""
    cases = MemoryCases()
    cases.open(a_case(), [a_member()])
    cases.add_exhibit(an_exhibit())

    def write(writer: int) -> None:
        for note in range(notes):
            while True:
                read = cases.exhibit(FIRST, 1).words.version
                with suppress(Conflict):
                    cases.write(FIRST, 1, some_words(read + 1, text=f"{writer}.{note}"))
                    break

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    texts = {one.text for one in cases.versions(FIRST, 1)}
    assert texts == {"", *(f"{w}.{n}" for w in range(writers) for n in range(notes))}
    assert len(cases.versions(FIRST, 1)) == writers * notes + 1
