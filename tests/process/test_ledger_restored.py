"""A destroyed home with a ledger: restored from an older backup, its ledger goes on signing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from footage.merkle import is_consistent
from footage.signed_note import Checkpoint
from footage.tlog_tiles import TiledTree
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

PLACE = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")


def looked_at(cli: Cli) -> Any:  # noqa: ANN401 - as the command documents
    """What `footage doctor` says of the ledger."""
    (found,) = (one for one in cli("doctor", "--json").json if one["what"] == "ledger")
    return found


def require_consistent(cli: Cli, old: Checkpoint, new: Checkpoint, out: Path) -> None:
    """The published tree of `new` begins with that of `old`, by its consistency proof."""
    cli.ok("ledger", "publish", "--out", str(out))
    tree = TiledTree(new.size, lambda path: (out / path).read_bytes())
    proof = tree.consistency_proof(old.size)
    assert is_consistent(old.size, old.root, new.size, new.root, proof)


@pytest.mark.timeout(600)
def test_a_ledger_restored_from_an_older_backup_goes_on(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    cli.home.mkdir(mode=0o700)
    (cli.home / "footage.toml").write_text(f'[store]\npath = "{tmp_path / "disk" / "store"}"\n')
    cli.ok("cameras", "add", "c1", *PLACE)
    film = make_film(tmp_path / "film.mp4", seconds=8)
    film_of = ("ingest", str(film), "--camera", "c1", "--start")
    cli.ok(*film_of, "2026-11-22T15:00:00Z")
    cli.ok("ledger", "publish")
    cli.ok("backup", str(tmp_path / "backup"))
    cli.ok(*film_of, "2026-11-22T16:00:00Z")
    old = Checkpoint.parse(cli.ok("ledger", "publish", "--json").json["checkpoint"])
    vkeys = [
        word
        for one in cli.ok("keys", "show", "--json").json["sets"][0]["keys"]
        for word in ("--key", one)
    ]
    shutil.copytree(cli.home / "keys", tmp_path / "keys")

    shutil.rmtree(cli.home)
    cli.home.mkdir(mode=0o700)
    (cli.home / "footage.toml").write_text(f'[store]\npath = "{tmp_path / "disk" / "store"}"\n')
    assert "footage ledger recover" in cli.ok("restore", str(tmp_path / "backup")).out
    cli.ok("catalogue", "rebuild")
    assert "footage ledger recover" in cli.refused("ledger", "publish").err
    found = looked_at(cli)
    assert (found["ok"], "footage ledger recover" in found["said"]) == (False, True)

    assert "keys.json" in cli.refused("ledger", "recover").err
    shutil.rmtree(cli.home / "keys", ignore_errors=True)
    done = cli.ok("ledger", "recover", *vkeys, "--json").json
    assert done["leaves"] == old.size
    assert done["recovered"] == old.size - done["leaves_before"] > 0
    assert cli.ok("ledger", "recover", *vkeys, "--json").json["recovered"] == 0, "again: nothing"
    shutil.copytree(tmp_path / "keys", cli.home / "keys", dirs_exist_ok=True)
    entries = cli.ok("audit", "show", "--action", "ledger", "--json").json
    assert entries[-1]["what"]["result"]["leaves"] == old.size

    cli.ok(*film_of, "2026-11-22T17:00:00Z")
    new = Checkpoint.parse(cli.ok("ledger", "publish", "--json").json["checkpoint"])
    assert new.origin == old.origin
    assert new.size > old.size
    require_consistent(cli, old, new, tmp_path / "tiles")
    checked = cli.ok("ledger", "verify", "--json").json
    assert (checked["findings"], checked["leaves_read"]) == ([], new.size)
    assert looked_at(cli)["ok"]
