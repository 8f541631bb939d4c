"""Bundles with proofs of the custody log's entries: what a stranger's verifier says of changes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from evidence.custody import EMPTY, Head, intent_entry
from evidence.custody_tree import HINT, CustodyProofs, CustodyTree
from evidence.ledger_bundle import BundleProofs
from evidence.published_tree import TreePublisher
from footage.action import Action, Deed
from footage.ids import CameraId
from footage.instant import Elapsed, Instant
from footage.ledger_objects import custody_log
from footage.signed_note import Proof
from infra.custody.tree_file import TreeFile
from infra.keys.key_folder import FolderSigner, KeyFolder
from tests.common.builders import during, segments_in_a_row
from tests.common.bundles import forge, spelled
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE = CameraId("camera-1")


class City:
    """A minute of footage, its ledger, and a custody log with checkpoints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.footage = the_parts(folder)
        self.ledger = LedgerParts(folder / "ledger")
        self.ledger.store = self.footage.store
        self.ledger.keeper = self.ledger.another_keeper()
        for segment in self.footage.stored(segments_in_a_row(1)):
            self.ledger.append(segment)
        self.ledger.clock.sleep(Elapsed.parse("2m"))
        self.ledger.keeper.round(at_once=True)
        self.notes = TreeFile(folder / "custody", self.footage.clock)
        self.log = custody_log(self.ledger.log)

    def sign(self) -> None:
        """Sign a checkpoint of the custody log."""
        CustodyTree(
            self.log,
            self.footage.custody,
            self.notes,
            self.footage.store,
            TreePublisher(
                store=self.footage.store,
                clock=self.footage.clock,
                signer=FolderSigner(self.ledger.keys),
                folder=self.folder / "work",
                keep=Elapsed.parse("1d"),
                hint=HINT,
            ),
        ).round(at_once=True)

    def bundle(self, *, signed: bool = True) -> Path:
        out = self.folder / "bundle"
        shutil.rmtree(out, ignore_errors=True)
        service = exporter(
            self.footage,
            BundleProofs(self.ledger.ledger, self.footage.store, self.ledger.keys.log_keys),
            custody_proofs=CustodyProofs(lambda: self.log, self.notes, self.footage.store),
        )
        entered: Callable[[], None] = self.sign if signed else lambda: None
        service.export([ONE], during(0, 60), out, LIAISON, entered=entered)
        return out


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def found(bundle: Path) -> set[str]:
    forge(bundle, lambda _: None)
    report = verify.check(bundle)
    assert report.exit_code == verify.EXIT_ALTERED
    return {finding.where for finding in report.findings if finding.kind == "custody"}


def test_entries_are_proven_by_the_key_of_the_ledger(city: City) -> None:
    city.bundle()
    bundle = city.bundle()
    report = verify.check(bundle)
    assert report.findings == []
    told = [line for line in report.imports if line.startswith("custody: ")]
    assert "3 entries stand in the custody log's tree, signed at" in told[0]
    key = city.ledger.keys.sets()[0].keys[0].vkey
    report = verify.check(bundle, ledger_keys=[key])
    assert any("a key you gave" in line for line in report.imports)
    foreign = KeyFolder(city.folder / "other").make(city.ledger.origin, Instant(0), first=True)
    report = verify.check(bundle, ledger_keys=[foreign.keys[0].vkey])
    assert any("entries stand" in line and "not signed by" in line for line in report.imports)


def test_entries_younger_than_the_checkpoint_are_named(city: City) -> None:
    city.bundle()
    report = verify.check(city.bundle(signed=False))
    assert report.findings == []
    assert "custody entry 3 has no proof: younger" in "\n".join(report.imports)
    shutil.rmtree(city.folder / "custody" / "work", ignore_errors=True)


def test_an_entry_made_up_with_all_sums_redone_is_found(city: City) -> None:
    bundle = city.bundle()
    path = bundle / "provenance" / "custody.json"
    document: dict[str, Any] = json.loads(path.read_bytes())
    number = document["entries"][0]["number"]
    deed = Deed(Action.EXPORT, LIAISON, {"cameras": ["another"]})
    before = EMPTY if number == 1 else Head(number - 1, document["entries"][0]["previous"])
    forged = intent_entry(deed, before, city.footage.clock.now())
    document["entries"][0] = forged.document()
    path.write_text(spelled(document))
    assert found(bundle) == {f"proofs/custody/{number}.tlog-proof"}


@pytest.mark.parametrize("edit", ["another", "one more", "one less"])
def test_what_is_said_in_clear_is_what_the_entries_hold(city: City, edit: str) -> None:
    bundle = city.bundle()
    path = bundle / "provenance" / "custody.json"
    document: dict[str, Any] = json.loads(path.read_bytes())
    clear = document["read"]
    if edit == "another":
        clear[0]["actor"] = "somebody"
    elif edit == "one more":
        clear.append({"number": 99, "actor": "somebody", "what": {}})
    else:
        clear.pop()
    path.write_text(spelled(document))
    forge(bundle, lambda _: None)
    findings = verify.check(bundle).findings
    assert any("something else than its entries" in one.message for one in findings)


@pytest.mark.parametrize("change", ["index", "hash", "cut", "absent"])
def test_a_proof_that_is_altered_is_found(city: City, change: str) -> None:
    city.bundle()
    bundle = city.bundle()
    path = bundle / "proofs" / "custody" / "3.tlog-proof"
    proof = Proof.parse(path.read_text())
    if change == "index":
        path.write_text(Proof(proof.leaf, 0, proof.hashes, proof.checkpoint).text())
    elif change == "hash":
        hashes = (b"\0" * 32, *proof.hashes[1:])
        path.write_text(Proof(proof.leaf, proof.index, hashes, proof.checkpoint).text())
    elif change == "cut":
        path.write_text(Proof(proof.leaf, proof.index, proof.hashes[1:], proof.checkpoint).text())
    else:
        path.unlink()
        relative = "proofs/custody/3.tlog-proof"
        forge(
            bundle, lambda one: one.update(files=[f for f in one["files"] if f["path"] != relative])
        )
    assert found(bundle) == {"proofs/custody/3.tlog-proof"}


def test_a_forged_checkpoint_is_found(city: City) -> None:
    bundle = city.bundle()
    path = bundle / "proofs" / "custody" / "checkpoint"
    text = path.read_text()
    old = text.split("\n")[2]
    for each in [path, *path.parent.glob("*.tlog-proof")]:
        each.write_text(each.read_text().replace(old, "A" * 43 + "="))
    assert "proofs/custody/checkpoint" in found(bundle)
