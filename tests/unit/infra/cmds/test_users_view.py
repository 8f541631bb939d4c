"""The words for people, grants and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.access import Grant, Permission, Person, Role, person_id
from footage.ids import DistrictId, SiteId
from footage.ports import ApiToken, Credentials, Failures
from infra.cmds import users_view
from infra.cmds.output import local
from tests.common.builders import START, at

if TYPE_CHECKING:
    from footage.instant import Instant

ANNA = person_id("anna")
ZONE = "UTC"
NORTH = frozenset({DistrictId("north")})


@pytest.mark.parametrize(
    ("grant", "places", "recorded", "ends"),
    [
        (Grant(Role.AUDITOR), "all", "any time", "never"),
        (
            Grant(Role.AUDITOR, NORTH, frozenset({SiteId("b"), SiteId("a")})),
            "district north, site a, site b",
            "any time",
            "never",
        ),
        (
            Grant(Role.AUDITOR, recorded_from=START, expires=at(1)),
            "all",
            f"from {local(START, ZONE)}",
            local(at(1), ZONE),
        ),
        (
            Grant(Role.AUDITOR, recorded_from=START, recorded_until=at(1), expires=at(0)),
            "all",
            f"from {local(START, ZONE)} until {local(at(1), ZONE)}",
            f"{local(at(0), ZONE)}, ended",
        ),
    ],
)
def test_a_grant_in_words(grant: Grant, places: str, recorded: str, ends: str) -> None:
    assert users_view.grant_cells(grant, START, ZONE) == (places, recorded, ends)


def test_a_person_in_words() -> None:
    person = Person(ANNA, "Anna\x1b[2J", disabled=True)
    assert users_view.person_lines(person, Credentials(), None, ZONE) == [
        "anna (Anna\\x1b[2J): disabled",
        "password: none, tokens alone let in",
        "second factor: off",
    ]
    secrets = Credentials("hash", "secret", frozenset({"code"}))
    said = users_view.person_lines(person, secrets, Failures(2, START), ZONE)
    assert said[1:] == [
        "password: set",
        "second factor: on, 1 recovery code left",
        f"failed: 2 sign-ins in a row, the last {local(START, ZONE)}",
    ]


def test_roles_are_those_that_hold_and_limits_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    limited = Grant(Role.INVESTIGATOR, NORTH)
    people = [
        Person(person_id("both"), "B", (limited, Grant(Role.INVESTIGATOR))),
        Person(person_id("ended"), "E", (Grant(Role.AUDITOR, expires=START),)),
        Person(person_id("part"), "P", (limited, Grant(Role.AUDITOR))),
    ]
    credentials = {person.id: Credentials() for person in people}
    users_view.people_table(people, credentials, START)
    cells = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("│")
    ]
    assert [row[2] for row in cells] == [
        "investigator",
        "none",
        "auditor, investigator (limited)",
    ]


@pytest.mark.parametrize(
    ("now", "revoked", "said"),
    [
        (at(9), None, "counts"),
        (at(10), None, "ended"),
        (at(20), at(5), f"revoked {local(at(5), ZONE)}"),
    ],
)
def test_a_token_counts_until_it_ends_or_is_revoked(
    now: Instant, revoked: Instant | None, said: str
) -> None:
    passed = frozenset({Permission.SEARCH})
    token = ApiToken("t", "digest", ANNA, "report", passed, START, at(10), revoked)
    assert users_view.token_state(token, now, ZONE) == said
