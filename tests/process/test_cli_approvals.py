"""Four eyes by commands: asked for, approved by another, done once; and after `kill -9`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.common.cli import Cli, CliHere
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "dik-001-1"
START = "2026-11-22T15:00:00Z"
WHEN = ("--from", START, "--to", "2026-11-22T15:00:04Z")
FOR = ("--case", "FIR 211/2026", "--purpose", "theft")
BORIS = {"FOOTAGE_ACTOR": "boris"}
ON = '[four_eyes]\nfor = ["release", "export"]\n'
_DIE = """
import os, pkgutil, signal, sys
owner, _, name = sys.argv.pop(1).rpartition(".")
setattr(pkgutil.resolve_name(owner), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from infra.cli import main
main()
"""


@pytest.fixture
def cli(tmp_path: Path) -> CliHere:
    """A home with a camera, 4 s of footage under a hold, and two persons for every act."""
    cli = CliHere(tmp_path / "home")
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    film = make_film(tmp_path / "film.mp4", seconds=4)
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", START)
    cli.ok("hold", "place", "--camera", CAMERA, *WHEN, *FOR,
           "--authority", "Sessions Court", "--reason", "theft")  # fmt: skip
    (cli.home / "footage.toml").write_text(f'actor = "anna"\n{ON}', encoding="utf-8")
    return cli


def hold_of(cli: Cli) -> str:
    (hold,) = cli.ok("hold", "list", "--json").json
    return str(hold["hold"])


def asked(cli: Cli, *words: str) -> int:
    """Number of the request that a refused command entered."""
    said = cli.refused(*words)
    assert said.code == 6
    found = re.search(r"needs the approval of a second person: request (\d+) waits", said.err)
    assert found, said.err
    assert f"footage requests approve {found[1]}" in said.err
    return int(found[1])


def actions(cli: Cli) -> list[tuple[str, str]]:
    entries = cli.ok("audit", "show", "--json").json
    of = {"request", "approval", "release", "export"}
    return [(e["action"], e["phase"]) for e in entries if e["action"] in of]


def test_a_hold_is_released_by_two_persons(cli: CliHere) -> None:
    hold = hold_of(cli)
    release = ("hold", "release", hold, "--reason", "case closed", *FOR)
    number = asked(cli, *release)
    assert asked(cli, *release) == number
    listed = cli.ok("requests", "list", "--json").json["requests"]
    assert [(one["request"], one["state"], one["asked"]["hold"]) for one in listed] == [
        (number, "waiting", hold)
    ]
    assert f"│ {hold} │" in cli.ok("requests", "list").out
    own = cli.refused("requests", "approve", str(number))
    assert (own.code, "your own" in own.err) == (6, True)
    said = cli.ok("requests", "approve", str(number), "--reason", "order 15/2026", **BORIS).out
    assert f"request {number}, the release of a hold: approved by boris" in said
    assert "order 15/2026" in said
    assert CAMERA in said
    foreign = cli.refused(*release, **BORIS)
    assert f"request {number + 1} waits" in foreign.err, "boris asks for an act of his own"
    assert len(cli.ok("hold", "list", "--json").json) == 1

    done = cli.ok(*release, "--json").json
    assert done["segments"] == 1
    assert cli.ok("requests", "show", str(number), "--json").json["state"] == "done"
    assert cli.ok("hold", "list", "--json").json == []
    entries = cli.ok("audit", "show", "--json").json
    (intent,) = [e for e in entries if (e["action"], e["phase"]) == ("release", "intent")]
    assert (intent["what"]["request"], intent["what"]["approved_by"]) == (number, "boris")
    cli.ok("audit", "verify")


def test_an_export_to_outside_takes_two_persons_and_one_inside_takes_one(
    cli: CliHere, tmp_path: Path
) -> None:
    export = ("export", "--camera", CAMERA, *FOR, "--recipient", "Sessions Court")
    inside = ("--recipient-kind", "inside", "--out", str(tmp_path / "inside"))
    cli.ok(*export, *WHEN, *inside)
    court = ("--recipient-kind", "court", "--out", str(tmp_path / "court"))
    ago = ("--from", "2000d ago", "--to", "now")
    relative = Cli(cli.home).refused(*export, *ago, *court)  # the edge of the process adds notes
    times = re.search(r"with (--from \S+ --to \S+)", relative.err)
    assert times, relative.err
    wanted = (*export, *times[1].split(), *court)
    number = asked(cli, *wanted)
    assert f"request {number} waits" in relative.err
    assert not (tmp_path / "court").exists()
    shown = cli.ok("requests", "show", str(number)).out
    assert "recipient: Sessions Court" in shown
    assert "recipient kind: court" in shown
    refused = cli.ok("requests", "refuse", str(number), "--reason", "no order yet", **BORIS)
    assert "refused by boris" in refused.out
    again = asked(cli, *wanted)
    assert again == number + 1
    cli.ok("requests", "approve", str(again), **BORIS)
    cli.ok(*wanted)
    assert (tmp_path / "court" / "MANIFEST.json").is_file()
    other = (*wanted[:-1], str(tmp_path / "again"))
    assert asked(cli, *other) == again + 1, "an approval serves once"
    cli.ok("requests", "withdraw", str(again + 1))
    states = [
        one["state"] for one in cli.ok("requests", "list", "--all", "--json").json["requests"]
    ]
    assert states == ["withdrawn", "done", "refused"]
    assert cli.ok("requests", "list", "--json").json == {"requests": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("infra.registers.sql_approvals.SqlApprovals.change", True),
        ("infra.registers.sql_register.SqlRegister.release_hold", False),
    ],
)
def test_a_kill_between_approval_and_act_never_gives_two_acts(
    cli: CliHere,
    at: str,
    kept: bool,  # noqa: FBT001
) -> None:
    """Killed before its use the approval is left; killed after, the act is asked for anew."""
    release = ("hold", "release", hold_of(cli), "--reason", "case closed", *FOR)
    number = asked(cli, *release)
    cli.ok("requests", "approve", str(number), **BORIS)
    done = subprocess.run(
        [sys.executable, "-c", _DIE, at, *release],
        env={**os.environ, "FOOTAGE_HOME": str(cli.home)},
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert actions(cli)[-1] == ("release", "intent")
    assert len(cli.ok("hold", "list", "--json").json) == 1, "nothing was done yet"
    if kept:
        cli.ok(*release)
        assert cli.ok("hold", "list", "--json").json == []
    else:
        assert asked(cli, *release) == number + 1


def test_switching_four_eyes_off_for_one_command_is_entered_before_the_act(cli: CliHere) -> None:
    release = ("hold", "release", hold_of(cli), "--reason", "case closed", *FOR)
    asked(cli, *release)
    cli.ok(*release, FOOTAGE_FOUR_EYES__FOR="")
    entries = cli.ok("audit", "show", "--json").json
    told = [e for e in entries if e["action"] in {"settings", "release"}]
    assert [e["action"] for e in told[-4:]] == ["settings", "settings", "release", "release"]
    assert told[-4]["what"]["changes"] == [
        {"name": "four_eyes.for", "before": "release, export", "after": ""}
    ]


def test_doctor_says_which_acts_need_a_second_person(cli: CliHere) -> None:
    def said(**settings: str) -> str:
        found = cli("doctor", "--json", **settings).json
        (line,) = [one["said"] for one in found if one["what"] == "four eyes"]
        return str(line)

    assert said() == "a second person is needed for: release, export"
    assert said(FOOTAGE_FOUR_EYES__FOR="export") == (
        "a second person is needed for: export; no second person is needed for: release"
    )
    assert said(FOOTAGE_FOUR_EYES__FOR="") == (
        "no second person is needed for: release, export ([four_eyes] for)"
    )
    wrong = cli.refused("doctor", FOOTAGE_FOUR_EYES__FOR="releas")
    assert wrong.code == 3
    assert "'release' or 'export'" in wrong.err
