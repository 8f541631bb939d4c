"""A register restored from an older copy gets all leaves back that were published, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.ledger import LedgerKeeper
from evidence.ledger_recovery import LedgerRecovery, Recovered
from footage.errors import Conflict, DataLoss, NotFound, Refused
from footage.instant import Elapsed
from footage.ledger_objects import log_prefix, stored_tree
from footage.merkle import is_consistent
from footage.tlog_tiles import decode_entries, encode_entries
from infra.keys import note_crypto
from infra.keys.key_folder import KeyFolder
from tests.common.builders import a_segment
from tests.common.ledgers import LedgerParts, copied

if TYPE_CHECKING:
    from pathlib import Path

    from footage.log_keys import LogKey
    from footage.signed_note import Checkpoint


@pytest.fixture
def parts(tmp_path: Path) -> LedgerParts:
    return LedgerParts(tmp_path)


def recover(parts: LedgerParts, keys: list[LogKey] | None = None) -> Recovered:
    known = parts.keys.log_keys() if keys is None else keys
    now = parts.clock.now()
    return LedgerRecovery(parts.ledger, parts.store, known, note_crypto.is_right, now).recover()


def seconds(parts: LedgerParts, count: int) -> None:
    """A segment a second, of two cameras in turn, and a checkpoint at the end."""
    for number in range(count):
        parts.append(a_segment(f"camera-{number % 2}", parts.clock.now(), seconds=1))
        parts.clock.sleep(Elapsed.seconds(1))
    parts.keeper.round(at_once=True)


def require_goes_on(parts: LedgerParts, old: Checkpoint) -> None:
    """A leaf more is signed, all is whole, and the tree begins with that of `old`."""
    parts.keeper = parts.another_keeper()
    size = parts.ledger.state().size
    parts.minutes(1, "camera-0", "camera-9")
    new = parts.checkpoint
    assert new.size == size + 2
    proof = stored_tree(parts.store, parts.log, new.size).consistency_proof(old.size)
    assert is_consistent(old.size, old.root, new.size, new.root, proof)
    assert parts.check().findings == []


def put(parts: LedgerParts, path: str, data: bytes | None) -> None:
    """Change an object behind the back of the store; None removes it."""
    entries, key = parts.store._entries, log_prefix(parts.log) + path  # type: ignore[attr-defined]
    if data is None:
        del entries[key]
    else:
        entries[key] = replace(entries[key], data=data)


@pytest.mark.parametrize(
    ("first", "later"),
    [(3, 2), (300, 600), (256, 256), pytest.param(10, 5_000, marks=pytest.mark.slow), (0, 3)],
)
def test_signing_goes_on_as_the_same_log(parts: LedgerParts, first: int, later: int) -> None:
    seconds(parts, first)
    old = copied(parts.ledger)
    seconds(parts, later)
    newest, tips = parts.checkpoint, parts.ledger.tips({one.camera for one in parts.stored})
    whole, parts.ledger = parts.ledger, old
    with pytest.raises(Conflict, match="ledger recover"):
        parts.another_keeper().round(at_once=True)
    done = recover(parts)
    assert (done.before, done.size, done.signed) == (first, first + later, newest.size)
    assert parts.checkpoint == newest
    assert parts.ledger.tips({one.camera for one in parts.stored}) == tips
    for one in parts.stored:
        assert parts.ledger.place_of(one.key) == whole.place_of(one.key)
    require_goes_on(parts, newest)


def test_a_copy_from_before_the_first_checkpoint_recovers(parts: LedgerParts) -> None:
    old = copied(parts.ledger)
    parts.append(a_segment("camera-0", parts.clock.now()))  # found again at the next start
    parts.minutes(2, "camera-0")
    newest, parts.ledger = parts.checkpoint, old
    parts.ledger.append([one.draft for one in old.waiting(1)])
    recover(parts)
    require_goes_on(parts, newest)


def test_what_waits_and_has_a_place_in_the_tree_gets_no_second(parts: LedgerParts) -> None:
    seconds(parts, 4)
    old = copied(parts.ledger)
    parts.append(a_segment("camera-0", parts.clock.now()))
    old._waiting = dict(parts.ledger._waiting)  # type: ignore[attr-defined]
    parts.clock.sleep(Elapsed.parse("1m"))
    parts.keeper.round()
    newest, parts.ledger = parts.checkpoint, old
    assert recover(parts).size == 5
    assert parts.ledger.backlog().count == 0
    require_goes_on(parts, newest)


def test_places_that_were_published_unsigned_are_kept(parts: LedgerParts) -> None:
    """Their tiles stand in a locked store: other leaves could not take these places."""
    seconds(parts, 4)
    newest, old = parts.checkpoint, copied(parts.ledger)
    parts.append(a_segment("camera-7", parts.clock.now()))
    parts.clock.sleep(Elapsed.parse("1m"))
    LedgerKeeper(
        ledger=parts.ledger, store=parts.store, clock=parts.clock, signer=None,
        folder=parts.folder, keep=Elapsed(0),
    ).round()  # fmt: skip
    parts.ledger = old
    done = recover(parts)
    assert (done.before, done.signed, done.size) == (4, 4, 5)
    assert parts.ledger.place_of(parts.stored[-1].key) is not None
    require_goes_on(parts, newest)


def test_a_register_that_lacks_nothing_is_left_alone(parts: LedgerParts) -> None:
    seconds(parts, 300)
    before = parts.ledger.state()
    assert recover(parts).before == recover(parts).size == 300
    assert parts.ledger.state() == before
    require_goes_on(parts, parts.checkpoint)


@pytest.mark.parametrize(
    "call", [1, *(pytest.param(call, marks=pytest.mark.slow) for call in range(2, 5))]
)
@pytest.mark.parametrize("method", ["place", "set_stored", "set_checkpoint"])
def test_a_crash_anywhere_is_mended_by_the_same_again(
    parts: LedgerParts, monkeypatch: pytest.MonkeyPatch, method: str, call: int
) -> None:
    monkeypatch.setattr("evidence.ledger_recovery._AT_ONCE", 1)  # three batches of few leaves
    seconds(parts, 300)
    old = copied(parts.ledger)
    seconds(parts, 600)
    newest, parts.ledger = parts.checkpoint, old
    real, calls = getattr(old, method), [0]

    def dying(*args: object) -> None:
        real(*args)
        calls[0] += 1
        if calls[0] == call:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(old, method, dying)
        try:
            recover(parts)
        except KeyboardInterrupt:
            assert calls[0] == call
    recover(parts)
    require_goes_on(parts, newest)


# ---------------------------------------------------------------- refused, with nothing changed


@pytest.mark.parametrize("count", [2, 4, 5, 7])
def test_a_fork_is_refused(parts: LedgerParts, count: int) -> None:
    """The register and what was published are two histories of one log, both signed."""
    seconds(parts, 4)
    seconds(parts, 3)
    other = LedgerParts(parts.folder / "other")
    other.ledger._state = replace(other.ledger.state(), log=parts.log)  # type: ignore[attr-defined]
    other.keys, other.keeper = parts.keys, other.another_keeper()
    other.keeper = other.another_keeper()
    other.append(a_segment("camera-8", other.clock.now(), seconds=1))
    seconds(other, count - 1)
    before = other.ledger.state()
    parts.ledger = other.ledger
    with pytest.raises(Conflict, match="two histories"):
        recover(parts)
    assert parts.ledger.state() == before


@pytest.mark.parametrize("which", ["first", "last"])
def test_a_missing_bundle_is_named(parts: LedgerParts, which: str) -> None:
    seconds(parts, 4)
    old = copied(parts.ledger)
    seconds(parts, 600)
    parts.ledger, before = old, old.state()
    path = {"first": "tile/entries/000", "last": "tile/entries/002.p/92"}[which]
    put(parts, path, None)
    with pytest.raises(DataLoss, match=path.partition(".")[0]):
        recover(parts)
    assert parts.ledger.state() == before
    assert parts.ledger.place_of(parts.stored[-1].key) is None


@pytest.mark.parametrize("at", [5, 9])
def test_an_altered_leaf_is_refused(parts: LedgerParts, at: int) -> None:
    seconds(parts, 4)
    old = copied(parts.ledger)
    seconds(parts, 6)
    parts.ledger, before = old, old.state()
    bundle = f"{log_prefix(parts.log)}tile/entries/000.p/10"
    leaves = decode_entries(parts.store.get(bundle))
    leaves[at] = leaves[at].replace(b'"size":', b'"size":1')
    put(parts, "tile/entries/000.p/10", encode_entries(leaves))
    with pytest.raises(Conflict, match="two histories"):
        recover(parts)
    assert parts.ledger.state() == before


def test_a_checkpoint_of_a_stranger_is_refused(parts: LedgerParts) -> None:
    seconds(parts, 4)
    old = copied(parts.ledger)
    seconds(parts, 2)
    parts.ledger, before = old, old.state()
    stranger = KeyFolder(parts.folder / "stranger")
    stranger.make(parts.origin, parts.clock.now(), first=True)
    with pytest.raises(Refused, match=r"keys\.json"):
        recover(parts, list(stranger.log_keys()))
    assert parts.ledger.state() == before


def test_another_store_has_no_checkpoint(parts: LedgerParts) -> None:
    parts.ledger.append([])
    with pytest.raises(NotFound, match="object store"):
        recover(parts)
