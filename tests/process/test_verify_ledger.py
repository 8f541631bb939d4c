"""Bundles with proofs of the ledger: what a stranger's verifier says of each change."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from evidence.ledger_bundle import BundleProofs
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.leaf import Leaf, Tips, placed
from footage.log_keys import LogKey
from footage.merkle import inclusion_proof, leaf_hash, reader_of, root_of
from footage.signed_note import Checkpoint, NoteKey, Proof
from infra.keys.key_folder import FolderSigner, KeyFolder
from tests.common.builders import during, segments_in_a_row
from tests.common.bundles import forge, spelled
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.segment import Segment

ONE = CameraId("camera-1")


class City:
    """Footage of three minutes with its ledger, from which bundles are exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.footage = the_parts(folder)
        self.ledger = LedgerParts(folder / "ledger")
        self.ledger.store = self.footage.store
        self.ledger.keeper = self.ledger.another_keeper()
        self.segments = self.footage.stored(segments_in_a_row(3))

    def enter(self, *segments: Segment) -> None:
        """Give leaves to segments, each a while after its end, under a new checkpoint."""
        for segment in segments:
            self.ledger.append(segment)
        latest = max(segment.interval.end for segment in segments)
        wait = latest + Elapsed.parse("2s") - self.ledger.clock.now()
        self.ledger.clock.sleep(max(wait, Elapsed.parse("1s")))
        self.ledger.keeper.round(at_once=True)

    def bundle(self, keys: Callable[[], list[LogKey]] | None = None) -> Path:
        proofs = BundleProofs(
            self.ledger.ledger, self.footage.store, keys or self.ledger.keys.log_keys
        )
        out = self.folder / "bundle"
        shutil.rmtree(out, ignore_errors=True)
        service = exporter(self.footage, proofs)
        service.export([ONE], during(0, 180), out, LIAISON)
        return out


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    for segment in made.segments:
        made.enter(segment)
    return made


def proofs_of(bundle: Path) -> list[Path]:
    return sorted(bundle.rglob("*.tlog-proof"))


def said(report: verify.Report, *kinds: str) -> str:
    return "\n".join(f"{f.where} {f.message}" for f in report.findings if f.kind in kinds)


def relisted(bundle: Path) -> Path:
    """Compute all sizes, digests and sums of the bundle anew, as a forger would."""
    forge(bundle, lambda _: None)
    return bundle


def test_segments_in_the_ledger_are_proven_with_the_fingerprint_to_compare(city: City) -> None:
    report = verify.check(city.bundle())
    assert (report.committed, report.exit_code) == ("unknown key", 0)
    assert report.as_json()["verdicts"]["committed"] == "unknown key"
    fingerprint = city.ledger.keys.sets()[0].fingerprints["ed25519"]
    assert f"sha256:{fingerprint}" in report.ledger
    assert "compare its fingerprint" in report.ledger
    assert "committed      unknown key" in report.words()


def test_the_key_from_elsewhere_counts_and_a_foreign_one_proves_nothing(city: City) -> None:
    bundle = city.bundle()
    mine = [key.vkey for key in city.ledger.keys.sets()[0].keys]
    for key in ([mine[0]], mine):  # the first is what `footage keys show` prints for people
        assert verify.check(bundle, ledger_keys=key).committed == "proven"
        told = verify.check(bundle, ledger_keys=key).ledger
        assert "a key you gave" in told
        assert "signed at 2026-11-22T15:1" in told, "and the time is looked at"
    other = KeyFolder(city.folder / "other")
    foreign = other.make(city.ledger.origin, city.ledger.clock.now(), first=True)
    report = verify.check(bundle, ledger_keys=[key.vkey for key in foreign.keys])
    assert (report.committed, report.exit_code) == ("no", 2)
    assert "foreign key" in said(report, "unproven")


def test_a_bundle_without_proofs_says_so(city: City) -> None:
    out = city.folder / "bare"
    exporter(city.footage).export([ONE], during(0, 180), out, LIAISON)
    report = verify.check(out)
    assert (report.committed, report.exit_code) == ("not checked", 0)
    assert "no ledger" in report.words()


def test_without_openssl_it_is_not_checked_who_signed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = city.bundle()
    monkeypatch.setenv("PATH", str(city.folder))
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("not checked", 0)
    assert "no openssl" in report.ledger


def test_an_openssl_that_knows_no_ed25519_finds_no_forgery(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL 1.1 and LibreSSL, as on a Mac, refuse the option by which a signature is checked."""
    bundle, old = city.bundle(), city.folder / "old" / "openssl"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}")
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("not checked", 0)
    assert "can check Ed25519" in report.ledger
    monkeypatch.chdir(city.folder)
    monkeypatch.setenv("PATH", "old")
    old.write_text("#!/bin/sh\n: >ran\n")
    assert verify.check(bundle).committed == "not checked"
    assert not (city.folder / "ran").exists(), "a program beside the bundle is never run"


def test_who_gives_a_key_is_never_told_proven_unless_it_was_checked(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, bare = city.bundle(), city.folder / "bare"
    exporter(city.footage).export([ONE], during(0, 180), bare, LIAISON)
    first, _, ml_dsa = (key.vkey for key in city.ledger.keys.sets()[0].keys)
    report = verify.check(bare, ledger_keys=[first])
    assert (report.committed, report.exit_code) == ("no", 2)
    report = verify.check(bundle, ledger_keys=[ml_dsa])
    assert (report.committed, report.exit_code) == ("no", 2)
    assert "Ed25519" in report.ledger
    for wrong in ("", first[:-1], "name+12345678"):
        with pytest.raises(verify.Unreadable, match="verifier key"):
            verify.check(bundle, ledger_keys=[wrong])
    monkeypatch.setenv("PATH", str(city.folder))
    report = verify.check(bundle, ledger_keys=[first])
    assert (report.committed, report.exit_code) == ("no", 2)


def test_a_signature_without_a_time_proves_nothing(city: City) -> None:
    """Who stole a key that was rotated away leaves the time out, or states an earlier time."""
    bundle = city.bundle()
    note = (bundle / "proofs" / "checkpoint").read_text()
    timed = note.splitlines(keepends=True)[5]
    for path in [*proofs_of(bundle), bundle / "proofs" / "checkpoint"]:
        path.write_text(path.read_text().replace(timed, ""))
    report = verify.check(relisted(bundle))
    assert (report.committed, report.exit_code) == ("no", 2)
    assert "without saying when" in said(report, "unproven")


def test_a_segment_that_is_not_in_the_ledger_is_named(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.enter(*city.segments[:2])
    report = verify.check(city.bundle())
    assert (report.committed, report.verdicts["intact"], report.exit_code) == ("no", "proven", 2)
    assert city.segments[2].key in said(report, "unproven")
    assert "no leaf" in said(report, "unproven")


def test_a_late_leaf_is_proven_and_told(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.ledger.clock.sleep(Elapsed.parse("3h"))
    city.enter(*city.segments)
    report = verify.check(city.bundle())
    assert (report.committed, report.exit_code) == ("unknown key", 0)
    assert "3 segments were entered late" in report.ledger
    assert any("entered late (delayed)" in line for line in report.imports)


def test_a_leaf_that_was_removed_leaves_its_segment_without_proof(city: City) -> None:
    bundle = city.bundle()
    proofs_of(bundle)[1].unlink()
    report = verify.check(bundle)
    assert report.exit_code == 1
    assert "not here" in said(report, "missing")
    forge(
        bundle,
        lambda document: (
            document["files"].remove(
                next(f for f in document["files"] if f["path"].endswith("01-00.547Z.0.tlog-proof"))
            )
            if any(f["path"].endswith("01-00.547Z.0.tlog-proof") for f in document["files"])
            else None
        ),
    )
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "tlog-proof" in said(report, "ledger")


def test_proofs_of_each_other_are_found(city: City) -> None:
    bundle = city.bundle()
    first, second, _ = proofs_of(bundle)
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    report = verify.check(relisted(bundle))
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert said(report, "ledger").count("the ledger has another key") == 2


@pytest.mark.parametrize("where", ["sha256", "start", "camera"])
def test_a_leaf_that_was_edited_is_not_in_the_tree(city: City, where: str) -> None:
    bundle = city.bundle()
    path = proofs_of(bundle)[0]
    proof = Proof.parse(path.read_text())
    leaf = json.loads(proof.leaf)
    leaf[where] = {"sha256": "0" * 64, "start": leaf["end"], "camera": "camera-2"}[where]
    edited = replace(proof, leaf=spelled(leaf).encode())
    path.write_text(edited.text())
    report = verify.check(relisted(bundle))
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "not in the tree" in said(report, "ledger")


def test_the_checkpoint_of_another_day_does_not_fit(city: City) -> None:
    bundle = city.bundle()
    early = (bundle / "proofs" / "checkpoint").read_text()
    more = city.footage.stored(segments_in_a_row(4)[3:])
    city.enter(*more)
    city.ledger.clock.sleep(Elapsed.parse("1d"))
    city.ledger.keeper.round(at_once=True)
    late = city.ledger.ledger.state().checkpoint
    assert early != late
    (bundle / "proofs" / "checkpoint").write_text(late)
    report = verify.check(relisted(bundle))
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "another than the manifest states" in said(report, "ledger")
    for path in proofs_of(bundle):  # and every proof rewritten to name it
        path.write_text(path.read_text().replace(early, late))
    forge(bundle, lambda document: document["ledger"].update(leaves=4))
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "not in the tree" in said(report, "ledger") or "length" in said(report, "ledger")


def rebuilt(city: City, bundle: Path, keys: KeyFolder, edit: Callable[[Leaf], Leaf]) -> Path:
    """A bundle whose proofs are of a tree made anew, signed by `keys`, as a forger makes."""
    tips: dict[CameraId, Tips] = {}
    leaves: list[bytes] = []
    for path in proofs_of(bundle):
        leaf = Leaf.decode(Proof.parse(path.read_text()).leaf)
        ((_, data),), tips = placed([leaf.draft], len(leaves), tips, leaf.appended)
        leaves.append(edit(Leaf.decode(data)).encode())
    hashes = [leaf_hash(data) for data in leaves]
    bare = Checkpoint(city.ledger.origin, len(leaves), root_of(hashes))
    signed = FolderSigner(keys).sign(bare, city.ledger.clock.now())
    for index, path in enumerate(proofs_of(bundle)):
        steps = tuple(inclusion_proof(index, len(leaves), reader_of(hashes)))
        path.write_text(Proof(leaves[index], index, steps, signed.note()).text())
    (bundle / "proofs" / "checkpoint").write_text(signed.note())
    return relisted(bundle)


def test_a_forked_log_signed_by_another_key_is_foreign_to_who_has_the_right_one(
    city: City,
) -> None:
    bundle = city.bundle()
    other = KeyFolder(city.folder / "other")
    other.make(city.ledger.origin, city.ledger.clock.now(), first=True)
    rebuilt(city, bundle, other, lambda leaf: replace(leaf, appended=leaf.draft.interval.end))
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("no", 2)
    assert "foreign key" in said(report, "unproven")
    keys = [
        {"key": one.key.vkey, "from": str(one.valid.start), "until": str(one.valid.end)}
        for one in other.log_keys()
    ]
    path = bundle / "proofs" / "ledger.json"
    path.write_text(spelled({"origin": city.ledger.origin, "keys": keys}))  # the forger's own
    relisted(bundle)
    assert "compare its fingerprint" in verify.check(bundle).ledger, "whose it is, it cannot say"
    mine = [key.vkey for key in city.ledger.keys.sets()[0].keys]
    report = verify.check(bundle, ledger_keys=mine)
    assert (report.committed, report.exit_code) == ("no", 2)


def test_a_late_leaf_passed_off_as_timely_is_found_though_the_log_signed_it(
    tmp_path: Path,
) -> None:
    city = City(tmp_path)
    city.ledger.clock.sleep(Elapsed.parse("3h"))
    city.enter(*city.segments)
    bundle = city.bundle()
    rebuilt(
        city,
        bundle,
        city.ledger.keys,
        lambda leaf: replace(leaf, draft=replace(leaf.draft, late=None)),
    )
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "says to have been entered when recorded" in said(report, "ledger")


def test_a_forged_signature_is_told_as_such(city: City) -> None:
    bundle = city.bundle()
    note = (bundle / "proofs" / "checkpoint").read_text()
    line = note.splitlines()[4]
    data = bytearray(base64.b64decode(line.split()[2]))
    data[-1] ^= 1
    wrong = note.replace(line.split()[2], base64.b64encode(data).decode())
    for path in [*proofs_of(bundle), bundle / "proofs" / "checkpoint"]:
        path.write_text(path.read_text().replace(note, wrong))
    report = verify.check(relisted(bundle))
    assert (report.committed, report.exit_code) == ("altered", 1)
    assert "forged" in said(report, "ledger")


def test_a_checkpoint_without_its_ml_dsa_line_is_partly_signed(city: City) -> None:
    """Who breaks Ed25519 cannot sign by ML-DSA-44, so cuts that line out."""
    bundle = city.bundle()
    note = (bundle / "proofs" / "checkpoint").read_text()
    line = note.splitlines(keepends=True)[6]
    for path in [*proofs_of(bundle), bundle / "proofs" / "checkpoint"]:
        path.write_text(path.read_text().replace(line, ""))
    relisted(bundle)
    first = city.ledger.keys.sets()[0].keys[0].vkey
    for given in ([], [first], [one.vkey for one in city.ledger.keys.sets()[0].keys]):
        report = verify.check(bundle, ledger_keys=given)
        assert (report.committed, report.exit_code) == ("no", 2)
        assert "partly signed" in said(report, "unproven")


@pytest.mark.parametrize("does", ["exec sleep 600", "sleep 600 & wait", "yes"])
def test_an_openssl_that_hangs_or_talks_for_ever_is_ended(
    city: City, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    bundle, bad = city.bundle(), city.folder / "bad" / "openssl"
    bad.parent.mkdir()
    bad.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{does}\n")
    bad.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bad.parent}")
    monkeypatch.setattr(verify, "OPENSSL_SECONDS", 20 if does == "yes" else 0.3)
    report = verify.check(bundle)
    assert (report.committed, report.exit_code) == ("not checked", 0)


def test_a_checkpoint_of_very_many_signatures_starts_no_program_for_each(city: City) -> None:
    bundle = city.bundle()
    note = (bundle / "proofs" / "checkpoint").read_text()
    line = note.splitlines(keepends=True)[4]
    for path in [*proofs_of(bundle), bundle / "proofs" / "checkpoint"]:
        path.write_text(path.read_text() + line * 100)
    report = verify.check(relisted(bundle))
    assert report.exit_code == 1
    assert "103 signatures" in said(report, "statement")


def test_an_expired_key_proves_nothing(city: City) -> None:
    def ended(keys: KeyFolder) -> list[LogKey]:
        """The keys as they stand after a rotation that took place before the checkpoint."""
        found: list[tuple[NoteKey, Any]] = [(one.key, one.valid) for one in keys.log_keys()]
        early = city.segments[0].interval
        return [LogKey(key, replace(valid, end=early.end)) for key, valid in found]

    report = verify.check(city.bundle(partial(ended, city.ledger.keys)))
    assert (report.committed, report.exit_code) == ("no", 2)
    assert "expired" in said(report, "unproven")
