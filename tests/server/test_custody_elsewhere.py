"""Two homes on one register, the custody log in the first: commands of the second send there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.common.cli import Cli

if TYPE_CHECKING:
    from pathlib import Path

    from lab.servers.postgres import Database
    from tests.common.cli import Said

pytestmark = pytest.mark.server

PLACE = ("--site", "site-1", "--district", "district-1", "--lat", "31.83", "--lon", "70.9")
HOLD = ("--from", "2h ago", "--to", "now", "--authority", "court", "--reason", "a case")


@pytest.fixture
def homes(tmp_path: Path, postgres_database: Database) -> tuple[Cli, Cli]:
    """The home that keeps the custody log, and one that shares register and object store alone."""
    made = []
    for name in ("keeper", "other"):
        home = tmp_path / name
        home.mkdir(mode=0o700)
        (home / "footage.toml").write_text(
            f'[database]\nurl = "{postgres_database.sqlalchemy_url}"\n'
            f'[store]\npath = "{tmp_path / "store"}"\n'
            f'[catalogue]\npath = "{tmp_path / "catalogue.db"}"\n'
        )
        made.append(Cli(home))
    keeper, other = made
    keeper.ok("cameras", "add", "camera-1", *PLACE)
    return keeper, other


def require_sent_on(said: Said) -> None:
    """Nothing is called lost, and what to do is said."""
    assert said.code == 3
    assert "other/custody/custody.jsonl is missing or empty" in said.err
    assert "another machine that shares the register keeps the log, or the log was lost" in said.err
    assert "do this on the machine that keeps the log" in said.err


def test_what_is_entered_is_done_where_the_log_is(homes: tuple[Cli, Cli]) -> None:
    keeper, other = homes
    require_sent_on(other.refused("cameras", "add", "camera-2", *PLACE))
    require_sent_on(other.refused("hold", "place", "--camera", "camera-1", *HOLD))
    (known,) = other.ok("cameras", "list", "--json").json
    assert known["camera"] == "camera-1"
    assert other.ok("hold", "list", "--json").json == []
    keeper.ok("cameras", "add", "camera-2", *PLACE)
    assert keeper.ok("audit", "verify", "--json").json["whole"] is True


def test_a_log_that_is_not_here_is_neither_empty_nor_tampered_with(homes: tuple[Cli, Cli]) -> None:
    _, other = homes
    for words in (("audit", "verify"), ("audit", "show"), ("audit", "verify", "--json")):
        require_sent_on(other.refused(*words))


def test_doctor_and_status_call_nothing_lost_that_another_machine_may_keep(
    homes: tuple[Cli, Cli],
) -> None:
    keeper, other = homes
    found = {one["what"]: one for one in other("doctor", "--json").json}
    for part in ("custody log", "custody log's data"):
        assert found[part]["ok"]
        assert found[part]["said"].startswith("not looked at: ")
    notes = other("status", "--json").json["notes"]
    assert not any("DATA LOST" in note for note in notes)
    assert any("another machine that shares the register keeps the log" in note for note in notes)
    told = {one["what"]: one["said"] for one in keeper("doctor", "--json").json}
    assert told["custody log"] == "2 entries, chain whole"
