"""Any damage to a custody log is found and located."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evidence.custody import EMPTY, Head, intent_entry, outcome_entry, read_line, true_hash
from evidence.custody_check import Finding, verify
from evidence.custody_facts import facts_of
from evidence.personal import commitment
from footage.action import Phase, Purpose
from footage.errors import BadInput
from tests.common.builders import at
from tests.common.custody_logs import a_deed, a_log, head_of, lines_of
from tests.common.tiers import examples

LOGS = {size: a_log(size) for size in range(1, 7)}
intents = st.integers(1, 6)


def check(lines: list[bytes], size: int) -> list[Finding]:
    return verify(lines, head_of(LOGS[size]))


def relined(text: bytes) -> list[bytes]:
    *whole, rest = text.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def tampering(found: list[Finding]) -> list[int]:
    return [finding.line for finding in found if finding.kind.proves_tampering]


@given(intents, st.data())
@examples(300)
def test_any_edit_of_a_byte_is_found_in_its_line_or_the_next(
    size: int, data: st.DataObject
) -> None:
    lines = lines_of(LOGS[size])
    at = data.draw(st.integers(0, len(lines) - 1))
    byte = data.draw(st.integers(0, len(lines[at]) - 1))
    old = lines[at][byte]
    new = data.draw(st.integers(0, 255).filter(lambda value: value != old))
    lines[at] = lines[at][:byte] + bytes([new]) + lines[at][byte + 1 :]
    found = check(relined(b"".join(lines)), size)
    assert found
    assert any(at + 1 <= finding.line <= at + 2 for finding in found)
    assert tampering(found)


@given(intents, st.data())
def test_any_deletion_is_found_where_it_was(size: int, data: st.DataObject) -> None:
    lines = lines_of(LOGS[size])
    at = data.draw(st.integers(0, len(lines) - 1))
    del lines[at]
    assert at + 1 in tampering(check(lines, size))


@given(intents, st.data())
def test_any_swap_is_found_at_the_first_of_the_two(size: int, data: st.DataObject) -> None:
    lines = lines_of(LOGS[size])
    one = data.draw(st.integers(0, len(lines) - 2))
    two = data.draw(st.integers(one + 1, len(lines) - 1))
    lines[one], lines[two] = lines[two], lines[one]
    assert min(tampering(check(lines, size))) == one + 1


@given(intents, intents, st.data())
def test_any_insertion_is_found_where_it_is(size: int, other: int, data: st.DataObject) -> None:
    lines = lines_of(LOGS[size])
    foreign = lines_of(LOGS[other])
    inserted = data.draw(st.sampled_from(foreign))
    at = data.draw(st.integers(0, len(lines)))
    lines.insert(at, inserted)
    if lines == foreign[: len(lines)]:  # the entry that truly came next: as a crash leaves it
        assert [finding.line for finding in check(lines, size)][-1] == len(lines)
    else:
        assert set(tampering(check(lines, size))) & {at + 1, at + 2}


@given(intents, st.data())
def test_any_cut_tail_is_found_at_the_cut(size: int, data: st.DataObject) -> None:
    text = b"".join(lines_of(LOGS[size]))
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    lines = relined(cut)
    assert max(tampering(check(lines, size))) == len(lines) + 1


@given(intents)
def test_an_untouched_log_is_sound(size: int) -> None:
    assert check(lines_of(LOGS[size]), size) == []


def same_as_read_in_full(line: bytes) -> bool:
    """Whether the facts of a line are those of the entry read in full, or both refuse the line."""
    try:
        entry = read_line(line)
    except BadInput:
        try:
            facts_of(line)
        except BadInput:
            return True
        return False
    facts = facts_of(line)
    fits = not entry.commitment or commitment(entry.personal) == entry.commitment
    closed = entry.what.get("intent") if entry.phase is Phase.OUTCOME else 0
    return (
        (facts.number, facts.instant, facts.is_intent, facts.previous, facts.hash, facts.true_hash)
        == (
            entry.number,
            str(entry.instant),
            entry.phase is Phase.INTENT,
            entry.previous,
            entry.hash,
            true_hash(entry) if entry.purged_by or fits else "",
        )
    ) and facts.closes == (closed if type(closed) is int else 0)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
keys = st.text(st.characters(codec="ascii"), min_size=1, max_size=8)
facts = st.dictionaries(keys, st.one_of(texts, st.integers(-9, 9), st.lists(texts)), max_size=3)


@given(texts, texts, facts, st.sampled_from(Phase))
def test_facts_by_the_line_are_those_of_the_entry(
    actor: str, case: str, what: dict[str, object], phase: Phase
) -> None:
    deed = replace(a_deed(what=what), purpose=Purpose(actor, case, "code"))
    head = Head(7, "sha256:" + "b" * 64)
    if phase is Phase.OUTCOME:
        entry = outcome_entry(deed, 3, head, at(0), ok=True, result=what)
    else:
        entry = intent_entry(deed, EMPTY, at(0))
    assert same_as_read_in_full(entry.line)


@given(intents, st.data())
@examples(300)
def test_a_line_edited_anyhow_is_judged_as_in_full(size: int, data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(lines_of(LOGS[size])))
    place = data.draw(st.integers(0, len(line) - 1))
    length = data.draw(st.integers(0, 3))
    pieces = st.sampled_from([b"", b" ", b"0", b"1", b'"', b"\\u0041", b"}", b"\n", b"\xff", b"9"])
    edited = line[:place] + data.draw(pieces) + line[place + length :]
    assert same_as_read_in_full(edited)


@given(intents, st.data())
def test_a_check_from_an_entry_finds_what_was_done_behind_it(
    size: int, data: st.DataObject
) -> None:
    log, lines = LOGS[size], lines_of(LOGS[size])
    first = data.draw(st.integers(1, len(lines)))
    checkpoint = Head(first, log[first - 1].hash)
    assert not tampering(verify(lines[first - 1 :], head_of(log), checkpoint))
    touched = data.draw(st.integers(first - 1, len(lines) - 1))
    rest = [line for n, line in enumerate(lines) if n >= first - 1 and n != touched]
    assert tampering(verify(rest, head_of(log), checkpoint))
    other = Head(first, "sha256:" + "f" * 64)
    assert first in tampering(verify(lines[first - 1 :], head_of(log), other))
