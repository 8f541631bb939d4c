"""`footage ledger` and `footage keys`, from recorded footage to proofs and alterations."""

from __future__ import annotations

import base64
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from tests.common.cli import Cli
from tests.common.recording import make_film
from tests.common.time_authority import OpensslAuthority

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)  # a dozen commands, each a process of its own

PLACE = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=30)


@pytest.fixture
def recorded(tmp_path: Path, film: Path) -> Cli:
    """A home that recorded some segments, with the ledger as the recorder left it."""
    cli = Cli(tmp_path / "home")
    cli.ok("cameras", "add", "c1", *PLACE, "--source", str(film))
    cli.ok("record", "--for", "10s", FOOTAGE_RECORDING__SEGMENT_LENGTH="4s")
    return cli


def segments_of(cli: Cli) -> list[str]:
    objects = cli.home / "store" / "objects"
    return sorted(path.relative_to(objects).as_posix() for path in objects.rglob("*.mp4"))


@pytest.mark.slow
def test_what_is_recorded_is_proven_at_the_end_of_the_recording(
    recorded: Cli, tmp_path: Path
) -> None:
    keys = segments_of(recorded)
    assert len(keys) >= 2
    status = recorded.ok("ledger", "status", "--json").json
    assert (status["leaves"], status["waiting"], status["behind"]) == (len(keys), 0, False)
    assert status["checkpoint"]["leaves"] == len(keys)
    done = recorded.ok("ledger", "verify", "--json").json
    assert (done["leaves_read"], done["late"], done["missing"]) == (len(keys), 0, 0)
    assert (done["segments"], done["findings"]) == (len(keys), [])
    assert "proven" in recorded.ok("ledger", "verify").out

    proof = tmp_path / "first.tlog-proof"
    recorded.ok("ledger", "prove", keys[0], "--out", str(proof))
    stored = recorded.home / "store" / "objects" / keys[0]
    mine = ("ledger", "verify", str(proof), "--segment", str(stored))
    assert "on time" in recorded.ok(*mine).out
    other = recorded("ledger", "verify", str(proof), "--segment", str(proof), "--json")
    assert (other.code, other.json["verdict"]) == (1, "altered")
    vkey = recorded.ok("keys", "show", "--json").json["sets"][0]["keys"][0]
    stranger = Cli(tmp_path / "stranger")
    assert stranger("ledger", "verify", str(proof), "--json").json["verdict"] == "not proven"
    assert stranger.ok(*mine, "--key", vkey, "--json").json["verdict"] == "proven"

    out = tmp_path / "tiles"
    recorded.ok("ledger", "publish", "--out", str(out))
    assert (out / "checkpoint").read_text().splitlines()[1] == str(len(keys))
    assert (out / "tile" / "0" / f"000.p/{len(keys)}").is_file()
    assert "is there already" in recorded.refused("ledger", "publish", "--out", str(out)).err

    bundle = tmp_path / "bundle"
    now = str(SystemClock().now())
    recorded.ok("export", "--camera", "c1", "--from", "1h ago", "--to", now, "--out", str(bundle))
    checked = recorded("verify", str(bundle), "--json").json
    assert checked["verdicts"]["committed"] == "proven"
    assert "missing" not in {one["kind"] for one in checked["findings"]}


def test_keys_are_rotated_and_the_former_still_prove(recorded: Cli) -> None:
    assert "rotate" in recorded.refused("keys", "init").err
    first = recorded.ok("keys", "show", "--json").json
    assert (len(first["sets"]), first["private_keys_here"]) == (1, True)
    second = recorded.ok("keys", "rotate", "--json").json
    assert second["sha256"] != first["sets"][0]["sha256"]
    recorded.ok("ledger", "publish")
    assert recorded.ok("ledger", "verify", "--json").json["checkpoints"] >= 2
    entries = recorded.ok("audit", "show", "--action", "keys", "--json").json
    assert [one["actor"] for one in entries][:2] == ["service:ledger"] * 2
    assert entries[-1]["what"]["result"]["sha256"] == second["sha256"]
    modes = {path.stat().st_mode & 0o777 for path in (recorded.home / "keys").glob("*.pem")}
    assert modes == {0o600}


def test_an_altered_tile_leaf_or_catalogue_is_told(recorded: Cli) -> None:
    ledgers = recorded.home / "store" / "objects" / "ledger"
    (ledger,) = (path for path in ledgers.iterdir() if not path.name.endswith("-custody"))
    (bundle,) = sorted((ledger / "tile" / "entries").rglob("*"))[-1:]
    whole = bundle.read_bytes()
    bundle.chmod(0o600)
    bundle.write_bytes(whole.replace(b'"c1"', b'"c2"', 1))
    done = recorded("ledger", "verify", "--json")
    assert (done.code, done.json["altered"]) == (1, True)
    assert done.json["findings"][0]["where"] == "leaf 0"
    assert "ALTERED" in recorded("ledger", "verify").out
    bundle.write_bytes(whole)
    recorded.ok("ledger", "verify")


def test_footage_from_before_the_ledger_is_entered_late(tmp_path: Path, film: Path) -> None:
    cli = Cli(tmp_path / "home")
    cli.ok("cameras", "add", "c1", *PLACE)
    cli.ok("ingest", str(film), "--camera", "c1", "--start", "2026-11-22T15:00:00Z")
    assert cli("ledger", "status").code == 2
    assert "keys init" in cli.refused("keys", "show").err
    assert "no checkpoint" in cli.refused("ledger", "verify").err
    with closing(sqlite3.connect(cli.home / "register.db")) as register, register:
        assert register.execute("DELETE FROM ledger_waiting").rowcount > 0
    cli.ok("ledger", "publish")
    key = segments_of(cli)[0]
    assert "backfill" in cli.refused("ledger", "prove", key).err
    missing = cli("ledger", "verify", "--json")
    assert (missing.code, missing.json["altered"]) == (2, False)
    assert {one["kind"] for one in missing.json["findings"]} == {"missing"}
    assert cli.ok("ledger", "backfill", "--json").json["late"] == len(segments_of(cli))
    assert "publish" in cli.refused("ledger", "prove", key).err
    cli.ok("ledger", "publish")
    assert cli.ok("ledger", "verify", "--json").json["late"] == len(segments_of(cli))
    assert cli.ok("ledger", "backfill", "--json").json["late"] == 0
    assert '"late":"import"' in _leaf(cli.ok("ledger", "prove", key).out)
    waiting = cli.home / "ledger" / "waiting" / "0.jsonl"
    waiting.parent.mkdir(exist_ok=True)
    waiting.write_text("{}\n")
    done = cli.ok("ledger", "publish")
    assert "stay on disk" in done.err, "and what cannot be read stops no checkpoint"
    assert "checkpoint signed" in done.out


def _leaf(proof: str) -> str:
    return base64.b64decode(proof.splitlines()[1].removeprefix("extra ")).decode()


def test_a_bundle_is_signed_by_a_certificate_that_an_authority_may_issue(
    recorded: Cli, tmp_path: Path
) -> None:
    own = recorded.ok("keys", "certificate", "--json").json
    csr, issued, chain = (tmp_path / name for name in ("node.csr", "node.pem", "chain.pem"))
    assert str(csr) in recorded.ok("keys", "certificate", "--csr", str(csr)).out
    root = OpensslAuthority(tmp_path / "authority", "City").root
    signing = ["openssl", "x509", "-req", "-in", str(csr), "-CA", str(root), "-CAkey"]
    signing += [str(root.with_suffix(".key")), "-CAcreateserial", "-days", "30"]
    subprocess.run([*signing, "-out", str(issued)], check=True, capture_output=True)
    assert "another key" in recorded.refused("keys", "certificate", "--install", str(root)).err
    chain.write_text(issued.read_text() + issued.read_text())
    assert "not issued by" in recorded.refused("keys", "certificate", "--install", str(chain)).err
    chain.write_text(issued.read_text() + root.read_text())
    taken = recorded.ok("keys", "certificate", "--install", str(chain), "--json").json
    assert taken["sha256"] != own["sha256"]
    bundle, now = tmp_path / "bundle", str(SystemClock().now())
    recorded.ok("export", "--camera", "c1", "--from", "1h ago", "--to", now, "--out", str(bundle))
    for given in (("--ca", str(root)), ("--signer", taken["sha256"])):
        verdicts = recorded("verify", str(bundle), *given, "--json").json["verdicts"]
        assert (verdicts["intact"], verdicts["signer"]) == ("proven", "proven")
    verdicts = recorded("verify", str(bundle), "--signer", own["sha256"], "--json").json["verdicts"]
    assert verdicts["signer"] == "no"
    entry = recorded.ok("audit", "show", "--action", "keys", "--json").json[-1]
    assert entry["what"]["result"]["certificate"] == taken["sha256"]
