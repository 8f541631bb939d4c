"""Each way to the ledger's keys: reading a folder in this process, and asking a signing process."""

from __future__ import annotations

import hashlib
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import Conflict, Misconfigured, NotFound
from footage.instant import ZERO, Elapsed
from footage.log_keys import Standing, judged, renamed
from infra.keys import note_crypto
from infra.keys.key_folder import LASTS, KeyFolder
from infra.keys.signer import Signer
from tests.common.signers import CUSTODY, LEDGER, Grower, manifest, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.keys.ledger_keys import KeySet, LedgerKeys

pytestmark = pytest.mark.slow  # keys of RSA

TREE = Grower()


@dataclass
class Kept:
    """Keys as a process sees them, and the folder in which they are made."""

    keys: LedgerKeys
    folder: KeyFolder

    def make(self, *, first: bool, ago: Elapsed = ZERO) -> KeySet:
        return self.folder.make(LEDGER, SystemClock().now() - ago, first=first)


@pytest.fixture(params=["folder", "socket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    folder = KeyFolder(tmp_path / "signer")
    with ExitStack() as opened:
        if request.param == "folder":
            yield Kept(folder, folder)
            return
        folder.folder.mkdir(mode=0o700)
        found = opened.enter_context(served(tmp_path))
        yield Kept(found.keys, folder)


def test_checkpoints_of_the_ledger_and_of_its_custody_log_are_signed(kept: Kept) -> None:
    made = kept.make(first=True)
    assert kept.keys.sets() == [made]
    signer = kept.keys.signer()
    assert signer is not None
    for origin in (LEDGER, CUSTODY):
        for size in (0, 3, 3, 8):
            now = SystemClock().now().floor(Elapsed.seconds(1))
            note = signer.sign(TREE.checkpoint(size, origin), now, TREE.grown(size))
            keys = renamed(kept.keys.log_keys(), origin)
            found = judged(note, origin, keys, note_crypto.is_right)
            assert (found.standing, found.signed_at) == (Standing.SIGNED, now)
    with pytest.raises(Misconfigured, match="not of another"):
        signer.sign(TREE.checkpoint(9, "another"), SystemClock().now(), TREE.grown(9))


def test_a_manifest_is_sealed_as_openssl_checks(kept: Kept, tmp_path: Path) -> None:
    kept.make(first=True)
    sealer = kept.keys.sealer()
    certificate = sealer.certificate()
    assert certificate == kept.keys.seal_certificate()
    data, ca = tmp_path / "data", tmp_path / "ca"
    data.write_bytes(manifest(certificate.sha256))
    ca.write_text(certificate.pem)
    (tmp_path / "p7s").write_bytes(sealer.seal(data.read_bytes(), SystemClock().now()))
    clip = hashlib.sha256(data.read_bytes()).digest()
    (tmp_path / "sig").write_bytes(sealer.seal_clip(clip, SystemClock().now()))
    shown = ["openssl", "x509", "-in", str(ca), "-noout", "-pubkey"]
    public = subprocess.run(shown, capture_output=True, check=True).stdout
    (tmp_path / "pub").write_bytes(public)
    pss = ["openssl", "dgst", "-sha256", "-verify", str(tmp_path / "pub"), "-sigopt",
           "rsa_padding_mode:pss", "-signature", str(tmp_path / "sig"), str(data)]  # fmt: skip
    assert subprocess.run(pss, capture_output=True, check=False).returncode == 0
    argv = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(tmp_path / "p7s"),
            "-content", str(data), "-CAfile", str(ca), "-out", "/dev/null"]  # fmt: skip
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_a_rotated_set_signs_and_the_former_is_still_known(kept: Kept) -> None:
    first = kept.make(first=True, ago=Elapsed.parse("1h"))
    assert kept.keys.sets() == [first]
    before = kept.keys.seal_certificate()
    second = kept.make(first=False)
    now = SystemClock().now()
    assert [one.number for one in kept.keys.sets()] == [1, 2]
    assert kept.keys.sets()[0].keys == first.keys
    assert kept.keys.seal_certificate() != before
    signer = kept.keys.signer()
    assert signer is not None
    note = signer.sign(TREE.checkpoint(5), now, TREE.grown(5))
    assert judged(note, LEDGER, kept.keys.log_keys(), note_crypto.is_right).by == second.keys


def test_without_keys_nothing_is_signed_and_expired_ones_say_so(kept: Kept) -> None:
    assert kept.keys.sets() == []
    assert kept.keys.log_keys() == []
    with pytest.raises(NotFound, match="no keys"):
        kept.keys.seal_certificate()
    with pytest.raises(NotFound, match="no keys"):
        kept.keys.sealer().certificate()
    kept.make(first=True, ago=LASTS + Elapsed.parse("1d"))
    signer = kept.keys.signer()
    assert signer is not None
    with pytest.raises(Misconfigured, match="keys rotate"):
        signer.sign(TREE.checkpoint(5), SystemClock().now(), TREE.grown(5))
    data = manifest(kept.keys.seal_certificate().sha256)
    with pytest.raises(Misconfigured, match="keys rotate"):
        kept.keys.sealer().seal(data, SystemClock().now())
    with pytest.raises(Misconfigured, match="keys rotate"):
        kept.keys.sealer().seal_clip(bytes(32), SystemClock().now())


def test_keys_are_made_once(kept: Kept) -> None:
    signer = Signer(kept.folder, SystemClock())
    signer.make(LEDGER, first=True)
    with pytest.raises(Conflict, match="rotate"):
        signer.make(LEDGER, first=True)
    assert len(kept.keys.sets()) == 1
