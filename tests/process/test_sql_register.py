"""What only the register on SQL can do wrong: migrations, URLs, secrets in errors."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from footage.clock import SystemClock
from footage.errors import BadInput, DataLoss, Misconfigured, Unavailable
from footage.hold import MarksDue
from footage.ids import HoldId
from footage.instant import Elapsed
from footage.ports import Tombstone
from infra.host.file_lock import WAIT
from infra.registers.sql_engine import Database
from infra.registers.sql_migrate import _run, config, current, upgrade
from infra.registers.sql_models import HEAD, METADATA
from infra.registers.sql_register import SqlRegister
from tests.common.builders import a_camera, a_district, a_site, at, segments_in_a_row
from tests.common.registers import PLAN, a_hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.servers.postgres import Database as Given

SECRET = "geheim"  # noqa: S105 - of nobody


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'register.db'}"
    given: Given = request.getfixturevalue("postgres_database")
    return given.sqlalchemy_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url, clock=SystemClock(), wait=WAIT)
    yield made
    made.close()


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    upgrade(database)
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_migrations_keep_every_rule_of_the_tables(database: Database) -> None:
    upgrade(database)
    with database.reading() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            rules = {str(c.name) for c in table.constraints if c.name and "ck_" in str(c.name)}
            assert {c["name"] for c in found.get_check_constraints(table.name)} == rules


def test_the_migrations_go_down_and_up_again(database: Database) -> None:
    upgrade(database)
    with database.transaction() as connection:
        _run(connection, "downgrade", "base")
    assert current(database) is None
    with database.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(database)
    assert current(database) == HEAD


def test_the_marks_of_every_hold_of_an_older_version_are_due_once(
    url: str, database: Database
) -> None:
    """A release cut short before version 0003 left marks that no record tells of."""
    register = SqlRegister(url)
    for name in ("hold-1", "hold-2"):
        register.place_hold(a_hold(name))
        register.finish_marks(a_hold(name))
    released = register.release_hold(HoldId("hold-2"), at=at(200), by="judge", reason="closed")
    with database.transaction() as connection:
        _run(connection, "downgrade", "0002")
    upgrade(database)
    assert register.marks_due() == [MarksDue(a_hold(), at(100)), MarksDue(released, at(200))]
    register.close()


def test_the_anchor_of_an_older_version_stays(url: str, database: Database) -> None:
    register = SqlRegister(url)
    register.anchor_custody(7, "g")
    with database.transaction() as connection:
        _run(connection, "downgrade", "0004")
    upgrade(database)
    assert (register.custody_head(), register.custody_announced()) == ((7, "g"), ())
    register.announce_custody(["h"])
    register.anchor_custody(8, "h")
    assert (register.custody_head(), register.custody_announced()) == ((8, "h"), ())
    register.close()


def test_a_camera_of_an_older_version_stays_at_its_place(url: str, database: Database) -> None:
    register = SqlRegister(url)
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera()])
    with database.transaction() as connection:
        _run(connection, "downgrade", "0007")
    upgrade(database)
    (stay,) = register.stays()
    assert stay.is_at(a_camera())
    assert (stay.since, stay.told) == (None, None), "nobody knows since when"
    register.close()


def test_tombstones_of_an_older_version_become_batches_of_one_segment(
    url: str, database: Database
) -> None:
    """Also those of a purge that was cut short: the next start finishes the purge."""
    register = SqlRegister(url)
    segments = segments_in_a_row(4)
    keys = [segment.key for segment in segments]
    register.add_tombstones([Tombstone(PLAN, tuple(segments), "rule")])
    register.settle_tombstone(
        PLAN, keys[0], purged=keys[:2], spared={keys[2]: "hold hold-1"}, at=at(9)
    )
    with database.transaction() as connection:
        _run(connection, "downgrade", "0003")
        found = connection.execute(
            text("SELECT segment, decided, reason, state FROM tombstones ORDER BY segment")
        )
        assert [tuple(row) for row in found] == [
            (keys[0], "rule", "rule", "purged"),
            (keys[1], "rule", "rule", "purged"),
            (keys[2], "rule", "hold hold-1", "spared"),
            (keys[3], "rule", "rule", "open"),
        ]
    upgrade(database)
    assert [(t.segments, t.purged, dict(t.spared)) for t in register.tombstones(PLAN)] == [
        ((segments[0],), {keys[0]}, {}),
        ((segments[1],), {keys[1]}, {}),
        ((segments[2],), frozenset(), {keys[2]: "hold hold-1"}),
        ((segments[3],), frozenset(), {}),
    ]
    assert [t.first for t in register.tombstones(open_only=True)] == [keys[3]]
    outcome = register.purge_outcome(PLAN, listed=9)
    assert (outcome.purged, outcome.size_bytes) == (2, 60_000_000)
    assert (outcome.spared, outcome.open) == (1, 1)
    register.close()


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_a_database_of_a_newer_version_is_refused(url: str, database: Database) -> None:
    upgrade(database)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="newer"):
        SqlRegister(url)


def test_processes_that_start_together_migrate_once(url: str, database: Database) -> None:
    code = (
        "import sys; from infra.registers.sql_register import SqlRegister\nSqlRegister(sys.argv[1])"
    )
    argv = [sys.executable, "-c", code, url]
    children = [subprocess.Popen(argv, stderr=subprocess.PIPE) for _ in range(3)]
    said = [child.communicate()[1].decode() for child in children]
    assert said == ["", "", ""]
    assert current(database) == HEAD


def test_a_second_start_does_not_import_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.db'}"
    SqlRegister(url).close()
    code = (
        "import json, sys; from infra.registers.sql_register import SqlRegister\n"
        "SqlRegister(sys.argv[1])\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, check=True)
    assert not [name for name in json.loads(done.stdout) if name.startswith("alembic")]


@pytest.mark.parametrize(
    "wrong",
    [
        "sqlite://",
        "sqlite:///:memory:",
        f"mysql://footage:{SECRET}@localhost/footage",
        f"footage:{SECRET}@localhost",
        "",
    ],
)
def test_a_url_that_cannot_be_right_is_refused_without_its_password(wrong: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        SqlRegister(wrong)
    assert SECRET not in everything_said(caught.value)


def test_a_server_that_is_not_there_is_unavailable_and_no_password_is_told() -> None:
    with pytest.raises(Unavailable) as caught:
        SqlRegister(f"postgresql://footage:{SECRET}@127.0.0.1:9/footage")
    assert SECRET not in everything_said(caught.value)


def test_a_password_never_shows_in_repr(tmp_path: Path) -> None:
    register = SqlRegister(f"sqlite:///{tmp_path / 'register.db'}")
    assert "register.db" in repr(register)
    made = Database(
        f"postgresql://footage:{SECRET}@127.0.0.1:9/x", clock=SystemClock(), wait=Elapsed(1)
    )
    assert SECRET not in made.name
    register.close()


def test_no_cameras_source_is_told_when_a_statement_fails(url: str) -> None:
    register = SqlRegister(url)
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    camera = a_camera(name="Gate", source=f"rtsp://user:{SECRET}@10.0.0.1/\ud800")
    with pytest.raises(BadInput) as caught:
        register.add_cameras([camera])
    assert SECRET not in everything_said(caught.value)
    register.close()


def test_a_file_that_is_no_database_is_data_loss(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(DataLoss, match="unreadable"):
        SqlRegister(f"sqlite:///{path}")


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nowhere"):
        SqlRegister(f"sqlite:///{tmp_path / 'nowhere' / 'register.db'}")


def test_an_unreadable_tombstone_is_data_loss(url: str, database: Database) -> None:
    register = SqlRegister(url)
    names = "plan, first, camera, start_us, end_us, document, reason, spared, purged, purged_bytes"
    row = f"INSERT INTO purge_batches ({names}, state) VALUES"
    with database.transaction() as connection:
        connection.execute(
            text(f"{row} ('p', 's', 'c', 0, 1, :none, 'x', '{{}}', 0, 0, 'open')"),
            {"none": b"none"},
        )
    with pytest.raises(DataLoss):
        register.tombstones()
    register.close()


def test_sqlite_keeps_a_hold_through_a_power_cut(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path / 'r.db'}", clock=SystemClock(), wait=WAIT)
    with made.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    made.close()
