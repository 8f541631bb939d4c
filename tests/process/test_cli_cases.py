"""`footage case`, as an investigator at the machine runs it, and acts for cases."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.common.cli import CliHere
from tests.common.walked_page import walk

if TYPE_CHECKING:
    from tests.common.cli import Cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cases.md"
REF = "FIR 211/2026"
SOMEWHERE = ("--site", "s", "--district", "d", "--lat", "31.8", "--lon", "70.9")
AMIR = {"FOOTAGE_ACTOR": "amir"}
TIMES = ("--from", "2026-11-22T15:00:00Z", "--to", "2026-11-22T16:00:00Z")
HOLD = ("hold", "place", "--camera", "gate-1", *TIMES, "--authority", "court", "--reason", "theft")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with a camera, an account sadia, and a case that amir opened."""
    cli = CliHere(tmp_path / "home")
    cli.ok("cameras", "add", "gate-1", *SOMEWHERE)
    cli.ok("users", "add", "sadia", "--name", "Sadia", "--role", "investigator", "--no-password")
    cli.ok("case", "open", REF, "--purpose", "theft", "--title", "A theft", **AMIR)
    return cli


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_command_of_the_page_does_what_the_page_prints(tmp_path: Path) -> None:
    assert walk(PAGE, tmp_path) >= 12


def test_a_case_is_told_as_json(cli: Cli) -> None:
    cli.ok(
        "case", "bookmark", REF, "gate-1", "--at", "2026-11-22T15:08:23Z", "--label", "a", **AMIR
    )
    cli.ok("case", "exhibit", "add", REF, "--camera", "gate-1", *TIMES, "--label", "b", **AMIR)
    (listed,) = cli.ok("case", "list", "--json").json["cases"]
    assert (listed["reference"], listed["exhibits"], listed["opened_by"]) == (REF, 2, "amir")
    told = cli.ok("case", "show", REF, "--json", "--limit", "1").json
    assert [one["person"] for one in told["case"]["members"]] == ["amir"]
    assert [one["exhibit"] for one in told["exhibits"]] == [1]
    assert told["next_cursor"] == 1
    rest = cli.ok("case", "show", REF, "--json", "--after", "1").json
    (second,) = rest["exhibits"]
    assert (second["content"]["label"], rest["next_cursor"]) == ("b", None)
    offered = second["content"]["hold"]
    assert (offered["case"], offered["from"]) == (REF, "2026-11-22T15:00:00.000000Z")


def test_lists_go_on_in_pages(cli: Cli) -> None:
    for number in range(2):
        cli.ok("case", "open", f"FIR {number}", "--purpose", "theft", "--title", "t", **AMIR)
    first = cli.ok("case", "list", "--json", "--limit", "2").json
    rest = cli.ok("case", "list", "--json", "--after", first["next_cursor"]).json
    found = [one["reference"] for one in first["cases"] + rest["cases"]]
    assert found == ["FIR 1", "FIR 0", REF]
    assert rest["next_cursor"] is None
    assert f"--after {first['next_cursor']}" in cli.ok("case", "list", "--limit", "2").out


def test_notes_are_written_in_versions(cli: Cli) -> None:
    cli.ok("case", "note", REF, "--text", "first", **AMIR)
    cli.ok("case", "note", REF, "--text", "second", "--title", "A robbery", "--was", "2", **AMIR)
    late = cli.refused("case", "note", REF, "--text", "late", "--was", "2", **AMIR)
    assert "version 3, and 2 was read" in late.err
    told = cli.ok("case", "history", REF, "--json").json["versions"]
    assert [(one["version"], one["title"], one["note"], one["by"]) for one in told] == [
        (3, "A robbery", "second", "amir"),
        (2, "A theft", "first", "amir"),
        (1, "A theft", "", "amir"),
    ]
    assert "first" not in cli.ok("audit", "show").out


def test_an_exhibit_is_held_and_doctor_finds_one_that_is_not(cli: Cli) -> None:
    bookmark = ("case", "bookmark", REF, "gate-1", "--at", "2026-11-22T15:08:23Z", "--label", "a")
    told = cli.refused(*bookmark, FOOTAGE_ACTOR="mallory")
    assert "no member of an open case" in told.err
    assert "what comes is held by hold-" in cli.ok(*bookmark, **AMIR).out
    (hold,) = cli.ok("hold", "list", "--json").json
    assert (hold["case"], hold["placed_by"]) == (REF, "amir")
    assert _exhibits_of_doctor(cli)["ok"]
    with closing(sqlite3.connect(cli.home / "register.db")) as register, register:
        register.execute("DELETE FROM holds")  # as a register of before exhibits were held
        for table in ("hold_cameras", "hold_marks"):
            register.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this test
    found = _exhibits_of_doctor(cli)
    assert (found["ok"], f"1 of {REF}" in found["said"]) == (False, True)
    assert "footage case hold" in found["said"]
    assert cli.ok("case", "hold", "--json").json == {"held": 1}
    assert cli.ok("case", "hold").out == "all held\n"
    (again,) = cli.ok("hold", "list", "--json").json
    assert (again["hold"], again["placed_by"]) == (hold["hold"], "service:cases")
    assert _exhibits_of_doctor(cli)["ok"]


def _exhibits_of_doctor(cli: Cli) -> dict[str, Any]:
    findings = cli("doctor", "--json").json
    return next(one for one in findings if one["what"] == "exhibits")


def test_no_text_forges_lines_of_a_terminal(cli: Cli) -> None:
    for wrong in ("two\nlines", "\x1b[2J"):
        cli.refused("case", "open", wrong, "--purpose", "theft", "--title", "t")
        cli.refused("case", "note", REF, "--text", "x", "--title", wrong)
    cli.ok("case", "note", REF, "--text", "\x1b[2Jgone\nsecond line")
    assert "\x1b" not in cli.ok("case", "show", REF).out
    assert "\\x1b[2Jgone" in cli.ok("case", "show", REF).out


def test_members_are_accounts(cli: Cli) -> None:
    told = cli.refused("case", "member", "add", REF, "nobody")
    assert "no person nobody" in told.err
    cli.ok("case", "member", "add", REF, "sadia")
    cli.ok("case", "member", "remove", REF, "amir")
    assert "nobody else" in cli.refused("case", "member", "remove", REF, "sadia").err
    members = cli.ok("case", "show", REF, "--json").json["case"]["members"]
    assert [one["person"] for one in members] == ["sadia"]


def test_acts_for_a_case_are_those_of_members(cli: Cli) -> None:
    for_it = ("--case", REF, "--purpose", "theft")
    acts = [
        ("search", "red", *TIMES, *for_it),
        (*HOLD, *for_it),
        ("export", "--camera", "gate-1", *TIMES, "--out", str(cli.home / "out"), *for_it),
    ]
    for act in acts:
        told = cli.refused(*act, FOOTAGE_ACTOR="mallory")
        assert (told.code, "no member of an open case" in told.err) == (6, True), told.err
    cli.ok(*HOLD, *for_it, **AMIR)
    told = cli.refused(*HOLD, "--case", REF.lower(), "--purpose", "theft", **AMIR)
    assert f"opened as {REF}" in told.err


def test_a_closed_case_is_reopened_before_it_is_worked_on(cli: Cli) -> None:
    for_it = ("--case", REF, "--purpose", "theft")
    hold = cli.ok(*HOLD, *for_it, "--json", **AMIR).json["hold"]
    cli.ok("case", "close", REF, "--reason", "convicted", **AMIR)
    assert "closed" in cli.refused(*HOLD, *for_it, **AMIR).err
    assert "closed" in cli.refused("case", "note", REF, "--text", "x", **AMIR).err
    assert "closed already" in cli.refused("case", "close", REF, "--reason", "x", **AMIR).err
    cli.ok("hold", "release", hold, "--reason", "convicted", *for_it, **AMIR)
    cli.ok("case", "reopen", REF, "--reason", "an appeal", **AMIR)
    cli.ok(*HOLD, *for_it, **AMIR)


def test_a_reference_that_is_not_opened_is_told_where_cases_are_opened(
    cli: Cli, tmp_path: Path
) -> None:
    other = ("--case", "FIR 212/2026", "--purpose", "theft")
    assert "case FIR 212/2026 is not opened here" in cli.ok(*HOLD, *other).err
    assert "not opened" not in cli.ok(*HOLD, "--case", REF, "--purpose", "theft", **AMIR).err
    told = cli.refused(*HOLD, *other, FOOTAGE_CASES__MUST_BE_OPEN="true")
    assert told.code == 6
    assert "not opened" not in told.err
    fresh = CliHere(tmp_path / "fresh")
    fresh.ok("cameras", "add", "gate-1", *SOMEWHERE)
    assert "not opened" not in fresh.ok(*HOLD, *other).err


def test_to_whom_who_exports_is_as_the_settings_say(cli: Cli) -> None:
    rule = {"FOOTAGE_RECIPIENTS__REQUIRED": "true", "FOOTAGE_RECIPIENTS__ONLY__COURT": "sadia, zia"}
    export = ("export", "--camera", "gate-1", *TIMES, "--out", str(cli.home / "out"))
    for_it = ("--case", REF, "--purpose", "theft")
    unsaid = cli.refused(*export, *for_it, **AMIR, **rule)
    assert (unsaid.code, "--recipient-kind, one of" in unsaid.err) == (2, True), unsaid.err
    court = ("--recipient-kind", "court", "--recipient", "the judge")
    told = cli.refused(*export, *for_it, *court, **AMIR, **rule)
    assert (told.code, "amir exports nothing for a recipient" in told.err) == (6, True), told.err
    cli.ok("case", "member", "add", REF, "sadia", **AMIR)
    nothing = cli.refused(*export, *for_it, *court, FOOTAGE_ACTOR="sadia", **rule)
    assert "no footage of gate-1" in nothing.err
    assert "court" in cli.ok("audit", "show", "--case", REF).out


def test_an_authority_document_is_kept_by_its_digest(cli: Cli) -> None:
    order = cli.home.parent / "order.pdf"
    order.write_bytes(b"%PDF the order")
    digest = f"sha256:{hashlib.sha256(b'%PDF the order').hexdigest()}"
    court = ("--authority", "Sessions Court, order 14/2026")
    told = cli.ok("case", "document", REF, str(order), *court, "--json", **AMIR).json
    (document,) = told["documents"]
    assert (document["number"], document["name"], document["size"]) == (1, "order.pdf", 14)
    assert (document["sha256"], document["by"]) == (digest, "amir")
    assert f"order 14/2026 (order.pdf, {digest})" in cli.ok("case", "show", REF).out
    assert digest in cli.ok("audit", "show", "--case", REF).out
    missing = cli.refused("case", "document", REF, str(order.parent / "none.pdf"), *court, **AMIR)
    assert (missing.code, "cannot be read" in missing.err) == (2, True)
    cli.ok("case", "close", REF, "--reason", "done", **AMIR)
    assert "is closed" in cli.refused("case", "document", REF, str(order), *court, **AMIR).err


def test_purpose_codes_are_those_of_the_settings(cli: Cli) -> None:
    codes = {"FOOTAGE_CASES__PURPOSES": "murder, arson"}
    told = cli.refused("case", "open", "FIR 2", "--purpose", "theft", "--title", "t", **codes)
    assert "murder, arson" in told.err
    assert "murder, arson" in cli.refused(*HOLD, "--case", "FIR 9", "--purpose", "x", **codes).err
    cli.ok("case", "open", "FIR 2", "--purpose", "arson", "--title", "t", **codes)


@pytest.mark.parametrize(
    "words",
    [
        ("exhibit", "add", REF, "--label", "x"),
        ("exhibit", "add", REF, "--label", "x", "--camera", "gate-1", "--from", "2h ago"),
        ("exhibit", "add", REF, "--label", "x", "--camera", "gate-1", "--moment", "1.1"),
        ("exhibit", "add", REF, "--label", "x", "--moment", "999.1"),
        ("exhibit", "add", REF, "--label", "x", "--camera", "gate-9", *TIMES),
        ("bookmark", REF, "gate-9", "--at", "2h ago", "--label", "x"),
        ("bookmark", REF, "gate-1", "--at", "soon", "--label", "x"),
        ("bookmark", REF, "gate-1", "--at", "2h ago", "--label", " "),
        ("note", REF, "--exhibit", "1", "--text", "x"),
        ("show", "FIR 9"),
    ],
)
def test_mistakes_are_told_in_a_line_and_change_nothing(cli: Cli, words: tuple[str, ...]) -> None:
    before = cli.ok("case", "show", REF, "--json").out
    assert cli.refused("case", *words).code == 2
    assert json.loads(cli.ok("case", "show", REF, "--json").out) == json.loads(before)


def test_closing_a_case_proposes_the_release_of_its_holds_and_two_persons_decide(cli: Cli) -> None:
    hold = cli.ok(*HOLD, "--case", REF, "--purpose", "theft", "--json", **AMIR).json["hold"]
    other = cli.ok(*HOLD, "--case", "FIR 9", "--purpose", "theft", "--json", **AMIR).json["hold"]
    cli.ok("case", "member", "add", REF, "sadia", **AMIR)
    open_case = cli.refused("case", "release", REF, **AMIR)
    assert "footage case close" in open_case.err
    told = cli.ok("case", "close", REF, "--reason", "done", "--json", **AMIR).json
    assert (told["state"], told["proposed_releases"]) == ("closed", [hold])
    number = str(told["request"])
    assert {one["hold"] for one in cli.ok("hold", "list", "--json").json} == {hold, other}
    waiting = cli.refused("case", "release", REF, **AMIR)
    assert f"footage requests approve {number}" in waiting.err
    assert "own" in cli.refused("requests", "approve", number, **AMIR).err
    assert "1 hold of a closed case" in cli.ok("requests", "list", **AMIR).out
    shown = cli.ok("requests", "show", number, FOOTAGE_ACTOR="sadia").out
    assert hold in shown
    assert "the case is closed" in shown
    cli.ok("requests", "approve", number, FOOTAGE_ACTOR="sadia")
    released = cli.ok("case", "release", REF, "--json", **AMIR).json["released"]
    assert [one["hold"] for one in released] == [hold]
    assert [one["hold"] for one in cli.ok("hold", "list", "--json").json] == [other]
    entries = cli.ok("audit", "show", "--case", REF).out
    assert "approved_by=sadia" in entries
    assert "no hold" in cli.ok("case", "release", REF, **AMIR).out
    cli.ok("case", "reopen", REF, "--reason", "appeal", **AMIR)
    again = cli.ok("case", "close", REF, "--reason", "done", "--json", **AMIR).json
    assert (again["proposed_releases"], again["request"]) == ([], None)


def test_who_closes_and_is_no_member_proposes_nothing(cli: Cli) -> None:
    hold = cli.ok(*HOLD, "--case", REF, "--purpose", "theft", "--json", **AMIR).json["hold"]
    said = cli.ok("case", "close", REF, "--reason", "done", FOOTAGE_ACTOR="mallory").out
    assert f"still held: {hold}" in said
    assert "not proposed: mallory is no member" in said
