"""A signer signs one history, and nothing but what Footage signs, and logs each signature."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.clock import SimulatedClock
from footage.errors import BadInput, Conflict, DataLoss, Misconfigured, NotFound
from footage.instant import Elapsed
from footage.signed_note import Checkpoint
from infra.keys.key_folder import KeyFolder
from infra.keys.signer import Signer
from infra.keys.signer_notes import SignerNotes
from infra.keys.signer_rules import Growth, Tree, require_continued
from tests.common.builders import START
from tests.common.signers import CUSTODY, LEDGER, PEER, Grower, manifest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow  # keys of RSA

TREE, OTHER = Grower(), Grower(b"other ")


class Signing:
    """A signer with the clock of a test."""

    def __init__(self, folder: Path) -> None:
        self.clock = SimulatedClock(START)
        self.signer = Signer(KeyFolder(folder / "signer"), self.clock)
        self.signer.make(LEDGER, first=True)
        self.notes = self.signer.notes
        self.log = folder / "signer" / "signatures.log"

    def ask(
        self, size: int, *, old: int | None = None, tree: Grower = TREE, origin: str = LEDGER
    ) -> Checkpoint | int:
        """A checkpoint is asked for, with the proof from `old`."""
        growth = None if old is None else tree.growth(size, old)
        return self.signer.checkpoint(tree.checkpoint(size, origin), self.clock.now(), growth, PEER)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.notes.lines()]


@pytest.fixture
def signing(tmp_path: Path) -> Signing:
    return Signing(tmp_path)


def test_a_tree_only_grows(signing: Signing) -> None:
    assert isinstance(signing.ask(5), Checkpoint)
    assert signing.ask(8) == 5, "the proof is to begin with what was signed last"
    assert signing.ask(8, old=4) == 5
    with pytest.raises(Conflict, match="none of 4"):
        signing.ask(4)
    with pytest.raises(Conflict, match="another tree of 5"):
        signing.ask(5, tree=OTHER)
    with pytest.raises(Conflict, match="does not begin"):
        signing.ask(8, old=5, tree=OTHER)
    assert isinstance(signing.ask(5), Checkpoint), "the same again, as each minute"
    assert isinstance(signing.ask(8, old=5), Checkpoint)
    with pytest.raises(Conflict, match="none of 5"):
        signing.ask(5)
    assert isinstance(signing.ask(2, origin=CUSTODY), Checkpoint), "another log has its own trees"


def test_what_was_signed_is_known_to_the_next_process(signing: Signing, tmp_path: Path) -> None:
    signing.ask(5)
    again = Signer(KeyFolder(tmp_path / "signer"), signing.clock)
    with pytest.raises(Conflict):
        again.checkpoint(OTHER.checkpoint(5), signing.clock.now(), None, PEER)
    (tmp_path / "signer" / "signed.json").unlink()
    with pytest.raises(Conflict):  # the log of signatures tells
        again.checkpoint(OTHER.checkpoint(5), signing.clock.now(), None, PEER)
    (tmp_path / "signer" / "signed.json").write_text("{}")
    with pytest.raises(DataLoss, match="remove the file"):
        again.checkpoint(TREE.checkpoint(5), signing.clock.now(), None, PEER)


@given(
    last=st.integers(0, 9), size=st.integers(0, 9), old=st.none() | st.integers(0, 9),
    other=st.booleans(),
)  # fmt: skip
def test_two_signed_trees_are_always_one_history(
    last: int, size: int, old: int | None, *, other: bool
) -> None:
    tree = OTHER if other else TREE
    signed = Tree(last, TREE.checkpoint(last).root)
    growth = None
    if old is not None:
        growth = tree.growth(size, old) if old <= size else Growth(old, ())
    asked = tree.checkpoint(size)
    try:
        wanted = require_continued(signed, asked, growth)
    except Conflict:
        assert size < last or other
        return
    if wanted is None:
        assert size >= last
        assert not other or not last  # every tree begins with the empty one
        assert last in {size, old}
    else:
        assert (wanted, size > last) == (last, True)


def test_no_time_but_that_of_the_machine_is_stated(signing: Signing) -> None:
    for ago in ("2m", "365d"):
        for at in (START - Elapsed.parse(ago), START + Elapsed.parse(ago)):
            with pytest.raises(BadInput, match="state the time"):
                signing.signer.checkpoint(TREE.checkpoint(1), at, None, PEER)
    assert signing.notes.last(LEDGER) is None


def test_checkpoints_of_other_logs_are_refused_and_not_noted(signing: Signing) -> None:
    for origin in ("footage-ledger.invalid/ffff", LEDGER + "-custody-custody", "x"):
        with pytest.raises(Misconfigured, match="not of"):
            signing.ask(1, origin=origin)
        assert signing.notes.last(origin) is None


def test_expired_keys_note_nothing(signing: Signing) -> None:
    signing.clock.sleep(Elapsed.parse("731d"))
    with pytest.raises(Misconfigured, match="keys rotate"):
        signing.ask(1)
    assert signing.notes.last(LEDGER) is None
    assert [one["what"] for one in signing.lines()] == ["keys"]
    signing.signer.make("", first=False)
    assert isinstance(signing.ask(1), Checkpoint)


def test_nothing_but_a_manifest_that_promises_this_key_is_sealed(signing: Signing) -> None:
    mine = signing.signer.keys.seal_certificate().sha256
    refused = [
        b"", b"{}", b"From: me\n\nplease pay", b"[" * 100_000, mine.encode(),
        manifest("00" * 32), manifest(mine) + b" ", manifest(mine, schema="another/1"),
        manifest(mine, crypto={"signers": [{"sha256": mine}, {"sha256": mine}]}),
        manifest(mine, bundle_id=7), TREE.checkpoint(3).note().encode(),
    ]  # fmt: skip
    for data in refused:
        with pytest.raises(BadInput):
            signing.signer.seal(data, PEER)
    assert [one["what"] for one in signing.lines()] == ["keys"]
    assert signing.signer.seal(manifest(mine), PEER)


def test_each_signature_is_logged_with_who_asked(signing: Signing) -> None:
    signing.ask(5)
    signing.signer.seal(manifest(signing.signer.keys.seal_certificate().sha256), PEER)
    signing.signer.make("", first=False)
    made, checkpoint, seal, rotated = signing.lines()
    assert [one["what"] for one in (made, checkpoint, seal, rotated)] == [
        "keys", "checkpoint", "seal", "keys",
    ]  # fmt: skip
    assert (checkpoint["log"], checkpoint["leaves"]) == (LEDGER, 5)
    assert checkpoint["root"] == TREE.checkpoint(5).root.hex()
    assert checkpoint["for"] == {"uid": PEER.uid, "pid": PEER.pid, "user": PEER.user}
    assert (seal["bundle"], str(seal["manifest"])[:7]) == ("b1", "sha256:")
    assert (made["set"], rotated["set"]) == (1, 2)
    assert (signing.notes.check().lines, signing.notes.check().wrong) == (4, 0)
    assert signing.log.stat().st_mode & 0o777 == 0o600


def test_an_altered_or_missing_line_of_the_log_is_located(signing: Signing) -> None:
    for size in range(1, 5):
        signing.ask(size, old=size - 1 or None)
    whole = signing.log.read_bytes().splitlines(keepends=True)
    signing.log.write_bytes(b"".join(whole[:2] + whole[3:]))
    assert signing.notes.check().wrong == 3
    altered = whole[1].replace(b'"leaves":1', b'"leaves":2')
    signing.log.write_bytes(b"".join([whole[0], altered, *whole[2:]]))
    assert signing.notes.check().wrong == 3


def test_a_line_that_a_crash_cut_short_is_removed_by_the_next(signing: Signing) -> None:
    signing.ask(1)
    with signing.log.open("ab") as log:
        log.write(b'{"at":"2026')
    signing.ask(2, old=1)
    done = signing.notes.check()
    assert (done.lines, done.wrong) == (3, 0)


@pytest.mark.process
@pytest.mark.parametrize("step", ["note", "add"])
def test_killed_before_the_answer_the_signer_signs_no_other_tree_of_that_size(
    signing: Signing, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A process is killed right after a step; what it noted binds the next."""
    signing.ask(5)
    child = os.fork()
    if not child:
        whole = getattr(SignerNotes, step)

        def then_killed(self: SignerNotes, *args: object) -> None:
            whole(self, *args)
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(SignerNotes, step, then_killed)
        signing.ask(8, old=5)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with pytest.raises(Conflict, match="another tree of 8"):
        signing.ask(8, tree=replace(TREE, mark=b"later ", hashes=TREE.hashes[:5]))
    assert isinstance(signing.ask(8), Checkpoint), "asked again, the same is signed"
    sizes: dict[object, set[object]] = {}
    for line in signing.lines()[1:]:
        sizes.setdefault(line["leaves"], set()).add(line["root"])
    assert {len(roots) for roots in sizes.values()} == {1}
    assert signing.notes.check().wrong == 0


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    signer = Signer(KeyFolder(tmp_path / "signer"), SimulatedClock(START))
    with pytest.raises(NotFound, match="no keys"):
        signer.require_private()
    (tmp_path / "signer").mkdir(mode=0o755)
    with pytest.raises(Misconfigured, match="chmod 700"):
        signer.make(LEDGER, first=True)
    (tmp_path / "signer").chmod(0o700)
    with pytest.raises(BadInput, match="not the name of a ledger"):
        signer.make("my-ledger", first=True)
    signer.make(LEDGER, first=True)
    signer.require_private()
