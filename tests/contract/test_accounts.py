"""The contract of `footage.ports.Accounts`, on every adapter."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.access import Grant, Permission, Person, Role, person_id
from footage.errors import Conflict, FootageError, NotFound
from footage.ids import DistrictId, SiteId
from footage.ports import (
    ApiToken,
    Credentials,
    Failures,
    Identity,
    PendingSignIn,
    Session,
)
from infra.registers.memory_accounts import MemoryAccounts
from infra.registers.sql_accounts import SqlAccounts
from tests.common.builders import at
from tests.common.clients import clients, raced, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.access import PersonId
    from footage.ports import Accounts

    Opener = Callable[[], Accounts]

ANNA, BORIS = person_id("anna"), person_id("boris")
CODES = frozenset({"code-1", "code-2"})
SECRETS = Credentials("$argon2id$hash", "JBSWY3DP", CODES)
LONG_AGO = at(-1_000_000)
TIMES = 10
"""Number of races of threads; each race is for something new."""


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Function that opens another client of the same accounts at each call."""
    if request.param == "memory":
        shared = MemoryAccounts()
        yield lambda: shared
        return
    with clients(url_of(request), SqlAccounts) as another:
        yield another


@pytest.fixture
def accounts(opener: Opener) -> Accounts:
    """Accounts of Anna."""
    made = opener()
    made.add_person(a_person(), SECRETS)
    return made


def a_person(person: PersonId = ANNA) -> Person:
    return Person(person, "Anna A.", (Grant(Role.INVESTIGATOR),))


def a_session(digest: str = "digest-1", person: PersonId = ANNA, *, start_s: float = 0) -> Session:
    return Session(digest, person, at(start_s), at(start_s), at(start_s + 100))


def a_token(number: str = "token-1", person: PersonId = ANNA, *, start_s: float = 0) -> ApiToken:
    passed = frozenset({Permission.SEARCH, Permission.READ_CAMERAS})
    return ApiToken(number, "digest", person, "night report", passed, at(start_s), at(900))


# ---------------------------------------------------------------- people


def test_a_person_reads_back_whole_by_every_client(opener: Opener, accounts: Accounts) -> None:
    grants = (
        Grant(Role.AUDITOR),
        Grant(
            Role.COURT_LIAISON,
            frozenset({DistrictId("north"), DistrictId("south")}),
            frozenset({SiteId("hall")}),
            recorded_from=at(1),
            recorded_until=at(2),
            expires=at(3),
        ),
    )
    boris = Person(BORIS, "Борис", grants, disabled=True)
    accounts.add_person(boris, Credentials())
    other = opener()
    assert other.person(BORIS) == boris
    assert other.credentials(BORIS) == Credentials()
    assert other.credentials(ANNA) == SECRETS
    assert other.people() == [a_person(), boris]


def test_an_account_name_is_given_once(accounts: Accounts) -> None:
    with pytest.raises(Conflict, match="anna"):
        accounts.add_person(replace(a_person(), name="Another"), Credentials("other"))
    assert accounts.person(ANNA) == a_person()
    assert accounts.credentials(ANNA) == SECRETS


def test_a_change_makes_the_next_version(accounts: Accounts) -> None:
    changed = accounts.change_person(replace(a_person(), name="Anna B.", grants=(), disabled=True))
    assert changed == Person(ANNA, "Anna B.", (), disabled=True, version=2)
    assert accounts.person(ANNA) == changed
    assert accounts.credentials(ANNA) == SECRETS
    assert accounts.change_person(changed).version == 3


def test_a_change_of_what_was_changed_since_is_a_conflict(accounts: Accounts) -> None:
    changed = accounts.change_person(replace(a_person(), name="Anna B."))
    with pytest.raises(Conflict, match="changed"):
        accounts.change_person(replace(a_person(), disabled=True))
    assert accounts.person(ANNA) == changed


def test_nothing_is_told_of_a_person_who_is_not_there(accounts: Accounts) -> None:
    calls: list[Callable[[], object]] = [
        lambda: accounts.person(BORIS),
        lambda: accounts.change_person(a_person(BORIS)),
        lambda: accounts.credentials(BORIS),
        lambda: accounts.set_credentials(BORIS, SECRETS, was=SECRETS),
        lambda: accounts.add_session(a_session(person=BORIS), proven=SECRETS),
        lambda: accounts.add_token(a_token(person=BORIS)),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="boris"):
            call()
    assert accounts.people() == [a_person()]
    assert accounts.tokens(BORIS) == []
    assert not accounts.take_recovery(BORIS, "code-1")
    accounts.end_sessions(BORIS)


def test_of_changes_at_the_same_time_one_counts(opener: Opener, accounts: Accounts) -> None:
    for _ in range(TIMES):
        now = accounts.person(ANNA)
        wanted = [replace(now, name=name) for name in ("one", "two", "three")]
        done = raced(opener, wanted, lambda mine, person: mine.change_person(person))
        (winner,) = (one for one in done if isinstance(one, Person))
        assert sum(isinstance(one, Conflict) for one in done) == 2
        assert accounts.person(ANNA) == winner


# ---------------------------------------------------------------- credentials


def become(accounts: Accounts, credentials: Credentials) -> None:
    """Give ANNA these credentials."""
    accounts.set_credentials(ANNA, credentials, was=accounts.credentials(ANNA))


def begin(accounts: Accounts, session: Session) -> None:
    """Add a session for what lets the person in now."""
    accounts.add_session(session, proven=accounts.credentials(session.person))


def test_credentials_that_were_changed_meanwhile_are_not_replaced(accounts: Accounts) -> None:
    accounts.take_recovery(ANNA, "code-1")
    with pytest.raises(Conflict, match="anna"):
        accounts.set_credentials(ANNA, replace(SECRETS, totp="KRUGS4ZA"), was=SECRETS)
    assert accounts.credentials(ANNA) == replace(SECRETS, recovery=frozenset({"code-2"}))


def test_of_credentials_set_at_the_same_time_one_counts(opener: Opener, accounts: Accounts) -> None:
    for _ in range(TIMES):
        was = accounts.credentials(ANNA)
        wanted = [Credentials(f"{was.password}{number}") for number in range(3)]

        def change(mine: Accounts, new: Credentials, was: Credentials = was) -> None:
            mine.set_credentials(ANNA, new, was=was)

        done = raced(opener, wanted, change)
        assert sum(isinstance(one, Conflict) for one in done) == 2
        assert accounts.credentials(ANNA) in wanted


def test_no_session_begins_for_a_password_or_secret_of_before(accounts: Accounts) -> None:
    for new in (replace(SECRETS, totp="KRUGS4ZA"), Credentials("new")):
        proven = accounts.credentials(ANNA)
        become(accounts, new)
        with pytest.raises(Conflict, match="anna"):
            accounts.add_session(a_session(), proven=proven)
        assert accounts.session("digest-1") is None
    begin(accounts, a_session())


def test_a_session_begins_though_its_recovery_code_is_taken(accounts: Accounts) -> None:
    accounts.take_recovery(ANNA, "code-1")
    accounts.add_session(a_session(), proven=SECRETS)
    assert accounts.session("digest-1") is not None


def test_new_credentials_end_the_sessions_of_the_person_alone(accounts: Accounts) -> None:
    accounts.add_person(a_person(BORIS), Credentials())
    begin(accounts, a_session())
    begin(accounts, a_session("digest-2", BORIS))
    become(accounts, Credentials("new"))
    assert accounts.credentials(ANNA) == Credentials("new")
    assert accounts.session("digest-1") is None
    assert accounts.session("digest-2") is not None


def test_a_time_step_counts_once_and_no_earlier_one_after_it(accounts: Accounts) -> None:
    assert accounts.take_step(ANNA, 7)
    assert not accounts.take_step(ANNA, 7)
    assert not accounts.take_step(ANNA, 6)
    assert accounts.take_step(ANNA, 8)


def test_the_steps_of_two_people_are_apart(accounts: Accounts) -> None:
    accounts.add_person(a_person(BORIS), SECRETS)
    assert accounts.take_step(ANNA, 7)
    assert accounts.take_step(BORIS, 7)


def test_a_step_stays_taken_with_a_new_password_but_not_with_a_new_secret(
    accounts: Accounts,
) -> None:
    accounts.take_step(ANNA, 7)
    become(accounts, replace(SECRETS, password="new"))  # noqa: S106 - of nobody
    assert not accounts.take_step(ANNA, 7)
    become(accounts, replace(SECRETS, totp="KRUGS4ZA"))
    assert accounts.take_step(ANNA, 7)


def test_a_recovery_code_counts_once(accounts: Accounts) -> None:
    assert accounts.take_recovery(ANNA, "code-1")
    assert not accounts.take_recovery(ANNA, "code-1")
    assert not accounts.take_recovery(ANNA, "code-3")
    assert accounts.credentials(ANNA) == replace(SECRETS, recovery=frozenset({"code-2"}))


@pytest.mark.usefixtures("accounts")
def test_of_calls_at_the_same_time_one_takes_the_step(opener: Opener) -> None:
    for step in range(1, TIMES):
        taken = raced(opener, [step] * 3, lambda mine, number: mine.take_step(ANNA, number))
        assert (taken.count(True), taken.count(False)) == (1, 2)


def test_of_calls_at_the_same_time_one_takes_the_recovery_code(
    opener: Opener, accounts: Accounts
) -> None:
    codes = [f"code-{number}" for number in range(2 * TIMES)]
    become(accounts, replace(SECRETS, recovery=frozenset(codes)))
    for one, other in zip(codes[::2], codes[1::2], strict=True):
        wanted = [one, one, other]
        taken = raced(opener, wanted, lambda mine, code: mine.take_recovery(ANNA, code))
        assert (taken[:2].count(True), taken[:2].count(False)) == (1, 1)
        assert taken[2] is True, "another code is no part of the race"
    assert accounts.credentials(ANNA).recovery == frozenset()


# ---------------------------------------------------------------- failed sign-ins


def test_failures_are_counted_by_name_until_forgotten(accounts: Accounts) -> None:
    assert accounts.failures("anna") is None
    assert accounts.note_failure("anna", at(1), forget_before=LONG_AGO) == Failures(1, at(1))
    assert accounts.note_failure("anna", at(2), forget_before=LONG_AGO) == Failures(2, at(2))
    accounts.note_failure("nobody", at(3), forget_before=LONG_AGO)
    accounts.forget_failures("anna")
    assert accounts.failures("anna") is None
    assert accounts.failures("nobody") == Failures(1, at(3))


def test_failures_of_any_name_are_forgotten_when_old(accounts: Accounts) -> None:
    for name in ("anna", "boris", "recent"):
        accounts.note_failure(name, at(1), forget_before=LONG_AGO)
    accounts.note_failure("recent", at(5), forget_before=LONG_AGO)
    assert accounts.note_failure("anna", at(9), forget_before=at(5)) == Failures(1, at(9))
    assert accounts.failures("boris") is None
    assert accounts.failures("recent") == Failures(2, at(5))


@pytest.mark.parametrize("name", ["n" * 100_000, "nul\x00", "half \ud800"])
def test_any_text_can_fail_to_sign_in(accounts: Accounts, name: str) -> None:
    assert accounts.note_failure(name, at(1), forget_before=LONG_AGO).count == 1
    assert accounts.failures(name) == Failures(1, at(1))


@pytest.mark.slow
def test_failures_at_the_same_time_are_all_counted(opener: Opener, accounts: Accounts) -> None:
    for number in range(TIMES):
        accounts.note_failure(f"old-{number}", at(number), forget_before=LONG_AGO)
        names = ["anna", "anna", "boris", f"old-{number}"]
        done = raced(
            opener,
            names,
            lambda mine, name: mine.note_failure(name, at(900), forget_before=at(500)),
        )
        assert all(isinstance(one, Failures) for one in done)
    assert accounts.failures("anna") == Failures(2 * TIMES, at(900))
    assert accounts.failures("boris") == Failures(TIMES, at(900))


# ---------------------------------------------------------------- sessions


def test_a_session_reads_back_until_ended(opener: Opener, accounts: Accounts) -> None:
    begin(accounts, a_session())
    assert opener().session("digest-1") == a_session()
    accounts.touch_session("digest-1", at(60))
    assert accounts.session("digest-1") == replace(a_session(), seen=at(60))
    accounts.touch_session("digest-1", at(30))
    assert accounts.session("digest-1") == replace(a_session(), seen=at(60))
    accounts.end_session("digest-1")
    assert accounts.session("digest-1") is None
    accounts.touch_session("digest-1", at(61))
    accounts.end_session("digest-1")
    assert accounts.session("digest-1") is None


def test_a_session_is_given_once(accounts: Accounts) -> None:
    begin(accounts, a_session())
    with pytest.raises(Conflict) as caught:
        begin(accounts, a_session(start_s=1))
    assert "digest-1" not in "".join(traceback.format_exception(caught.value))
    assert accounts.session("digest-1") == a_session()


def test_all_sessions_of_a_person_end(accounts: Accounts) -> None:
    accounts.add_person(a_person(BORIS), Credentials())
    for digest, person in (("digest-1", ANNA), ("digest-2", ANNA), ("digest-3", BORIS)):
        begin(accounts, a_session(digest, person))
    accounts.end_sessions(ANNA)
    left = [accounts.session(f"digest-{number}") for number in (1, 2, 3)]
    assert left == [None, None, a_session("digest-3", BORIS)]


def test_expired_sessions_are_removed_when_another_starts(accounts: Accounts) -> None:
    begin(accounts, a_session())
    begin(accounts, a_session("digest-2", start_s=100))
    assert accounts.session("digest-1") == a_session(), "it expires at this very instant"
    begin(accounts, a_session("digest-3", start_s=101))
    assert accounts.session("digest-1") is None
    assert accounts.session("digest-2") is not None


# ---------------------------------------------------------------- tokens


def test_a_token_reads_back_until_revoked_once(opener: Opener, accounts: Accounts) -> None:
    accounts.add_token(a_token())
    assert opener().token("token-1") == a_token()
    assert accounts.token("token-2") is None
    revoked = accounts.revoke_token("token-1", at(5))
    assert revoked == replace(a_token(), revoked=at(5))
    assert accounts.revoke_token("token-1", at(6)) == revoked
    assert opener().token("token-1") == revoked
    with pytest.raises(NotFound, match="token-2"):
        accounts.revoke_token("token-2", at(5))


def test_a_token_is_given_once(accounts: Accounts) -> None:
    accounts.add_token(a_token())
    with pytest.raises(Conflict, match="token-1"):
        accounts.add_token(replace(a_token(), label="another"))
    assert accounts.tokens() == [a_token()]


def test_tokens_come_by_creation_and_id(accounts: Accounts) -> None:
    accounts.add_person(a_person(BORIS), Credentials())
    later, second = a_token("a", start_s=2), a_token("c", BORIS, start_s=1)
    first = a_token("b", start_s=1)
    for token in (later, second, first):
        accounts.add_token(token)
    assert accounts.tokens() == [first, second, later]
    assert accounts.tokens(ANNA) == [first, later]


# ---------------------------------------------------------------- shared secrets


def test_a_shared_secret_stays_and_is_of_its_name(opener: Opener, accounts: Accounts) -> None:
    one = accounts.shared_secret("cookies")
    assert len(one) == 32
    assert opener().shared_secret("cookies") == one
    assert accounts.shared_secret("links") != one


def test_first_calls_at_the_same_time_get_the_same_secret(opener: Opener) -> None:
    opener()
    for number in range(TIMES):
        name = f"secret-{number}"
        found = raced(opener, [name] * 3, lambda mine, one: mine.shared_secret(one))
        assert len(set(found)) == 1
        assert opener().shared_secret(name) == found[0]


# ---------------------------------------------------------------- secrecy


def test_no_secret_is_told_when_credentials_cannot_be_stored(opener: Opener) -> None:
    accounts = opener()
    unfit = Credentials("geheim \ud800", "geheim", frozenset({"geheim"}))
    said = [repr(accounts), repr(unfit), repr(a_session("geheim"))]
    try:
        accounts.add_person(a_person(), unfit)  # in memory all can be stored
    except FootageError as exc:
        said += traceback.format_exception(exc)
    assert "geheim" not in "".join(said)


# ------------------------------------------------------------------------ identities of a provider

AT_HOME = Identity("https://id.example", "7f3a")


def test_an_identity_is_found_by_issuer_and_subject(accounts: Accounts) -> None:
    linked = replace(SECRETS, identity=AT_HOME)
    assert accounts.identified(AT_HOME) is None
    accounts.set_credentials(ANNA, linked, was=SECRETS)
    assert accounts.identified(AT_HOME) == ANNA
    assert accounts.credentials(ANNA) == linked
    for other in (replace(AT_HOME, subject="7f3b"), replace(AT_HOME, issuer="https://id.other")):
        assert accounts.identified(other) is None
    accounts.set_credentials(ANNA, SECRETS, was=linked)
    assert accounts.identified(AT_HOME) is None


def test_an_identity_is_that_of_one_person(accounts: Accounts) -> None:
    accounts.add_person(a_person(BORIS), Credentials())
    accounts.set_credentials(ANNA, replace(SECRETS, identity=AT_HOME), was=SECRETS)
    with pytest.raises(Conflict, match="anna"):
        accounts.set_credentials(BORIS, Credentials(identity=AT_HOME), was=Credentials())
    assert accounts.credentials(BORIS) == Credentials()
    same = replace(SECRETS, identity=AT_HOME)
    accounts.set_credentials(ANNA, replace(same, totp=""), was=same)
    assert accounts.identified(AT_HOME) == ANNA


def test_a_session_is_not_added_for_an_identity_that_is_linked_no_more(accounts: Accounts) -> None:
    linked = replace(SECRETS, identity=AT_HOME)
    accounts.set_credentials(ANNA, linked, was=SECRETS)
    session = replace(a_session(), issuer=AT_HOME.issuer)
    accounts.add_session(session, proven=linked)
    assert accounts.session(session.digest) == session
    accounts.set_credentials(ANNA, SECRETS, was=linked)
    assert accounts.session(session.digest) is None
    with pytest.raises(Conflict):
        accounts.add_session(session, proven=linked)


def a_pending(state: str = "state-1", *, ends_s: float = 600) -> PendingSignIn:
    return PendingSignIn(state, "browser", "/after?a=1", at(ends_s))


def test_a_pending_sign_in_is_taken_once(accounts: Accounts) -> None:
    accounts.add_pending(a_pending(), at(0))
    with pytest.raises(Conflict):
        accounts.add_pending(a_pending(), at(0))
    assert accounts.take_pending("state-2") is None
    assert accounts.take_pending("state-1") == a_pending()
    assert accounts.take_pending("state-1") is None


def test_expired_pending_sign_ins_go_when_another_is_added(accounts: Accounts) -> None:
    accounts.add_pending(a_pending("old", ends_s=10), at(0))
    accounts.add_pending(a_pending("younger", ends_s=20), at(0))
    accounts.add_pending(a_pending("new"), at(15))
    assert accounts.take_pending("old") is None
    assert accounts.take_pending("younger") is not None
