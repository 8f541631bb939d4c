"""Sign-in by a provider, without HTTP: what counts once, in which browser, until when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from api.people.by_provider import AFTER, WITHIN, Begun, ProviderSignIn, Return, path_of
from api.people.passwords import Passwords
from api.people.service import AccountService
from api.people.sign_in import SignIn
from api.problems import Problem
from footage.access import Grant, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SimulatedClock
from footage.errors import BadInput, Misconfigured, NotFound, Unavailable
from footage.instant import Elapsed
from footage.ports import Identity
from infra.registers.memory_accounts import MemoryAccounts
from tests.common.builders import a_register, at
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from footage.access import PersonId
    from footage.errors import FootageError
    from footage.ports import Challenge

SADIA, BY = person_id("sadia"), Purpose("root")
ISSUER = "https://id.example"


@dataclass
class OneProvider:
    """A provider that vouches for `subject`, to whoever answers the challenge it was sent."""

    subject: str = "7f3a"
    issuer: str = ISSUER
    sent: list[Challenge] = field(default_factory=list)
    fault: FootageError | None = None

    def address_for(self, challenge: Challenge) -> str:
        if self.fault:
            raise self.fault
        self.sent.append(challenge)
        return f"{ISSUER}/authorize?state={challenge.state}"

    def identify(self, code: str, challenge: Challenge, *, issuer: str | None) -> Identity:
        assert (code, issuer) == ("code", None)
        if self.fault:
            raise self.fault
        assert challenge in self.sent, "nonce and verifier are those of the challenge sent"
        return Identity(ISSUER, self.subject)

    def sign_out_address(self) -> str | None:
        return f"{ISSUER}/out"


@dataclass
class House:
    """A sign-in by a provider over people in memory."""

    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(at(0)))
    custody: CustodyList = field(default_factory=CustodyList)
    provider: OneProvider = field(default_factory=OneProvider)

    def __post_init__(self) -> None:
        self.accounts = MemoryAccounts()
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.sign_in = SignIn(self.accounts, passwords, self.custody, self.clock)
        self.by = ProviderSignIn(self.provider, self.accounts, self.sign_in, self.clock)
        self.people = AccountService(
            self.accounts, a_register(), passwords, self.custody, self.clock
        )
        self.people.add(SADIA, "Sadia", [Grant(Role.INVESTIGATOR)], "", BY)
        self.people.link(SADIA, Identity(ISSUER, "7f3a"), BY)

    def back(self, begun: Begun) -> Return:
        """What the browser brings back that began."""
        state = begun.address.rpartition("=")[2]
        return Return(state, "code", None, "", begun.secret)

    def refusal(self, back: Return) -> Problem:
        with pytest.raises(Problem) as caught:
            self.by.finish(back)
        assert not self.accounts._sessions
        return caught.value


@pytest.fixture
def house() -> House:
    return House()


def test_a_person_who_is_vouched_for_gets_a_session(house: House) -> None:
    caller, after = house.by.finish(house.back(house.by.begin("/page")))
    assert (caller.person.id, after, caller.issuer) == (SADIA, "/page", ISSUER)
    known = house.sign_in.by_cookie(caller.cookie)
    assert known is not None
    assert known.issuer == ISSUER
    assert house.by.sign_out_address(known) == f"{ISSUER}/out"
    assert house.by.sign_out_address(replace(known, issuer="")) is None
    entered = house.custody.intents[-1]
    assert (entered.action, entered.purpose.actor) == (Action.SIGN_IN, "sadia")
    assert entered.what == {"vouched_by": ISSUER}


def test_a_return_counts_once(house: House) -> None:
    back = house.back(house.by.begin(""))
    house.by.finish(back)
    house.accounts.end_sessions(SADIA)
    assert house.refusal(back).kind == "sign-in-refused"


def test_a_return_that_failed_counts_no_second_time(house: House) -> None:
    back = house.back(house.by.begin(""))
    assert "another browser" in house.refusal(replace(back, secret="x")).detail  # noqa: S106
    assert "over" in house.refusal(back).detail


def test_a_return_comes_in_time(house: House) -> None:
    back = house.back(house.by.begin(""))
    house.clock.sleep(WITHIN)
    assert house.refusal(back).kind == "sign-in-refused"
    back = house.back(house.by.begin(""))
    house.clock.sleep(WITHIN - Elapsed(1))
    house.by.finish(back)


def test_two_sign_ins_have_nothing_in_common(house: House) -> None:
    one, other = house.by.begin(""), house.by.begin("")
    crossed = replace(house.back(one), secret=other.secret)
    assert "another browser" in house.refusal(crossed).detail
    first, second = house.provider.sent
    assert len({first.nonce, first.verifier, second.nonce, second.verifier}) == 4
    assert all(43 <= len(one.verifier) <= 128 for one in house.provider.sent)


def test_the_register_keeps_no_secret_of_a_sign_in(house: House) -> None:
    begun = house.by.begin("")
    (kept,) = house.accounts._pending.values()
    (challenge,) = house.provider.sent
    for secret in (begun.secret, challenge.state, challenge.nonce, challenge.verifier):
        assert secret not in (kept.state_digest, kept.browser_digest, kept.after)


@pytest.mark.parametrize("fault", [Unavailable("at 10.0.0.1"), Misconfigured("at 10.0.0.1")])
def test_a_provider_at_fault_is_told_without_its_words(house: House, fault: FootageError) -> None:
    back = house.back(house.by.begin(""))
    house.provider.fault = fault
    told = house.refusal(back)
    assert (told.status, told.kind) == (503, "provider-unavailable")
    assert "10.0.0.1" not in told.detail
    with pytest.raises(Problem, match="does not answer"):
        house.by.begin("")


@pytest.mark.parametrize(
    ("by_password", "said"),
    [(True, "; accounts with a password"), (False, "; accounts that are not linked with a pass")],
)
def test_while_the_provider_is_away_who_may_sign_in_is_told_truly(
    house: House,
    by_password: bool,  # noqa: FBT001 - a parameter of the test
    said: str,
) -> None:
    house.provider.fault = Unavailable("away")
    house.by = replace(house.by, sign_in=replace(house.sign_in, linked_by_password=by_password))
    with pytest.raises(Problem) as caught:
        house.by.begin("")
    assert said in caught.value.detail


def test_nobody_is_let_in_whose_sign_in_cannot_be_entered(house: House) -> None:
    back = house.back(house.by.begin(""))
    house.custody.refuses = True
    with pytest.raises(Unavailable):
        house.by.finish(back)
    assert not house.accounts._sessions


def test_whoever_is_linked_no_more_while_signing_in_is_not_let_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is unlinked between the look at the link and the session."""
    back = house.back(house.by.begin(""))
    entered = house.custody.intent

    def meanwhile(deed: object) -> int:
        monkeypatch.undo()
        number = entered(deed)  # type: ignore[arg-type]
        house.people.unlink(SADIA, BY)
        return number

    monkeypatch.setattr(house.custody, "intent", meanwhile)
    assert house.refusal(back).kind == "sign-in-refused"
    assert house.custody.outcomes[-2][1] is True, "the unlinking"
    assert house.custody.outcomes[-1][1] is False, "the sign-in"


def test_whoever_is_linked_to_somebody_else_while_signing_in_is_not_let_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is linked anew between the look for the person and the look at the link."""
    back = house.back(house.by.begin(""))
    found = house.accounts.identified

    def meanwhile(identity: Identity) -> PersonId | None:
        person = found(identity)
        house.people.link(SADIA, Identity(ISSUER, "another"), BY)
        return person

    monkeypatch.setattr(house.accounts, "identified", meanwhile)
    assert house.refusal(back).kind == "sign-in-refused"


def test_a_link_is_of_a_person_there_is_to_a_text_that_can_be_read(house: House) -> None:
    for subject in ("", "x" * 256, "a\nb", "\x1b[31m"):
        with pytest.raises(BadInput):
            house.people.link(SADIA, Identity(ISSUER, subject), BY)
    with pytest.raises(NotFound):
        house.people.link(person_id("nobody"), Identity(ISSUER, "x"), BY)


def test_the_path_to_show_is_the_usual_without_one() -> None:
    assert path_of("") == AFTER
    assert path_of("/search?q=a&b=%20c#d") == "/search?q=a&b=%20c#d"


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "///evil.example", "////evil.example", "//[", "/\\evil.example"),
        *(
            "https://evil.example",
            "search",
            "/a b",
            "/\tsearch",
            "/\u00e4",
            "/" * 2,
            "/" + "x" * 500,
        ),
    ],
)
def test_a_path_that_leads_to_another_server_is_refused(path: str) -> None:
    with pytest.raises(Problem) as caught:
        path_of(path)
    assert caught.value.status == HTTPStatus.UNPROCESSABLE_ENTITY
