"""Personal parts of custody entries: purged in place, entered, and told from mere damage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from evidence.personal import PURGED, filler, opened, public, sealed
from footage.action import Action, Deed, Purpose
from footage.errors import DataLoss
from footage.instant import Elapsed, Instant
from infra.custody.personal_purge import PersonalPurge, Purged
from tests.common.custody_trees import DEED, CustodyParts

if TYPE_CHECKING:
    from pathlib import Path

BY = Purpose("service:retention")


@pytest.fixture
def parts(tmp_path: Path) -> CustodyParts:
    made = CustodyParts(tmp_path)
    made.minute(3)
    return made


def purge_of(parts: CustodyParts, before: Instant | None = None) -> PersonalPurge:
    until = before or parts.clock.now()
    return PersonalPurge(parts.custody, parts.path.parent, until, lambda case: case == "OPEN")


def purge(parts: CustodyParts) -> Purged:
    parts.clock.sleep(Elapsed.parse("1h"))
    return purge_of(parts).run(BY, "1h")


def tampering(parts: CustodyParts) -> list[tuple[Kind, int]]:
    found = parts.check().findings
    return [(one.kind, one.line) for one in found if one.kind.proves_tampering]


def test_who_and_what_goes_and_chain_tree_and_offsets_stand(parts: CustodyParts) -> None:
    before = parts.path.read_bytes()
    done = purge(parts)
    assert done == Purged(7, 6, 1, 6)
    after = parts.path.read_bytes()
    assert after[: len(before)] != before
    assert [len(line) for line in after.splitlines()[:6]] == [
        len(line) for line in before.splitlines()
    ]
    entries = list(parts.custody.read())
    assert {entry.actor for entry in entries[:6]} == {PURGED}
    assert [entry.what for entry in entries[:2]] == [
        {},
        {"intent": 1, "ok": True, "result": {"moments": 3}},
    ]
    assert {entry.case for entry in entries[:6]} == {"FIR-4711"}
    assert (entries[6].action, entries[6].what["first"], entries[6].what["last"]) == (
        Action.ERASE,
        1,
        6,
    )
    assert entries[7].what["result"] == {"purged": 6}
    check = parts.check()
    assert (tampering(parts), check.purged) == ([], {7: 6})
    parts.minute(1)
    assert tampering(parts) == []
    assert b"amina" not in b"".join(line for line in parts.lines()[:6])


def test_a_purge_again_finds_nothing_more_and_enters_nothing(parts: CustodyParts) -> None:
    purge(parts)
    count = parts.custody.anchored().count
    assert purge_of(parts, Instant(parts.clock.now().us - 3_600_000_000)).run(BY, "x").entries == 0
    assert parts.custody.anchored().count == count


def test_an_open_case_keeps_its_parts(parts: CustodyParts) -> None:
    parts.custody.intent(Deed(Action.SEARCH, Purpose("bilal", "OPEN", "x"), {"text": "bus"}))
    parts.enter(1)
    done = purge(parts)
    assert (done.entries, done.kept, done.last) == (8, 1, 9)
    assert [entry.actor for entry in parts.custody.read()][6] == "bilal"
    assert tampering(parts) == []


def test_a_part_wiped_without_a_purge_is_found(parts: CustodyParts) -> None:
    entries = list(parts.custody.read())
    text, kept = entries[2].personal, parts.path.read_bytes()
    for by, kinds in ((9, Kind.UNATTESTED), (1, Kind.UNATTESTED)):
        wiped = kept.replace(text.encode(), filler(by, len(text)).encode())
        parts.path.write_bytes(wiped)
        assert tampering(parts) == [(kinds, 3)]
        parts.path.write_bytes(kept)
    for other in ("", "A" * len(text), sealed("someone", {}, "00").ljust(len(text), "=")):
        parts.path.write_bytes(kept.replace(text.encode(), other.encode()))
        assert [line for _, line in tampering(parts)] == [3]


def test_a_line_that_is_no_entry_is_named_and_nothing_is_purged(parts: CustodyParts) -> None:
    kept = parts.path.read_bytes()
    parts.path.write_bytes(kept.replace(b'"v":2', b'"v":7', 1))
    with pytest.raises(DataLoss, match="at byte 0: not an entry"):
        purge(parts)
    parts.path.write_bytes(kept)
    assert [entry.purged_by for entry in parts.custody.read()] == [0] * len(kept.splitlines())


def test_a_later_purge_does_not_cover_younger_entries(parts: CustodyParts) -> None:
    purge(parts)
    parts.enter(1)
    text = list(parts.custody.read())[8].personal
    data = parts.path.read_bytes()
    parts.path.write_bytes(data.replace(text.encode(), filler(7, len(text)).encode()))
    assert [kind for kind, _ in tampering(parts)] == [Kind.UNATTESTED]


def test_a_purge_cut_short_is_finished_by_the_next(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.pwrite, [0]

    def dying(log: int, data: bytes, offset: int) -> int:
        if data.startswith(b"purged-"):
            calls[0] += 1
            if calls[0] == 3:  # a power cut in the middle of the third
                real(log, data[:40], offset)
                raise KeyboardInterrupt
        return real(log, data, offset)

    monkeypatch.setattr("infra.custody.personal_purge.os.pwrite", dying)
    with pytest.raises(KeyboardInterrupt):
        purge(parts)
    monkeypatch.undo()
    assert tampering(parts) == []
    done = purge(parts)
    assert (done.first, done.entries) == (3, 6), "four of before, and the first purge's own two"
    assert parts.check().purged == {7: 2, 9: 6}
    assert tampering(parts) == []


def test_a_part_holds_what_is_personal_and_nothing_else() -> None:
    what = {"text": "red", "start": "x", "result": {"why": "amina", "n": 1}, "person": "amina"}
    assert public(what) == {"start": "x", "result": {"n": 1}}
    part = sealed("amina", what, "salt")
    assert opened(part, public(what)) == ("amina", what)
    assert sealed("amina", DEED.what, "1") != sealed("amina", DEED.what, "2")


def closing(parts: CustodyParts, *still_open: str) -> PersonalPurge:
    until = parts.clock.now()
    return PersonalPurge(parts.custody, parts.path.parent, until, lambda case: case in still_open)


def actors(parts: CustodyParts) -> list[str]:
    return [entry.actor for entry in parts.custody.read()]


def test_entries_of_a_case_closed_later_are_purged_then(parts: CustodyParts) -> None:
    for case in ("OPEN", "LATER", "OPEN"):
        parts.custody.intent(Deed(Action.SEARCH, Purpose("bilal", case, "x"), {"text": "bus"}))
    parts.clock.sleep(Elapsed.parse("1h"))
    assert closing(parts, "OPEN", "LATER").run(BY, "1h").kept == 3
    parts.clock.sleep(Elapsed.parse("1h"))
    done = closing(parts, "OPEN").run(BY, "1h")
    # The entry of the case, and the two of the first purge.
    assert (done.first, done.entries, done.kept) == (8, 3, 2)
    assert [actors(parts)[n] for n in (6, 7, 8)] == ["bilal", PURGED, "bilal"]
    parts.clock.sleep(Elapsed.parse("1h"))
    done = closing(parts).run(BY, "1h")
    assert (done.first, done.entries, done.kept) == (7, 4, 0)
    assert "bilal" not in actors(parts)
    assert tampering(parts) == []


def test_a_closed_case_that_is_not_old_yet_is_not_forgotten(parts: CustodyParts) -> None:
    parts.custody.intent(Deed(Action.SEARCH, Purpose("bilal", "OPEN", "x"), {"text": "bus"}))
    middle = parts.clock.now()
    parts.clock.sleep(Elapsed.parse("1h"))
    purge(parts)  # goes through the entry, and keeps it
    work = PersonalPurge(parts.custody, parts.path.parent, middle, lambda _: False)
    assert work.run(BY, "by hand").kept == 1, "not older than asked for"
    assert actors(parts)[6] == "bilal"
    parts.clock.sleep(Elapsed.parse("1h"))
    assert closing(parts).run(BY, "1h").first == 7
    assert actors(parts)[6] == PURGED


@pytest.mark.parametrize("mark", ["{", "{}", '{"number": 6}', "restored"])
def test_a_mark_that_the_log_does_not_bear_out_does_not_count(
    parts: CustodyParts, mark: str
) -> None:
    before = parts.path.read_bytes()
    purge(parts)
    if mark == "restored":  # the log of before, with all parts
        after = parts.path.read_bytes()
        parts.path.write_bytes(before + after[len(before) :])
    else:
        (parts.path.parent / "purged.json").write_text(mark)
    parts.clock.sleep(Elapsed.parse("1h"))
    done = purge_of(parts).run(BY, "1h")
    assert (done.first, done.last) == ((1, 8) if mark == "restored" else (7, 8))
    assert set(actors(parts)[:8]) == {PURGED}
