"""`footage ingest` as an operator uses it: folders, plans, reports, exit codes, kills."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.ids import SegmentKey
from footage.instant import Elapsed
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.process import Child
from infra.objects.directory_store import DirectoryStore
from infra.registers.sql_register import SqlRegister
from tests.common.builders import a_camera, a_district, a_site
from tests.common.cli import Cli
from tests.common.import_films import TEN, a_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.segment import Segment

ROOT = Path(__file__).resolve().parents[2]
STEP = Elapsed.parse("20ms")
PATIENCE = Elapsed.parse("120s")
pytestmark = pytest.mark.slow


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with two cameras."""
    home = tmp_path / "home"
    home.mkdir()
    register = SqlRegister(f"sqlite:///{home / 'register.db'}", clock=SystemClock())
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera("camera-1"), a_camera("camera-2")])
    register.close()
    return Cli(home)


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    a_folder(folder, 3)
    return folder


def stored(cli: Cli) -> int:
    return sum(1 for _ in (cli.home / "store").rglob("*.mp4"))


def rows(cli: Cli) -> list[Segment]:
    return list(SqliteCatalogue(cli.home / "catalogue.db").segments())


def test_plan_import_report_and_again(cli: Cli, usb: Path, tmp_path: Path) -> None:
    plan = cli.ok("ingest", str(usb), "--dry-run", "--json").json
    assert plan["totals"]["to_take"] == 3
    assert {one["derived"] for one in plan["files"]} == {"date and time"}
    assert stored(cli) == 0

    report = tmp_path / "report.csv"
    done = cli.ok("ingest", str(usb), "--json", "--report", str(report)).json
    assert [one["outcome"] for one in done["files"]] == ["kept"] * 3
    first = done["files"][0]
    assert (first["camera"], first["start"], first["uncertainty_s"], first["segments"]) == (
        "camera-1", str(TEN), 1.0, 1,
    )  # fmt: skip
    assert first["digest"] == str(Digest.of_file(Path(first["file"])))
    with report.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(one["file"], one["outcome"], one["fault"]) for one in lines] == [
        (one["file"], "kept", "no") for one in done["files"]
    ]

    again = cli.ok("ingest", str(usb), "--json").json
    assert {one["why"] for one in again["files"]} == {"already stored"}
    assert cli.ok("ingest", str(usb), "--dry-run", "--json").json["totals"]["to_take"] == 0
    said = cli.ok("ingest", str(usb)).out
    assert "already stored" in said
    assert "0 faults" in said


def test_faults_are_told_and_end_with_1(cli: Cli, usb: Path, tmp_path: Path) -> None:
    (usb / "holiday.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    report = tmp_path / "report.json"
    said = cli("ingest", str(usb), "--report", str(report))
    assert said.code == 1
    assert "holiday.mp4: no start" in said.out
    assert "3 kept, 1 skipped" in said.out
    assert json.loads(report.read_text())["totals"]["faults"] == 1
    assert stored(cli) == 3


def test_what_cannot_be_right_is_one_clear_line(cli: Cli, usb: Path) -> None:
    said = cli.refused("ingest", str(usb), "--alias", "x=camera-9")
    assert "camera-9" in said.err
    assert said.code == 2
    said = cli.refused("ingest", "infra")
    assert "no video in infra" in said.err


def test_a_list_states_what_names_do_not(cli: Cli, usb: Path) -> None:
    films = sorted(usb.glob("*.mp4"))
    for number, film in enumerate(films):
        film.rename(usb / f"hiv0000{number}.mp4")
    listed = usb / "list.csv"
    listed.write_text(
        "file,camera,start,offset\n"
        "hiv00000.mp4,camera-2,2026-11-22 15:00:10,10s\n"
        "hiv00001.mp4,camera-1,2026-11-22T10:00:04.000000Z,\n"
    )
    said = cli("ingest", str(usb), "--start-from", str(listed), "--json")
    assert said.code == 1  # the third is not listed
    assert Counter(one["outcome"] for one in said.json["files"]) == {"kept": 2, "skipped": 2}
    by_camera = {str(one.camera): one for one in rows(cli)}
    assert by_camera["camera-2"].interval.start == TEN
    assert {one.camera: one.clock.offset for one in rows(cli)} == {
        "camera-1": None,
        "camera-2": Elapsed.parse("10s"),
    }


def test_one_file_as_before(cli: Cli, usb: Path) -> None:
    film = str(next(usb.glob("*.mp4")))
    words = ("ingest", film, "--camera", "camera-2", "--start", "2026-11-22T12:00:00Z")
    first = cli.ok(*words, "--json").json
    assert {"camera", "stored", "segments", "notes", "digest", "deleted_from"} <= set(first)
    assert first["digest"] == str(Digest.of_file(Path(film)))
    assert (first["camera"], first["stored"], len(first["segments"])) == ("camera-2", 1, 1)
    again = cli.ok(*words, "--json").json
    assert (again["stored"], again["segments"]) == (0, first["segments"])
    assert "0 newly stored" in cli.ok(*words).out


def test_a_start_is_told_as_understood_in_the_sites_zone_and_in_utc(cli: Cli, usb: Path) -> None:
    place = ("--site", "mitte", "--district", "berlin", "--lat", "52.5", "--lon", "13.4")
    cli.ok("cameras", "add", "ber-1", *place, "--zone", "Europe/Berlin")
    film = str(next(usb.glob("*.mp4")))
    words = ("ingest", film, "--camera", "ber-1", "--start", "2026-10-25 02:30")
    refused = cli.refused(*words).err
    assert "shown twice in Europe/Berlin" in refused
    known = (*words[:-1], "2026-10-25 02:30+01:00")
    line = "2026-10-25 02:30:00 CET (UTC 2026-10-25T01:30:00Z)"
    assert f"ber-1, {line}, by" in cli.ok(*known, "--dry-run").out
    assert f"start: {line}\n" in cli.ok(*known).out
    start = {"zone": "Europe/Berlin", "utc": "2026-10-25T01:30:00.000000Z"}
    assert cli.ok(*known, "--json").json["start"] == start | {"local": "2026-10-25 02:30:00 +01:00"}
    assert cli.ok(*known, "--dry-run", "--json").json["zone"] == "Europe/Berlin"


def test_the_same_bytes_elsewhere_are_told_and_where_stated_taken(cli: Cli, usb: Path) -> None:
    cli.ok("ingest", str(usb))
    film = str(next(usb.glob("*.mp4")))
    other = ("--camera", "camera-2", "--start", "2026-11-22T12:00:00Z")
    assert "the same bytes were taken in as camera-1" in cli.ok("ingest", film, *other).out


class Killed:
    """Imports killed with -9 as they go."""

    def __init__(self, cli: Cli, usb: Path, tmp_path: Path) -> None:
        self.cli = cli
        argv = [sys.executable, "-m", "infra.cli", "ingest", str(usb)]
        env = {**os.environ, "FOOTAGE_HOME": str(cli.home)}
        self.child = Child(argv, log=tmp_path / "log", cwd=ROOT, env=env)

    def when(self, ready: Callable[[], bool]) -> bool:
        """Kill it then; False when it had ended by itself."""
        clock = SystemClock()
        until = clock.monotonic() + PATIENCE
        while self.child.alive:
            if ready():
                self.child.kill()
                return True
            assert clock.monotonic() < until, self.child.last_lines()
            clock.sleep(STEP)
        assert self.child.exit_code == 0, self.child.last_lines()
        return False


def test_killed_again_and_again_it_goes_on_where_it_was(cli: Cli, tmp_path: Path) -> None:
    """Nothing double, nothing lost; FFmpeg outlives each kill and writes on."""
    usb = tmp_path / "usb"
    films = a_folder(usb, 6, seconds=5)
    cutting = cli.home / "spool" / ".import" / "camera-1"

    def amid_a_cut() -> bool:
        return any(cutting.glob("cut-*/*.mp4"))

    def behind_an_object(least: int) -> bool:
        """Before or after its row."""
        return stored(cli) >= least

    moments: list[Callable[[], bool]] = [
        amid_a_cut,
        *(partial(behind_an_object, least) for least in (1, 1, 3, 5)),
    ]
    kills = sum(Killed(cli, usb, tmp_path).when(moment) for moment in moments)
    assert kills >= 3
    said = cli.ok("ingest", str(usb), "--json").json
    assert {one["outcome"] for one in said["files"]} <= {"kept", "skipped"}

    segments = rows(cli)
    assert len(segments) == len(films) == stored(cli)
    assert len({one.run for one in segments}) == len(films)
    checked = cli.ok("audit", "verify", "--json").json
    assert checked["whole"]
    assert "open" in {one["kind"] for one in checked["findings"]}, "a killed import is seen"
    store = DirectoryStore(cli.home / "store", SystemClock())
    for number, segment in enumerate(segments):
        assert segment.interval.start == TEN + Elapsed.parse("5s") * number
        assert Digest.of(store.get(SegmentKey(segment.key))) == segment.digest
    left = [path.name for path in (cli.home / "spool").rglob("*") if path.suffix == ".mp4"]
    assert left == []
    again = cli.ok("ingest", str(usb), "--json").json
    assert {one["why"] for one in again["files"]} == {"already stored"}


def test_an_import_is_held_in_one_step_before_it_is_stored(cli: Cli, usb: Path) -> None:
    (cli.home / "policies.toml").write_text('[[policy]]\nname = "all"\nkeep = "1d"\n')
    held = ("ingest", str(usb), "--hold", "Sessions Court", "--case", "FIR-1", "--json")
    assert "needs a case" in cli.refused(*held[:4], FOOTAGE_REQUIRE_CASE="true").err
    foretold = cli.ok(*held, "--dry-run").json
    done = cli.ok(*held).json
    (hold,) = cli.ok("hold", "list", "--json").json
    assert {tuple(one["held_by"]) for one in foretold["files"]} == {("Sessions Court",)}
    assert {tuple(one["held_by"]) for one in done["files"]} == {(hold["hold"],)}
    assert {one["policy"] for one in done["files"]} == {"all"}
    entered = [
        (one["action"], one["phase"], one["case"])
        for one in cli.ok("audit", "show", "--json").json
        if one["action"] in {"hold", "import"}
    ]
    assert entered == [
        (action, phase, "FIR-1") for action in ("hold", "import") for phase in ("intent", "outcome")
    ]


@pytest.mark.clips
def test_the_clips_by_a_list(cli: Cli, clips: Path, tmp_path: Path) -> None:
    films = sorted(p for p in clips.rglob("*.*") if p.suffix in {".mp4", ".h264", ".h265"})
    listed = tmp_path / "clips.csv"
    lines = [
        f"{film},camera-1,2026-11-22T1{number}:00:00.000000Z" for number, film in enumerate(films)
    ]
    listed.write_text("\n".join(["file,camera,start", *lines]) + "\n")
    said = cli.ok("ingest", str(clips), "--start-from", str(listed), "--json").json
    kept = [one for one in said["files"] if one["outcome"] == "kept"]
    assert [one["file"] for one in kept] == [str(film.resolve()) for film in films]
    assert {one["why"] for one in said["files"] if one not in kept} == {"not video"}
    again = cli.ok("ingest", str(clips), "--start-from", str(listed), "--json").json
    assert again["totals"]["kept"] == 0
