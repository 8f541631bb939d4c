"""Faults that only accounts on SQL can have: rows of another version, secrets in the file."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from footage.access import Grant, Permission, Person, Role, person_id
from footage.clock import SystemClock
from footage.errors import DataLoss, Unavailable
from footage.ports import ApiToken, Credentials
from infra.host.file_lock import WAIT
from infra.registers.sql_accounts import SqlAccounts
from infra.registers.sql_engine import Database
from tests.common.builders import START, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANNA = person_id("anna")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'register.db'}"


@pytest.fixture
def accounts(url: str) -> Iterator[SqlAccounts]:
    """Accounts of Anna, an auditor with a token."""
    made = SqlAccounts(url)
    made.add_person(Person(ANNA, "Anna", (Grant(Role.AUDITOR),)), Credentials("hash"))
    passed = frozenset({Permission.READ_CUSTODY})
    made.add_token(ApiToken("token-1", "digest", ANNA, "report", passed, START, at(9)))
    yield made
    made.close()


def rewrite(url: str, statement: str) -> None:
    database = Database(url, clock=SystemClock(), wait=WAIT)
    with closing(database), database.transaction() as connection:
        assert connection.execute(text(statement)).rowcount == 1


@pytest.mark.parametrize("grants", ["[{", "[7]", "[{}]", '[{"role": "mayor"}]'])
def test_a_grant_that_cannot_be_read_is_never_left_out(
    url: str, accounts: SqlAccounts, grants: str
) -> None:
    rewrite(url, f"UPDATE people SET grants = '{grants}'".replace(":", r"\:"))  # noqa: S608 - our own
    for read in (lambda: accounts.person(ANNA), accounts.people):
        with pytest.raises(DataLoss, match="grants of anna"):
            read()


def test_a_permission_that_cannot_be_read_is_never_left_out(
    url: str, accounts: SqlAccounts
) -> None:
    rewrite(url, """UPDATE api_tokens SET permissions = '["fly"]'""")
    with pytest.raises(DataLoss, match="token-1"):
        accounts.token("token-1")


def test_what_was_typed_as_a_name_is_not_in_the_file(accounts: SqlAccounts, tmp_path: Path) -> None:
    """A password is typed into the wrong field now and then."""
    accounts.note_failure("geheim", START, forget_before=START)
    accounts.close()
    for path in tmp_path.iterdir():
        assert b"geheim" not in path.read_bytes()


def test_a_server_that_is_not_there_is_unavailable_and_no_password_is_told() -> None:
    with pytest.raises(Unavailable) as caught:
        SqlAccounts("postgresql://footage:geheim@127.0.0.1:9/footage")
    assert "geheim" not in str(caught.value) + repr(caught.value)


def test_a_repr_names_the_database(accounts: SqlAccounts) -> None:
    assert "register.db" in repr(accounts)
