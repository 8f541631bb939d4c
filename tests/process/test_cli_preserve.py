"""An order on paper by one command: held, told, told again, and ended after `kill -9`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from footage.digest import Digest
from footage.ids import CameraId
from footage.scope import Scope
from tests.common.api_city import parts_of
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

CAMERA, NEAR = "dik-001-1", "dik-001-2"
START = "2026-11-22T15:00:00Z"
WHEN = ("--from", START, "--to", "2026-11-22T17:00:00Z")
ORDER = ("--case", "FIR 211/2026", "--authority", "Sessions Court", "--order", "14/2026", *WHEN)
STEPS = {
    "entered": "infra.registers.sql_register.SqlRegister.place_hold",
    "in the register": "evidence.holds.HoldService._protect",
    "marked": "evidence.preservation.Preservation.near",
}
"""What is not reached any more, by the step that was."""
_DIE = """
import os, pkgutil, signal, sys
owner, _, name = sys.argv.pop(1).rpartition(".")
setattr(pkgutil.resolve_name(owner), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from infra.cli import main
main()
"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with two cameras 100 m apart, and 4 s of footage of the first."""
    cli = Cli(tmp_path / "home")
    for camera, lat in ((CAMERA, "31.8300"), (NEAR, "31.8309")):
        cli.ok("cameras", "add", camera, "--site", "dik-001", "--district", "dik",
               "--lat", lat, "--lon", "70.90")  # fmt: skip
    film = make_film(tmp_path / "film.mp4", seconds=4)
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", START)
    return cli


def test_an_order_becomes_a_hold_and_a_receipt(cli: Cli, tmp_path: Path) -> None:
    paper, out = tmp_path / "order.pdf", tmp_path / "receipts"
    paper.write_bytes(b"%PDF an order")
    words = (*ORDER, "--camera", CAMERA, "--given", "2026-11-22T18:00:00Z",
             "--document", str(paper), "--receipt", str(out))  # fmt: skip
    said = cli.ok("preserve", *words).out
    assert "stands: 1 camera, 1 segment" in said
    assert f"{NEAR}, 100 m from {CAMERA}" in said
    (hold,) = cli.ok("hold", "list", "--json").json
    assert hold["order"]["paper"]["sha256"] == str(Digest.of(b"%PDF an order"))
    written = out / f"receipt-{hold['hold']}.json"
    receipt = json.loads(written.read_text())
    for name in (".pdf", ".ur.pdf"):
        text = " ".join(page.extract_text() for page in PdfReader(written.with_suffix(name)).pages)
        for fact in (Digest.of(written.read_bytes()).hex, hold["hold"], "14/2026", "FIR 211/2026"):
            assert fact in text, (name, fact)
    assert receipt["state"] == "placed now"
    (camera,) = receipt["cameras"]
    assert camera["stored_s"] == pytest.approx(4, abs=0.5)
    assert camera["missing"], "the rest of two hours is told"

    again = cli.ok("preserve", *words, "--json").json
    assert (again["state"], again["hold"]) == ("stood before", hold["hold"])
    assert again["held_at"] == receipt["held_at"]
    assert len(cli.ok("hold", "list", "--json").json) == 1
    around = cli.ok("preserve", *words, "--with-neighbours", "150", "--json").json
    assert around["neighbours_hold"]["cameras"] == [NEAR]
    entries = cli.ok("audit", "show", "--case", "FIR 211/2026", "--json").json
    assert [entry["phase"] for entry in entries if entry["action"] == "hold"].count("intent") == 4


def test_what_arrives_after_the_order_is_held(cli: Cli, tmp_path: Path) -> None:
    done = cli.ok("preserve", *ORDER, "--camera", NEAR, "--json").json
    assert (done["segments"], done["cameras"][0]["stored_s"]) == (0, 0)
    film = make_film(tmp_path / "late.mp4", seconds=4)
    cli.ok("ingest", str(film), "--camera", NEAR, "--start", START)
    with closing(parts_of(cli.home)) as parts:
        (late,) = parts.catalogue.segments(Scope(cameras=frozenset({CameraId(NEAR)})))
        assert parts.store.is_held(late.key), "marked when it was stored"
    again = cli.ok("preserve", *ORDER, "--camera", NEAR, "--json").json
    assert (again["state"], again["segments"]) == ("stood before", 1)


@pytest.mark.parametrize("reached", list(STEPS))
def test_an_order_killed_between_steps_is_ended_by_the_same_command(cli: Cli, reached: str) -> None:
    words = ("preserve", *ORDER, "--camera", CAMERA)
    killed = subprocess.run(
        [sys.executable, "-c", _DIE, STEPS[reached], *words],
        env={**os.environ, "FOOTAGE_HOME": str(cli.home)},
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ended = cli.ok(*words, "--json").json
    assert ended["state"] == ("placed now" if reached == "entered" else "stood before")
    assert (ended["segments"], ended["marks_pending"], ended["sound"]) == (1, "", True)
    assert [one["marks"] for one in cli.ok("hold", "list", "--json").json] == ["done"]
    assert cli.ok("audit", "verify").code == 0


def test_mistakes_are_told_in_words(cli: Cli) -> None:
    base = ("preserve", *ORDER)
    assert "which footage" in cli.refused(*base).err
    assert "unknown cameras" in cli.refused(*base, "--camera", "nobody").err
    assert "cannot be read" in cli.refused(*base, "--camera", CAMERA, "--document", "no.pdf").err
    assert "lies ahead" in cli.refused(*base, "--camera", CAMERA, "--given", "2126-01-01").err
    done = cli.ok(*base, "--camera", CAMERA, "--json").json
    cli.ok("hold", "release", done["hold"], "--reason", "withdrawn")
    again = cli.refused(*base, "--camera", CAMERA)
    assert (again.code, "was released" in again.err) == (6, True)
