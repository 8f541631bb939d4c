"""The custody log's tree: rounds, checkpoints, logs from before, crashes, logs written anew."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import pytest

from evidence.custody import EMPTY, Entry, intent_entry
from evidence.custody_check import Kind
from footage.errors import Conflict, DataLoss, Unavailable
from footage.instant import Elapsed
from footage.ledger_objects import log_prefix, stored_checkpoints, stored_tree
from infra.keys.key_folder import KeyFolder
from tests.common.builders import at
from tests.common.custody_trees import DEED, CustodyParts

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.custody_tree import TreeNote


@pytest.fixture
def parts(tmp_path: Path) -> CustodyParts:
    return CustodyParts(tmp_path)


def kinds(parts: CustodyParts) -> list[tuple[Kind, int]]:
    return [(one.kind, one.line) for one in parts.check().findings]


def anew(count: int) -> list[Entry]:
    """A sound log of other entries."""
    made: list[Entry] = []
    for number in range(count):
        made.append(intent_entry(DEED, made[-1].head if made else EMPTY, at(1000 + number)))
    return made


def test_a_checkpoint_is_signed_each_minute_also_when_nothing_is_entered(
    parts: CustodyParts,
) -> None:
    assert parts.minute().checkpoint is None, "an empty log has no tree"
    for acts in (2, 1, 0, 0):
        assert parts.minute(acts).checkpoint
    found = list(stored_checkpoints(parts.store, parts.log))
    assert [one.size for one in found] == [4, 6, 6, 6]
    told = parts.check().published
    assert told
    assert (told.stored, told.compared, told.entries, told.since_entries) == (4, 4, 6, 4)
    assert (told.since, told.at, told.trouble) == (found[0].signed, found[-1].signed, "")
    assert kinds(parts) == []


def test_a_leaf_is_the_hash_of_an_entry_and_tells_nothing_else(parts: CustodyParts) -> None:
    parts.minute(2)
    tree = stored_tree(parts.store, parts.log, 4)
    assert [tree.leaf(n).decode() for n in range(4)] == [e.hash for e in parts.custody.read()]
    assert all(b"red pickup" not in parts.store.get(stored.key) for stored in parts.store.list())


def test_a_log_from_before_gets_its_tree_in_steps_and_says_from_where(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.custody_tree.AT_ONCE", 256)
    parts.enter(301)
    stops = iter([False, False, True, True])
    done = parts.tree().round(stop=lambda: next(stops))
    assert (done.placed, done.checkpoint) == (512, None)
    done = parts.tree().round()
    assert (done.placed, done.size) == (90, 602)
    parts.minute(1)
    told = parts.check().published
    assert told
    assert (told.since_entries, told.entries) == (602, 604)
    assert kinds(parts) == []


@pytest.mark.parametrize("write", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_between_two_steps_loses_and_doubles_nothing(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch, write: int, when: str
) -> None:
    parts.minute(1)
    real, calls = type(parts.notes).write, [0]

    def dying(_: object, note: TreeNote) -> None:
        calls[0] += 1
        if calls[0] == write and when == "before":
            raise KeyboardInterrupt
        real(parts.notes, note)
        if calls[0] == write:
            raise KeyboardInterrupt

    monkeypatch.setattr(type(parts.notes), "write", dying)
    with suppress(KeyboardInterrupt):
        parts.minute(1)
    monkeypatch.undo()
    parts.minute(1)
    assert kinds(parts) == []
    told = parts.check().published
    assert told
    assert told.entries == 6


def test_a_lost_note_is_read_back_from_the_store(parts: CustodyParts) -> None:
    for _ in range(3):
        parts.minute(50)
    (parts.folder / "custody" / "tree.json").unlink()
    done = parts.minute(1)
    assert (done.placed, done.size) == (2, 302)
    assert kinds(parts) == []


def test_an_outage_of_the_store_costs_no_act(
    parts: CustodyParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.minute(1)

    def away(*_: object, **__: object) -> NoReturn:
        raise Unavailable("the store is away")

    for method in ("put", "get", "list"):
        monkeypatch.setattr(parts.store, method, away)
    with pytest.raises(Unavailable):
        parts.minute(3)
    done = parts.check()
    assert done.findings == ()
    assert done.published
    assert "the store is away" in done.published.trouble
    assert not done.is_compared
    monkeypatch.undo()
    assert parts.minute(1).size == 10
    assert parts.check().is_compared


def test_a_log_and_anchor_cut_together_are_found(parts: CustodyParts) -> None:
    parts.minute(3)
    entries = list(parts.custody.read())
    parts.rewrite(parts.lines()[:4], (4, entries[3].hash))
    assert (Kind.TRUNCATED, 5) in kinds(parts)
    with pytest.raises(Conflict, match="cut or written anew"):
        parts.minute()
    parts.enter(1)  # grows to the same size again
    assert (Kind.PUBLISHED, 5) in kinds(parts)
    with pytest.raises(Conflict):
        parts.minute()


@pytest.mark.parametrize("size", [6, 8, 20])
def test_a_log_and_anchor_written_anew_are_found_at_the_first_entry(
    parts: CustodyParts, size: int
) -> None:
    parts.minute(3)
    other = anew(size)
    parts.rewrite([entry.line for entry in other], (size, other[-1].hash))
    assert (Kind.PUBLISHED, 1) in kinds(parts)
    with pytest.raises((Conflict, DataLoss)):
        parts.minute()
    assert len(list(stored_checkpoints(parts.store, parts.log))) == 1


def test_a_history_signed_anew_contradicts_the_older_checkpoints(parts: CustodyParts) -> None:
    parts.minute(3)
    kept = {stored.key: parts.store.get(stored.key) for stored in parts.store.list()}
    other = CustodyParts(parts.folder / "other")
    other.keys = parts.keys  # stolen
    other.clock.sleep(Elapsed.parse("1d"))
    other.minute(4)
    for key in kept:  # the newer history is put beside what the store locks
        assert key.startswith(log_prefix(parts.log))
    for stored in other.store.list():
        if "checkpoints" in stored.key:
            path = parts.folder / "object"
            path.write_bytes(other.store.get(stored.key))
            parts.store.put(stored.key, path, stored.digest, {})
    entries = list(other.custody.read())
    parts.rewrite(other.lines(), (8, entries[-1].hash))
    found = parts.check(every=False)
    assert Kind.PUBLISHED in {one.kind for one in found.findings}


def test_a_checkpoint_of_another_key_is_a_finding(parts: CustodyParts) -> None:
    parts.minute(1)
    parts.keys = KeyFolder(parts.folder / "other-keys")
    parts.keys.make("footage-ledger.invalid/0123456789abcdef", parts.clock.now(), first=True)
    assert [kind for kind, _ in kinds(parts)] == [Kind.CHECKPOINT]


def test_lost_checkpoints_are_told(parts: CustodyParts) -> None:
    assert parts.check().is_compared, "none was ever signed"
    parts.minute(1)
    parts.store = type(parts.store)(parts.clock)  # type: ignore[call-arg]
    told = parts.check().published
    assert told
    assert "the store has none" in told.trouble


def test_an_altered_entry_gets_no_leaf(parts: CustodyParts) -> None:
    parts.minute(1)
    parts.enter(2)
    lines = parts.lines()
    lines[3] = lines[3].replace(b"FIR-4711", b"FIR-4712")
    parts.path.write_bytes(b"".join(lines))
    with pytest.raises(DataLoss, match="entry 4"):
        parts.minute()


def test_a_check_from_an_entry_on_compares_too(parts: CustodyParts) -> None:
    for _ in range(3):
        parts.minute(100)
    entries = list(parts.custody.read())
    done = parts.custody.check(entries[400].head)
    assert done.findings == ()
    assert done.published
    assert (done.published.compared, done.published.entries) == (1, 600)
    lines = [entry.line for entry in entries]
    parts.rewrite(lines[:500], (500, entries[499].hash))
    done = parts.custody.check(entries[400].head)
    assert [(one.kind, one.line) for one in done.findings] == [(Kind.TRUNCATED, 501)]
