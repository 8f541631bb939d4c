"""What the options of `footage ingest` mean together, and what they cannot mean."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from footage.digest import Digest
from footage.errors import BadInput, NotFound
from footage.ids import CameraId
from footage.import_run import run_of
from footage.instant import Elapsed
from infra.cmds.ingest_expiry import Expiry
from infra.cmds.ingest_options import Asked, rules
from infra.cmds.ingest_report import check_target, forecast, report, show, write
from infra.registers.memory_register import MemoryRegister
from recorder.imports.intake import Outcome
from recorder.imports.plan import Ready, Skip, Stated, Why
from recorder.imports.stating import StartFrom
from retention.policy import Policy
from tests.common.builders import START, a_camera, a_district, a_segment, a_site, at
from tests.common.purging import a_hold

if TYPE_CHECKING:
    from footage.ports import Register


@pytest.fixture
def register() -> Register:
    register = MemoryRegister()
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera("gate-1"), a_camera("gate-2")])
    return register


def asked(folder: Path, **parts: Any) -> Asked:  # noqa: ANN401 - any option
    usual: dict[str, Any] = {
        "paths": [folder],
        "camera": None,
        "start": None,
        "start_from": "name",
        "name": None,
        "zone": "Asia/Karachi",
        "offset": "",
        "aliases": (),
    }
    return Asked(**usual | parts)


def test_the_usual(register: Register, tmp_path: Path) -> None:
    found = rules(asked(tmp_path), register, at(0))
    assert found.cameras == {"gate-1", "gate-2"}
    assert (found.camera, found.start, found.offset, found.listed, found.template) == (None,) * 5
    assert found.start_from is StartFrom.NAME
    assert str(found.zone) == "Asia/Karachi"


def test_all_that_may_be_said(register: Register, tmp_path: Path) -> None:
    found = rules(
        asked(
            tmp_path,
            camera="gate-1",
            start_from="creation",
            name="{camera}_%s",
            offset="-15s",
            aliases=["a=b=gate-2"],
        ),
        register,
        at(0),
    )
    assert (found.camera, found.start_from) == ("gate-1", StartFrom.CREATION)
    assert found.aliases == {"a=b": "gate-2"}
    assert found.offset == Elapsed(-15_000_000)
    assert found.template is not None


def test_a_list(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "list.CSV"
    path.write_text("file,camera,start\na.mp4,gate-1,2026-11-22 15:08:23\n")
    found = rules(asked(tmp_path, start_from=str(path)), register, at(0))
    assert found.listed is not None
    assert set(found.listed) == {tmp_path / "a.mp4"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"camera": "gate 1"}, "not a camera id"),
        ({"start": "2026-11-22T10:00:00Z", "camera": "gate-1"}, "--start is of one"),
        ({"start_from": "mtime"}, "mtime"),
        ({"start_from": "absent.csv"}, "absent.csv"),
        ({"start_from": "list.csv", "offset": "1s"}, "--offset besides a list"),
        ({"name": "{camera}"}, "no year"),
        ({"zone": "Mars/Base"}, "Mars/Base"),
        ({"zone": "../etc/passwd"}, "not a time zone"),
        ({"offset": "soon"}, "soon"),
        ({"aliases": ["gate-1"]}, "not an alias"),
        ({"aliases": ["=gate-1"]}, "not an alias"),
    ],
)
def test_what_cannot_be_right(
    register: Register, tmp_path: Path, parts: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        rules(asked(tmp_path, **parts), register, at(0))


@pytest.mark.parametrize("parts", [{"camera": "gate-9"}, {"aliases": ["x=gate-9"]}])
def test_cameras_must_be_known(register: Register, tmp_path: Path, parts: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="gate-9"):
        rules(asked(tmp_path, **parts), register, at(0))


def test_start_needs_its_camera(register: Register, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.touch()
    with pytest.raises(BadInput, match="--camera"):
        rules(asked(film, start="2026-11-22T10:00:00Z"), register, at(0))
    found = rules(asked(film, start="2026-11-22T10:00:00Z", camera="gate-1"), register, at(0))
    assert found.start is not None


# -------------------------------------------------------------------------------- reports


def a_file(name: str = "a.mp4", **parts: Any) -> Ready:  # noqa: ANN401 - any part
    stated = Stated(START, "date and time", Elapsed.parse("1s"), Elapsed.parse("2s"))
    return Ready(Path("/usb") / name, 1000, CameraId("gate-1"), stated, **parts)


KEPT = Outcome(
    Path("/usb/a.mp4"), ready=a_file(), segments=(a_segment("gate-1"),), stored=1, notes=("one",)
)
EMPTY = Outcome.of(Skip(Path("/usb/=b.mp4"), Why.EMPTY))


@pytest.mark.parametrize("name", ["report.pdf", "report", "no/such/folder/report.csv"])
def test_a_report_that_could_not_be_written_is_refused_first(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        check_target(tmp_path / name)


def test_the_report_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write(path, report([KEPT, EMPTY]))
    with path.open(encoding="utf-8", newline="") as file:
        one, two = csv.DictReader(file)
    assert (one["outcome"], one["fault"], one["notes"]) == ("kept", "no", "one")
    assert (one["start"], one["uncertainty_s"], one["offset_s"]) == (str(START), "1.0", "2.0")
    assert (one["end"], one["segments"], one["bytes"]) == (str(at(60)), "1", "30000000")
    assert (two["why"], two["fault"], two["start"]) == ("empty", "yes", "")


def test_a_cell_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write(path, report([Outcome(Path("/usb/b.mp4"), Why.FAILED, "=cmd()")]))
    assert "'=cmd()" in path.read_text()


def test_the_report_as_a_document(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write(path, report([KEPT, EMPTY], stopped="the store is down"))
    document = json.loads(path.read_text())
    assert document["stopped"] == "the store is down"
    assert document["totals"] == {
        "kept": 1,
        "skipped": 1,
        "failed": 0,
        "not_reached": 0,
        "faults": 1,
        "segments_stored": 1,
        "originals_stored": 0,
        "original_bytes": 0,
    }


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    show(report([KEPT, EMPTY], stopped="it rains"), "Asia/Karachi")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "kept        /usb/a.mp4: gate-1, 2026-11-22 20:08:23 PKT (UTC 2026-11-22T15:08:23.547Z), "
        "by date and time, 1 segment, 30.0 MB - one"
    )
    assert lines[1] == "skipped     /usb/=b.mp4: empty"
    assert lines[-1] == "stopped: it rains; the same command goes on later"


def test_names_that_forge_lines_or_are_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    odd = Skip(Path("/usb/\n\x1b[2Kkept \udcff.mp4"), Why.EMPTY)
    show(report([Outcome.of(odd)]), "UTC")
    assert capsys.readouterr().out.splitlines()[0] == (
        r"skipped     /usb/\n\x1b[2Kkept \xff.mp4: empty"
    )


def test_a_dry_run_is_told_as_a_plan() -> None:
    outcomes = [
        KEPT,
        Outcome(Path("/usb/b.mp4"), Why.STORED, ready=a_file("b.mp4")),
        Outcome(Path("/usb/c.mp4"), Why.MISDATED, "c", ready=a_file("c.mp4")),
        Outcome.of(Skip(Path("/usb/d.mp4"), Why.NO_START, "why")),
    ]
    said = forecast(outcomes)
    assert [(one["file"], one["outcome"], one["why"]) for one in said.files] == [
        ("/usb/a.mp4", "to take", ""),
        ("/usb/b.mp4", "skipped", "already stored"),
        ("/usb/c.mp4", "skipped", "same bytes elsewhere"),
        ("/usb/d.mp4", "skipped", "no start"),
    ]
    assert (said.totals["to_take"], said.totals["skipped"], said.totals["faults"]) == (1, 3, 2)


def test_when_retention_may_delete_an_import_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(Digest.of(b"x"), START, 1, Elapsed.parse("60s"), at(1000))
    done = Outcome(
        Path("/usb/a.mp4"), ready=a_file("a.mp4"), segments=(a_segment("gate-1", run=run),)
    )
    policies = [Policy("short", Elapsed.parse("10d"))]
    (row,) = report([done], expiry=Expiry(policies, [], at(2000))).files
    due = at(1000) + Elapsed.parse("10d")
    assert (row["policy"], row["deleted_from"], row["held_by"]) == ("short", str(due), [])
    show(report([done], expiry=Expiry(policies, [], at(2000))), "Asia/Karachi")
    assert "policy 'short' deletes this from 2026-12-02" in capsys.readouterr().out
    show(
        report([done], expiry=Expiry(policies, [a_hold(cameras=["gate-1"])], at(2000))),
        "Asia/Karachi",
    )
    assert "held by hold-1: not deleted while that stands" in capsys.readouterr().out
    show(report([done], expiry=Expiry(None, [], at(2000))), "Asia/Karachi")
    assert "no policy deletes this" in capsys.readouterr().out
