"""docs/people.md says of roles, sign-ins and passwords what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from api.people import codes, passwords, sign_in
from footage.access import GIVES, Permission, Role

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "people.md").read_text(encoding="utf-8")


def test_the_table_of_roles_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ((?:`[a-z-]+` ?)+)\|$", PAGE, re.MULTILINE)
    told = {Role(role): set(map(Permission, re.findall(r"[a-z-]+", may))) for role, may in rows}
    assert told == {role: set(permissions) for role, permissions in GIVES.items()}


def test_the_numbers_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    locked, idle, longest = (
        int(one.in_seconds) for one in (sign_in.LOCKED_FOR, sign_in.IDLE, sign_in.LONGEST)
    )
    failures = sign_in.MOST_FAILURES
    assert (
        f"{failures} sign-ins that failed in a row an account is locked for {locked // 60} m"
        in text
    )
    assert f"ends {idle // 60} minutes after the last request, and {longest // 3600} hours" in text
    assert f"{passwords.SHORTEST} to {passwords.LONGEST} characters" in text
    assert codes.RECOVERY_CODES == 10, "the page says ten"
