"""Rounds of the ledger: places, tiles, checkpoints, crashes, forks that are refused, proofs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.ledger import LedgerKeeper, proof_of
from evidence.ledger_check import Fault, LedgerCheck, check_checkpoints
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import Conflict, DataLoss, Misconfigured, NotFound, Unavailable
from footage.instant import Elapsed
from footage.leaf import Late, Leaf
from footage.ledger_objects import checkpoints, log_prefix, newest_checkpoint, stored_tree
from footage.log_keys import Standing, judged
from footage.merkle import leaf_hash, root_from_inclusion
from footage.signed_note import Checkpoint, Proof, SignatureType
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.registers.memory_ledger import MemoryLedger
from tests.common.builders import START, a_segment
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def parts(tmp_path: Path) -> LedgerParts:
    return LedgerParts(tmp_path)


def standing(parts: LedgerParts, checkpoint: Checkpoint) -> Standing:
    keys = parts.keys.log_keys()
    return judged(checkpoint, parts.origin, keys, note_crypto.is_right).standing


def test_a_checkpoint_is_signed_each_minute_also_when_nothing_is_stored(
    parts: LedgerParts,
) -> None:
    parts.minutes(3, "camera-1", "camera-2")
    parts.minutes(2)
    found = [one for _, one in checkpoints(parts.store, parts.log, START, parts.clock.now())]
    assert [one.size for one in found] == [2, 4, 6, 6, 6]
    times = [
        judged(one, parts.origin, parts.keys.log_keys(), note_crypto.is_right) for one in found
    ]
    assert [one.standing for one in times] == [Standing.SIGNED] * 5
    instants = [one.signed_at for one in times]
    assert len(set(instants)) == 5, "each says when it was signed"
    kinds = {key.kind for key in times[0].by}
    assert kinds == set(SignatureType), "Ed25519 and ML-DSA-44 side by side"
    done = parts.check()
    assert done.findings == []
    assert (done.size, done.leaves, done.checkpoints, done.late) == (6, 6, 5, 0)


def test_a_young_checkpoint_needs_no_other_unless_asked_for(parts: LedgerParts) -> None:
    parts.minutes(1, "camera-1")
    assert parts.another_keeper().round().checkpoint is None
    assert parts.another_keeper().round(at_once=True).checkpoint == parts.checkpoint
    parts.clock.sleep(Elapsed.seconds(1))
    assert parts.another_keeper().round(at_once=True).checkpoint == parts.checkpoint
    assert parts.check().checkpoints == 2


def test_a_tree_of_several_tiles_and_many_steps(parts: LedgerParts) -> None:
    for number in range(600):
        parts.append(a_segment("camera-1", parts.clock.now(), seconds=1))
        parts.clock.sleep(Elapsed.seconds(1))
        if number in {100, 255, 256, 511, 530}:
            parts.keeper.round(at_once=True)
    parts.keeper.round(at_once=True)
    done = parts.check()
    assert (done.size, done.findings) == (600, [])
    keys = {stored.key.removeprefix(log_prefix(parts.log)) for stored in parts.store.list()}
    assert {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"} <= keys
    assert {"tile/entries/001", "tile/entries/002.p/88"} <= keys
    with pytest.raises(NotFound):
        parts.ledger.leaves(0, 1)


def test_what_waited_long_is_late_and_says_so(parts: LedgerParts) -> None:
    parts.minutes(1, "camera-1")
    parts.append(a_segment("camera-1", START - Elapsed.parse("2h")), late=Late.BACK_FILL)
    parts.append(a_segment("camera-1", START - Elapsed.parse("1h")))
    parts.minutes(1, "camera-1")
    tree = stored_tree(parts.store, parts.log, 4)
    lates = [Leaf.decode(tree.leaf(index)).draft.late for index in range(4)]
    assert lates == [None, Late.BACK_FILL, Late.DELAYED, None]
    last = Leaf.decode(tree.leaf(3))
    assert last.before is not None
    assert last.late_before is not None
    assert (last.before.index, last.late_before.index) == (0, 2)
    assert parts.check().findings == []


class Crash(Exception):
    """The process dies here."""


@pytest.mark.parametrize(
    "method", ["place", "leaves", "set_stored", "set_checkpoint", "state", "waiting"]
)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2])
def test_a_crash_anywhere_loses_and_doubles_nothing(
    parts: LedgerParts, monkeypatch: pytest.MonkeyPatch, method: str, when: str, call: int
) -> None:
    parts.minutes(1, "camera-1")
    real, calls = getattr(parts.ledger, method), [0]

    def dying(*args: object) -> object:
        calls[0] += 1
        if calls[0] != call:
            return real(*args)
        if when == "after":
            real(*args)
        raise Crash

    parts.append(a_segment("camera-1", parts.clock.now()))
    parts.clock.sleep(Elapsed.parse("1m"))
    monkeypatch.setattr(parts.ledger, method, dying)
    with suppress(Crash):
        parts.keeper.round()
    monkeypatch.undo()
    parts.append(a_segment("camera-1", parts.clock.now()))
    parts.clock.sleep(Elapsed.parse("1m"))
    parts.another_keeper().round(at_once=True)
    done = parts.check()
    assert (done.size, done.findings, done.late) == (3, [], 0)


def test_a_store_that_is_away_costs_no_leaf(
    parts: LedgerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.minutes(1, "camera-1")

    def away(*_: object, **__: object) -> None:
        raise Unavailable("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(parts.store, "put", away)
        with pytest.raises(Unavailable):
            parts.minutes(1, "camera-1")
    parts.minutes(1)
    assert parts.checkpoint.size == 2
    assert parts.check().findings == []


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("more", [1, 3, 4])
def test_an_older_copy_of_the_register_never_signs_a_fork(
    parts: LedgerParts, *, restarted: bool, more: int
) -> None:
    """A register that was restored, also under a running process, would give places again."""
    parts.minutes(2, "camera-1")
    real = parts.ledger
    assert isinstance(real, MemoryLedger)
    old = real._state, dict(real._leaves), dict(real._tips), dict(real._places)
    parts.minutes(3, "camera-1")
    before = {stored.key for stored in parts.store.list()}
    real._state, real._leaves, real._tips, real._places = old
    for number in range(more):
        parts.append(a_segment(f"camera-{9 + number}", parts.clock.now()))
    parts.clock.sleep(Elapsed.parse("1m"))
    keeper = parts.another_keeper() if restarted else parts.keeper
    for _ in range(2):
        with pytest.raises(Conflict, match=r"published"):
            keeper.round(at_once=True)
    assert {stored.key for stored in parts.store.list()} == before
    assert real.state() == old[0], "nothing was placed or signed"


def test_a_clock_that_was_set_back_hides_no_checkpoint(parts: LedgerParts) -> None:
    parts.minutes(2, "camera-1")
    real = parts.ledger
    assert isinstance(real, MemoryLedger)
    old = real._state, dict(real._leaves), dict(real._tips), dict(real._places)
    parts.minutes(1, "camera-1")
    real._state, real._leaves, real._tips, real._places = old
    parts.clock = SimulatedClock(START - Elapsed.parse("3d"))
    with pytest.raises(Conflict, match=r"published"):
        parts.another_keeper().round(at_once=True)


def test_of_two_checkpoints_of_a_second_the_larger_is_the_newest(parts: LedgerParts) -> None:
    keys = [f"{log_prefix(parts.log)}checkpoints/2026-11-22/15-00-00Z.{size}" for size in (9, 10)]
    for size, key in zip((9, 10), keys, strict=True):
        path = parts.folder / "checkpoint"
        path.write_text(Checkpoint(parts.origin, size, bytes(32)).note())
        parts.store.put(key, path, Digest.of_file(path), {})
    newest = newest_checkpoint(parts.store, parts.log, START, START)
    assert newest is not None
    assert newest.size == 10


def test_a_register_from_before_the_first_checkpoint_signs_nothing(parts: LedgerParts) -> None:
    empty = MemoryLedger()
    empty._state = replace(empty.state(), log=parts.log)
    parts.minutes(2, "camera-1")
    parts.ledger = empty
    with pytest.raises(Conflict, match="before"):
        parts.another_keeper().round()
    assert empty.state().checkpoint == ""


def test_a_proof_stands_alone(parts: LedgerParts) -> None:
    parts.minutes(5, "camera-1", "camera-2")
    segment = parts.stored[6]
    proof = Proof.parse(proof_of(parts.ledger, parts.store, segment.key).text())
    leaf = Leaf.decode(proof.leaf)
    assert (leaf.draft.key, leaf.draft.digest) == (segment.key, segment.digest)
    checkpoint = Checkpoint.parse(proof.checkpoint)
    hashed, size = leaf_hash(proof.leaf), checkpoint.size
    assert root_from_inclusion(hashed, proof.index, size, proof.hashes) == checkpoint.root
    assert standing(parts, checkpoint) is Standing.SIGNED


def test_what_has_no_proof_is_told_why(parts: LedgerParts) -> None:
    segment = a_segment()
    with pytest.raises(NotFound, match=r"no leaf.*backfill"):
        proof_of(parts.ledger, parts.store, segment.key)
    parts.append(segment)
    with pytest.raises(NotFound, match=r"waits.*publish"):
        proof_of(parts.ledger, parts.store, segment.key)
    unsigned = LedgerKeeper(
        ledger=parts.ledger,
        store=parts.store,
        clock=parts.clock,
        signer=None,
        folder=parts.folder,
        keep=Elapsed(0),
    )
    done = unsigned.round()
    assert (done.placed, done.size, done.checkpoint) == (1, 1, None)
    assert "keys init" in done.unsigned
    with pytest.raises(NotFound, match="younger"):
        proof_of(parts.ledger, parts.store, segment.key)


# ---------------------------------------------------------------- keys


def test_foreign_forged_and_expired_signatures_are_told_apart(parts: LedgerParts) -> None:
    parts.minutes(1, "camera-1")
    mine = parts.checkpoint
    assert standing(parts, mine) is Standing.SIGNED
    other = KeyFolder(parts.folder / "other")
    other.make(parts.origin, parts.clock.now(), first=True)
    bare = replace(mine, signatures=())
    foreign = FolderSigner(other).sign(bare, parts.clock.now())
    assert standing(parts, foreign) is Standing.FOREIGN
    forged = replace(mine, size=mine.size + 1)
    assert standing(parts, forged) is Standing.FORGED
    assert standing(parts, replace(mine, origin="another")) is Standing.ANOTHER
    for cut in ((0, 1), (2,)):  # ML-DSA-44, and Ed25519
        some = replace(mine, signatures=tuple(mine.signatures[n] for n in cut))
        assert standing(parts, some) is Standing.PARTLY
    late = parts.keys.sets()[0].valid.end
    signer = FolderSigner(parts.keys)
    with pytest.raises(Misconfigured, match="rotate"):
        signer.sign(bare, late)
    stolen = signer.sign(bare, late - Elapsed.parse("1d"))
    parts.keys.make(parts.origin, parts.clock.now(), first=False)
    assert standing(parts, stolen) is Standing.EXPIRED, "signed after the key was rotated away"


def test_a_rotation_goes_on_with_the_same_log(parts: LedgerParts) -> None:
    parts.minutes(2, "camera-1")
    parts.keys.make(parts.origin, parts.clock.now(), first=False)
    parts.minutes(2, "camera-1")
    assert parts.check().findings == []
    kept = {path.name.partition("-")[0] for path in parts.folder.glob("keys/*.pem")}
    assert kept == {"2"}, "former private keys are removed"


def test_keys_of_another_log_do_not_sign(parts: LedgerParts) -> None:
    signer = FolderSigner(parts.keys)
    with pytest.raises(Misconfigured, match="keys are those of"):
        signer.sign(Checkpoint("another", 0, bytes(32)), parts.clock.now())


def test_an_open_or_exchanged_private_key_is_refused(parts: LedgerParts) -> None:
    signer, path = FolderSigner(parts.keys), parts.folder / "keys" / "1-ed25519.pem"
    bare = Checkpoint(parts.origin, 0, bytes(32))
    path.chmod(0o640)
    with pytest.raises(Misconfigured, match="others may read"):
        signer.sign(bare, parts.clock.now())
    path.chmod(0o600)
    path.write_bytes(note_crypto.private_bytes(note_crypto.new_key(note_crypto.ED25519)))
    with pytest.raises(Misconfigured, match="not the key"):
        signer.sign(bare, parts.clock.now())


# ---------------------------------------------------------------- a ledger that was altered


def test_a_rewritten_ledger_is_found_by_any_older_checkpoint(parts: LedgerParts) -> None:
    """Whoever has store, register and keys writes all anew: an older checkpoint tells."""
    parts.minutes(3, "camera-1")
    noted = parts.checkpoint
    again = LedgerParts(parts.folder / "again")
    again.ledger._state = replace(again.ledger.state(), log=parts.log)  # type: ignore[attr-defined]
    again.keys = parts.keys
    again.keeper = again.another_keeper()
    again.minutes(1, "camera-1")
    again.clock.sleep(Elapsed.parse("1m"))  # one segment left out
    again.minutes(4, "camera-1")
    assert again.check().findings == []
    done = LedgerCheck()
    tree = stored_tree(again.store, again.log, again.checkpoint.size)
    keys = parts.keys.log_keys()
    check_checkpoints(tree, [("noted", noted)], parts.origin, keys, note_crypto.is_right, done)
    assert [one.kind for one in done.findings] == [Fault.FORK]


def test_a_tree_that_was_cut_is_found(parts: LedgerParts) -> None:
    parts.minutes(3, "camera-1")
    parts.ledger.set_checkpoint(
        next(one for _, one in checkpoints(parts.store, parts.log, START, START)).note(), START
    )
    assert {one.kind for one in parts.check().findings} == {Fault.FORK}


def test_a_bundle_of_other_leaves_is_never_read(parts: LedgerParts) -> None:
    parts.minutes(3, "camera-1")
    key = f"{log_prefix(parts.log)}tile/entries/000.p/3"
    entry = parts.store._entries[key]  # type: ignore[attr-defined]
    changed = entry.data.replace(b"camera-1", b"camera-2")
    parts.store._entries[key] = replace(entry, data=changed)  # type: ignore[attr-defined]
    with pytest.raises(DataLoss, match="leaves 0 to 2"):
        proof_of(parts.ledger, parts.store, parts.stored[0].key)
    assert [one.where for one in parts.check().findings] == ["leaf 0", "leaf 1", "leaf 2"]
