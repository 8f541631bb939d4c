"""Keys in a token: never in a file, and not lost where keys in files came before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import Misconfigured, Unavailable
from footage.log_keys import Standing, judged
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.keys.private_keys import SEAL, KeyFiles
from infra.keys.token_keys import TokenKeys
from tests.common.cli import Cli
from tests.common.signers import LEDGER, Grower
from tests.common.tokens import LABEL, PIN, module, token_keys

if TYPE_CHECKING:
    from pathlib import Path

TREE = Grower()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pem"))


def test_keys_of_a_token_are_in_no_file_and_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = KeyFolder(folder, token_keys(folder))
    keys.make(LEDGER, SystemClock().now(), first=True)
    assert files(folder) == ["1-ml-dsa-44.pem"]
    private = token_keys(folder)
    for algorithm in (note_crypto.ED25519, SEAL):
        with pytest.raises(Misconfigured, match="does not give it out"):
            note_crypto.private_bytes(private.load(1, algorithm))
    assert keys.private_here()
    private.remove(1, SEAL)
    with pytest.raises(Misconfigured, match="0 keys footage-1-seal"):
        keys.seal(b"x")


def test_a_rotation_moves_keys_from_files_into_the_token(tmp_path: Path) -> None:
    folder, now = tmp_path / "keys", SystemClock().now()
    KeyFolder(folder).make(LEDGER, now, first=True)
    keys = KeyFolder(folder, token_keys(folder))
    for last in (["1-ed25519.pem", "1-ml-dsa-44.pem", "1-seal.pem"], ["2-ml-dsa-44.pem"]):
        assert files(folder) == last
        now = SystemClock().now()
        note = FolderSigner(keys).sign(TREE.checkpoint(3), now)
        found = judged(note, LEDGER, keys.log_keys(), note_crypto.is_right)
        assert found.standing is Standing.SIGNED
        assert keys.seal(b"x")
        if len(last) > 1:
            keys.make(LEDGER, now, first=False)
    assert token_keys(folder).has(2, SEAL)
    keys.make(LEDGER, SystemClock().now(), first=False)
    assert not token_keys(folder).has(2, SEAL), "private keys of a former set are removed"


def test_a_wrong_pin_token_or_library_is_told(tmp_path: Path) -> None:
    kept, library = KeyFiles(tmp_path), module()
    with pytest.raises(Misconfigured, match="PIN"):
        TokenKeys(library, LABEL, "9999", kept).has(1, SEAL)
    with pytest.raises(Unavailable, match="no token"):
        TokenKeys(library, "another", PIN, kept).has(1, SEAL)
    with pytest.raises((Unavailable, Misconfigured)):
        TokenKeys(tmp_path / "none.so", LABEL, PIN, kept).has(1, SEAL)


def test_the_signing_process_uses_the_token_of_its_settings(tmp_path: Path) -> None:
    library = module()
    (tmp_path / "pin").write_text(PIN)
    settings = {
        "FOOTAGE_SIGNER__FOLDER": str(tmp_path / "keys"),
        "FOOTAGE_SIGNER__TOKEN_MODULE": str(library),
        "FOOTAGE_SIGNER__TOKEN": LABEL,
        "FOOTAGE_SIGNER__PIN_FILE": str(tmp_path / "pin"),
        "SOFTHSM2_CONF": os.environ["SOFTHSM2_CONF"],
    }
    cli = Cli(tmp_path / "home")
    made = cli.ok("keys", "init", "--origin", LEDGER, "--json", **settings).json
    assert files(tmp_path / "keys") == ["1-ml-dsa-44.pem"]
    shown = cli.ok("keys", "show", "--json", **settings).json
    assert shown["private_keys_here"] is True
    assert shown["sets"][0]["sha256"] == made["sha256"]
    cli.ok("keys", "certificate", "--csr", str(tmp_path / "csr"), **settings)
    assert "REQUEST" in (tmp_path / "csr").read_text()
    refused = cli.refused("keys", "rotate", **(settings | {"FOOTAGE_SIGNER__TOKEN": ""}))
    assert "names no token" in refused.err
