"""`footage users`, as an administrator runs it."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.people import codes
from footage.clock import SystemClock
from tests.common.api_city import parts_of
from tests.common.cli import Cli, CliHere
from tests.common.walked_page import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.wiring import Parts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "people.md"
PASSWORD = "four words without sense"  # noqa: S105 - of nobody
ANNA = ("users", "add", "anna.berg", "--name", "Anna Berg")

Answer = tuple[str, "str | Callable[[str], str]"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home without people, and a file with a password beside it."""
    (tmp_path / "password").write_text(f"{PASSWORD}\nnot this\n", encoding="utf-8")
    return CliHere(tmp_path / "home")


@pytest.fixture
def anna(cli: Cli) -> Cli:
    """A home with Anna, an investigator of all footage."""
    cli.ok(*ANNA, "--role", "investigator", "--password-file", str(cli.home.parent / "password"))
    return cli


def on_terminal(cli: Cli, words: list[str], answers: list[Answer]) -> tuple[int, str]:
    """Run a command on a terminal, and type an answer after each prompt.

    Args:
        cli: The home.
        words: The words after `footage`.
        answers: Ends of prompts, each with the answer, or a function from what was printed to it.

    Returns:
        Exit code, and what the terminal showed.
    """
    environment = {**os.environ, "FOOTAGE_HOME": str(cli.home)}
    child, terminal = pty.fork()
    if child == 0:
        argv = [sys.executable, "-m", "infra.cli", *words]
        os.execve(sys.executable, argv, environment)  # noqa: S606 - our own program
    shown = ""
    while True:
        try:
            piece = os.read(terminal, 4_096).decode()
        except OSError:  # the program closed the terminal
            break
        shown += piece
        if answers and shown.endswith(answers[0][0]):
            _, answer = answers.pop(0)
            os.write(terminal, f"{answer if isinstance(answer, str) else answer(shown)}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


def lets_in(parts: Parts, password: str) -> bool:
    from api.people.passwords import Passwords  # noqa: PLC0415 - only where passwords are tried

    kept = parts.accounts.credentials(parts.accounts.people()[0].id)
    return Passwords().accepts(kept.password, password)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_command_of_the_page_does_what_the_page_prints(tmp_path: Path) -> None:
    assert walk(PAGE, tmp_path) >= 13


def test_a_person_is_added_with_the_password_of_a_file(anna: Cli) -> None:
    parts = parts_of(anna.home)
    assert lets_in(parts, PASSWORD)
    parts.close()
    (person,) = Cli(anna.home).ok("users", "list", "--json").json
    assert (person["person"], person["name"]) == ("anna.berg", "Anna Berg")
    assert [grant["role"] for grant in person["grants"]] == ["investigator"]
    assert (person["password"], person["second_factor"], person["version"]) == (True, False, 1)
    again = Cli(anna.home).refused(*ANNA, "--role", "auditor", "--no-password")
    assert (again.code, "anna.berg already" in again.err) == (6, True)


def test_the_password_is_asked_for_twice_and_not_shown(cli: Cli) -> None:
    prompts: list[Answer] = [("Password of anna.berg: ", PASSWORD), ("confirmation: ", PASSWORD)]
    code, shown = on_terminal(cli, [*ANNA, "--role", "auditor"], prompts)
    assert (code, prompts) == (0, [])
    assert "anna.berg added: auditor" in shown
    assert PASSWORD not in shown
    parts = parts_of(cli.home)
    assert lets_in(parts, PASSWORD)
    parts.close()


def test_nobody_is_added_without_a_password_or_a_terminal(cli: Cli, tmp_path: Path) -> None:
    refused = cli.refused(*ANNA, "--role", "auditor")
    assert (refused.code, "--password-file" in refused.err) == (2, True)
    (tmp_path / "short").write_text("hunter2\n", encoding="utf-8")
    refused = cli.refused(*ANNA, "--role", "auditor", "--password-file", str(tmp_path / "short"))
    assert refused.code == 2
    assert "hunter2" not in refused.out + refused.err
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\n")
    for unread in ("bytes", "nowhere"):
        path = str(tmp_path / unread)
        assert cli.refused(*ANNA, "--role", "auditor", "--password-file", path).code == 3
    both = cli.refused(*ANNA, "--role", "auditor", "--no-password", "--password-file", "x")
    assert both.code == 2
    assert cli.ok("users", "list", "--json").json == []


def test_a_grant_is_limited_given_and_taken(anna: Cli) -> None:
    anna.ok("cameras", "add", "c-1", "--site", "hall", "--district", "north",
            "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    limits = ("--district", "north", "--site", "hall", "--recorded-from", "2026-11-01 06:00",
              "--recorded-until", "2026-12-01T00:00:00Z", "--expires", "2037-01-01")  # fmt: skip
    given = anna.ok("users", "grant", "anna.berg", "--role", "court-liaison", *limits, "--json")
    assert given.json["grants"][1] == {
        "role": "court-liaison",
        "districts": ["north"],
        "sites": ["hall"],
        "recorded_from": "2026-11-01T01:00:00.000000Z",
        "recorded_until": "2026-12-01T00:00:00.000000Z",
        "expires": "2036-12-31T19:00:00.000000Z",
    }
    again = anna.refused("users", "grant", "anna.berg", "--role", "court-liaison", *limits)
    assert (again.code, "already" in again.err) == (6, True)
    shown = anna.ok("users", "show", "anna.berg").out
    assert re.search(r"│ 2 +│ court-liaison +│ district north, site hall +│ from 2026-11-01", shown)
    assert anna.refused("users", "revoke", "anna.berg", "3").code == 2
    taken = anna.ok("users", "revoke", "anna.berg", "1")
    assert "taken from anna.berg: investigator" in taken.out
    (left,) = anna.ok("users", "show", "anna.berg", "--json").json["grants"]
    assert left["role"] == "court-liaison"


def test_a_grant_that_can_reach_nothing_is_refused(anna: Cli) -> None:
    for wrong, told in (
        (("--district", "nort"), "no district nort"),
        (("--site", "halle"), "no site halle"),
        (("--expires", "yesterday 18:00"), "ended"),
        (("--recorded-from", "2026-12-01", "--recorded-until", "2026-11-01"), "swap"),
        (("--expires", "soon"), "not a time"),
    ):
        refused = anna.refused("users", "grant", "anna.berg", "--role", "auditor", *wrong)
        assert (refused.code, told in refused.err) == (2, True), refused.err
    assert len(anna.ok("users", "show", "anna.berg", "--json").json["grants"]) == 1


def test_a_person_is_disabled_and_let_in_again(anna: Cli) -> None:
    assert anna.ok("users", "disable", "anna.berg").out == "anna.berg is disabled\n"
    again = anna.ok("users", "disable", "anna.berg", "--json").json
    assert (again["disabled"], again["version"]) == (True, 2)
    assert "(Anna Berg): disabled" in anna.ok("users", "show", "anna.berg").out
    assert anna.ok("users", "enable", "anna.berg", "--json").json["disabled"] is False
    assert anna.refused("users", "enable", "nobody").code == 2


def test_a_new_password_replaces_the_old_one(anna: Cli, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("other words make no sense\n", encoding="utf-8")
    anna.ok("users", "password", "anna.berg", "--password-file", str(tmp_path / "new"))
    parts = parts_of(anna.home)
    assert lets_in(parts, "other words make no sense")
    assert not lets_in(parts, PASSWORD)
    parts.close()


def test_a_second_factor_starts_with_a_code_of_the_device(anna: Cli) -> None:
    def typed(shown: str) -> str:
        secret = re.search(r"secret: +(\w+)", shown)
        assert secret
        assert f"secret={secret[1]}" in shown, "the address has it too"
        return code_of(secret[1])

    prompt = "Code that the device shows: "
    start = ["users", "second-factor", "anna.berg", "--on"]
    code, shown = on_terminal(anna, start, [(prompt, "000000000")])
    assert (code, "not of this secret" in shown) == (2, True)
    assert not anna.ok("users", "show", "anna.berg", "--json").json["second_factor"]
    code, shown = on_terminal(anna, start, [(prompt, typed)])
    assert code == 0, shown
    recovery = re.findall(r"^  ([a-z0-9-]{19})\r?$", shown, re.MULTILINE)
    assert len(set(recovery)) == codes.RECOVERY_CODES
    parts = parts_of(anna.home)
    (person,) = parts.accounts.people()
    assert parts.accounts.take_recovery(person.id, codes.recovery_digest(recovery[0]))
    parts.close()
    assert anna.ok("users", "show", "anna.berg", "--json").json["recovery_codes"] == 9
    anna.ok("users", "second-factor", "anna.berg", "--off")
    assert not anna.ok("users", "show", "anna.berg", "--json").json["second_factor"]
    said = anna.ok("audit", "show", "--json").out
    assert not [each for each in recovery if each in said]


def code_of(secret: str) -> str:
    """The present code of a secret, found without an authenticator of ours."""
    import pyotp  # noqa: PLC0415 - as an authenticator would

    return pyotp.TOTP(secret).now()


def test_a_token_is_printed_once_and_revoked(anna: Cli) -> None:
    asked = ("--label", "night report", "--allow", "search", "--allow", "watch")
    year = (SystemClock().now().to_datetime().year) + 1
    until = ("--expires", f"{year}-01-01")
    made = anna.ok("users", "token", "anna.berg", *asked, *until, "--json").json
    assert (made["person"], made["permissions"]) == ("anna.berg", ["search", "watch"])
    assert made["bearer"].startswith(f"ftg_{made['token']}_")
    secret = made["bearer"].split("_", 2)[2]
    plain = anna.ok("users", "token", "anna.berg", *asked, *until)
    assert re.fullmatch(r"ftg_[0-9a-f]{12}_\S{43}\n", plain.out), "a file takes it as it is"
    listed = anna.ok("users", "tokens", "--json").json
    assert [token["label"] for token in listed] == ["night report"] * 2
    anna.ok("users", "revoke-token", made["token"])
    states = anna.ok("users", "tokens", "anna.berg", "--json").json
    assert sorted(token["revoked"] is None for token in states) == [False, True]
    log = anna.ok("audit", "show", "--json").out
    assert secret not in log + anna.ok("users", "tokens").out
    assert made["token"] in log
    assert anna.refused("users", "revoke-token", "0" * 12).code == 2
    assert anna.refused("users", "tokens", "nobody").code == 2


def test_a_token_passes_on_no_more_than_the_person_has(anna: Cli) -> None:
    token = ("users", "token", "anna.berg", "--label", "x")
    refused = anna.refused(*token, "--allow", "manage-people", "--expires", "2036-01-01")
    assert refused.code in {2, 6}
    assert anna.refused(*token, "--allow", "search", "--expires", "2h ago").code == 2
    assert anna.ok("users", "tokens", "--json").json == []


def test_each_change_is_entered_before_and_after_without_the_password(anna: Cli) -> None:
    anna.ok("users", "grant", "anna.berg", "--role", "auditor", FOOTAGE_ACTOR="amir")
    entries = [
        (entry["actor"], entry["phase"], entry["what"].get("change"))
        for entry in anna.ok("audit", "show", "--json").json
        if entry["action"] == "people"
    ]
    assert [phase for _, phase, _ in entries] == ["intent", "outcome"] * 2
    assert entries[2][::2] == ("amir", "changed")
    assert PASSWORD not in anna.ok("audit", "show", "--json").out
    assert anna.ok("audit", "verify", "--json").json["whole"]
