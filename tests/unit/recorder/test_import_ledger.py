"""The ledger saves work, survives, and says when it cannot."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId
from recorder.imports.ledger import ImportLedger, Stamp
from recorder.imports.plan import Import
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMP = Stamp(100, 1_795_360_103_000_000_001, 1_795_360_104_000_000_001, 2049, 77)
FILM = Path("/usb/film.mp4")
DIGEST = Digest.of(b"film")
DONE = Import(DIGEST, CameraId("camera-1"), at(0), at(60), 1, str(FILM))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[ImportLedger]:
    ledger = ImportLedger(tmp_path / "spool" / "ledger.db")
    yield ledger
    ledger.close()


def test_a_digest_is_known_while_the_file_is_as_it_was(ledger: ImportLedger) -> None:
    ledger.remember(FILM, STAMP, DIGEST)
    assert ledger.digest(FILM, STAMP) == DIGEST
    for changed in (
        replace(STAMP, size=101),
        replace(STAMP, mtime_ns=STAMP.mtime_ns + 1),
        replace(STAMP, ctime_ns=STAMP.ctime_ns + 1),
        replace(STAMP, device=1),
        replace(STAMP, inode=78),
    ):
        assert ledger.digest(FILM, changed) is None
    assert ledger.digest(Path("/usb/other.mp4"), STAMP) is None


def test_imports_by_digest(ledger: ImportLedger, tmp_path: Path) -> None:
    other = Import(DIGEST, CameraId("camera-2"), at(0), at(60), 1, "/usb/b.mp4")
    for done in (other, DONE, DONE):
        ledger.add(done)
    reopened = ImportLedger(tmp_path / "spool" / "ledger.db")
    assert reopened.imports(DIGEST) == (DONE, other)
    reopened.close()
    assert ledger.imports(Digest.of(b"else")) == ()


def test_a_name_that_is_no_utf_8(ledger: ImportLedger) -> None:
    odd = Path("/usb/\udcff.mp4")
    ledger.remember(odd, STAMP, DIGEST)
    assert ledger.digest(odd, STAMP) == DIGEST


def test_a_damaged_ledger_is_named_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database " * 500)
    with pytest.raises(DataLoss, match="remove it"):
        ImportLedger(tmp_path / "ledger.db")


def test_a_ledger_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = sqlite3.connect(path)
    database.executescript(
        """
        CREATE TABLE files (
            path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            device INTEGER NOT NULL, inode INTEGER NOT NULL, digest TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE imports (
            digest TEXT NOT NULL, camera TEXT NOT NULL, start_us INTEGER NOT NULL,
            end_us INTEGER NOT NULL, segments INTEGER NOT NULL, path TEXT NOT NULL,
            PRIMARY KEY (digest, camera, start_us)
        ) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """
    )
    row = (str(DIGEST), "camera-1", at(0).us, at(60).us, 1, str(FILM))
    database.execute("INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?)", row)
    database.execute("INSERT INTO files VALUES ('/usb/film.mp4', 100, 1, 2049, 77, 'sha256:')")
    database.commit()
    database.close()
    for _ in range(2):
        ledger = ImportLedger(path)
        assert ledger.imports(DIGEST) == (DONE,)
        assert ledger.digest(FILM, STAMP) is None
        ledger.close()
