"""`footage audit` picks acts by camera and recorded time, and writes them to a file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from tests.common.api_city import parts_of
from tests.common.builders import at
from tests.common.cli import Cli

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home in which amina watched camera-1 for a minute, and bilal camera-2."""
    home = tmp_path / "home"
    home.mkdir()
    parts = parts_of(home)
    for person, camera in (("amina", "camera-1"), ("bilal", "camera-2")):
        what = {"camera": camera, "start": at(0), "end": at(60)}
        with bracket(parts.custody, Deed(Action.VIEW, Purpose(person, "=1+1"), what)):
            pass
    parts.close()
    return Cli(home)


def test_acts_are_picked_by_camera_and_recorded_time(cli: Cli) -> None:
    asked = ("audit", "show", "--camera", "camera-1", "--action", "view", "--json")
    inside = cli.ok(*asked, "--from", str(at(30)), "--to", str(at(40))).json
    assert [(one["number"], one["actor"]) for one in inside] == [(1, "amina"), (2, "amina")]
    assert cli.ok(*asked, "--from", str(at(70)), "--to", str(at(90))).json == []
    assert [
        one["number"] for one in cli.ok("audit", "show", "--person", "bilal", "--json").json
    ] == [3, 4]


def test_acts_are_written_to_a_new_file_and_the_export_is_entered(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "acts.csv"
    told = cli.ok("audit", "export", "--out", str(out), "--person", "bilal", "--json").json
    assert (told["entries"], told["bytes"]) == (2, out.stat().st_size)
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"), newline="")))
    assert [(row["number"], row["case"]) for row in rows] == [("3", "'=1+1"), ("4", "'=1+1")]
    before = out.read_bytes()
    assert cli.refused("audit", "export", "--out", str(out)).code == 6
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["acts.csv"]
    entered = cli.ok("audit", "show", "--action", "audit", "--json").json
    assert [one["phase"] for one in entered] == ["intent", "outcome"]


def test_acts_are_written_as_a_pdf(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "acts.pdf"
    asked = ("audit", "export", "--format", "pdf", "--out", str(out), "--language", "ur")
    assert cli.ok(*asked, "--person", "bilal", "--json").json["entries"] == 2
    assert out.read_bytes().startswith(b"%PDF-")
    entered = cli.ok("audit", "show", "--action", "audit", "--json").json
    assert entered[0]["what"]["format"] == "pdf"
