"""Any damage to a custody log is found and located."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence.custody_check import Finding, verify
from tests.common.custody_logs import a_log, head_of, lines_of
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
