"""A damaged SQLite file goes aside with its log, and a crash meanwhile harms no new file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from footage.clock import SimulatedClock
from infra.host.sqlite_damage import damage, set_aside
from tests.common.builders import START

CLOCK = SimulatedClock(START)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a write-ahead log beside, as a killed process leaves it, and a bad header."""
    made = tmp_path / "made.db"
    with closing(sqlite3.connect(made)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE old (value)")
        database.commit()
        for end in ("", "-wal"):
            copy = (tmp_path / f"register.db{end}").write_bytes
            copy(made.with_name(made.name + end).read_bytes())
    path = tmp_path / "register.db"
    path.write_bytes(b"no database" * 1_000)
    return path


def test_all_files_of_a_damaged_database_go_aside(file: Path) -> None:
    log = file.with_name("register.db-wal").read_bytes()
    aside = set_aside(file, CLOCK)
    assert aside.name == f"register.db.damaged-{START.us}"
    assert aside.read_bytes().startswith(b"no database")
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == log
    left = {path.name for path in file.parent.glob("register.db*")}
    assert left == {aside.name, f"{aside.name}-wal"}


def test_a_file_that_is_no_database_is_damaged_and_an_absent_one_is_sound(file: Path) -> None:
    file.with_name("register.db-wal").unlink()
    assert damage(file) == "file is not a database"
    set_aside(file, CLOCK)
    assert damage(file) == ""


def test_a_crash_amid_leaves_no_log_that_a_new_file_would_take(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def crash(self: Path, target: Path) -> Path:
        if list(file.parent.glob("*.damaged-*")):
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", crash)
        with pytest.raises(KeyboardInterrupt):
            set_aside(file, CLOCK)
    with closing(sqlite3.connect(file)) as fresh:
        assert fresh.execute("SELECT name FROM sqlite_master").fetchall() == []
