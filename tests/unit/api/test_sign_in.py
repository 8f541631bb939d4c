"""Sign-in, without HTTP: what is counted, in which order, and what a refusal gives away."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyotp
import pytest
from argon2 import PasswordHasher

from api.people import codes
from api.people.passwords import Passwords, require_good
from api.people.service import AccountService
from api.people.sign_in import LOCKED_FOR, MOST_FAILURES, SignIn
from api.problems import Problem
from footage.access import Grant, PersonId, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SimulatedClock
from footage.errors import BadInput, Unavailable
from footage.instant import Elapsed
from infra.registers.memory_accounts import MemoryAccounts
from tests.common.builders import a_register, at
from tests.common.custody_list import CustodyList

PASSWORD = "correct horse battery"  # noqa: S105 - of a test
SADIA = person_id("sadia")


class Counting(Passwords):
    """Passwords hashed at little cost; counts the checks."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.checks = 0

    def accepts(self, encoded: str, password: str) -> bool:
        self.checks += 1
        return super().accepts(encoded, password)


@dataclass
class House:
    """A sign-in over people in memory."""

    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(at(0)))
    custody: CustodyList = field(default_factory=CustodyList)
    passwords: Counting = field(default_factory=Counting)

    def __post_init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.sign_in = SignIn(self.accounts, self.passwords, self.custody, self.clock)
        self.people = AccountService(
            self.accounts, a_register(), self.passwords, self.custody, self.clock
        )
        by = Purpose("root")
        self.people.add(SADIA, "Sadia", [Grant(Role.INVESTIGATOR)], PASSWORD, by)

    def refusal(self, name: str, password: str, code: str = "") -> Problem:
        with pytest.raises(Problem) as caught:
            self.sign_in.open(name, password, code)
        return caught.value


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("name", ["sadia", "nobody", "Not A Name", ""])
def test_a_wrong_name_takes_as_many_checks_as_a_wrong_password(house: House, name: str) -> None:
    assert house.refusal(name, "wrong").kind == "sign-in-refused"
    assert house.passwords.checks == 1


def test_a_locked_account_takes_as_many_checks_too(house: House) -> None:
    for _ in range(MOST_FAILURES):
        house.refusal(SADIA, "wrong")
    house.passwords.checks = 0
    assert str(house.refusal(SADIA, PASSWORD)) == str(house.refusal("nobody", PASSWORD))
    assert house.passwords.checks == 2


def test_a_success_forgets_the_failures_before(house: House) -> None:
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            house.refusal(SADIA, "wrong")
        house.sign_in.open(SADIA, PASSWORD)


def test_a_locked_account_is_not_locked_for_longer_by_more_attempts(house: House) -> None:
    for _ in range(MOST_FAILURES):
        house.refusal(SADIA, "wrong")
    for _ in range(3):
        house.clock.sleep(LOCKED_FOR - Elapsed.parse("14m"))
        house.refusal(SADIA, "wrong")
    house.clock.sleep(Elapsed.parse("12m"))
    house.sign_in.open(SADIA, PASSWORD)


def test_guesses_at_once_get_no_more_tries_than_guesses_in_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All guesses look for failures before any is counted; the sixth is refused, though right."""
    monkeypatch.setattr(house.accounts, "failures", lambda _: None)
    for number in range(MOST_FAILURES):
        house.refusal(SADIA, f"wrong {number}")
    house.refusal(SADIA, PASSWORD)
    locked = [deed for deed in house.custody.intents if deed.action is Action.SIGN_IN]
    assert len(locked) == 1


def test_nobody_is_let_in_whose_sign_in_cannot_be_entered(house: House) -> None:
    house.custody.refuses = True
    with pytest.raises(Unavailable):
        house.sign_in.open(SADIA, PASSWORD)
    assert not house.accounts._sessions


@pytest.mark.parametrize("change", ["password", "factor"])
def test_whoever_proved_an_old_password_is_not_let_in(
    house: House, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The password or second factor changes while the old password is being looked at."""
    by, checked = Purpose("root"), house.passwords.accepts

    def meanwhile(encoded: str, password: str) -> bool:
        right = checked(encoded, password)
        if change == "password":
            house.people.set_password(SADIA, "another long pass phrase", by)
        else:
            secret = codes.new_secret()
            code = _code(secret, house.clock.now().us // 1_000_000)
            house.people.start_second_factor(SADIA, secret, code, by)
        return right

    monkeypatch.setattr(house.passwords, "accepts", meanwhile)
    assert house.refusal(SADIA, PASSWORD).kind == "sign-in-refused"
    assert house.custody.outcomes[-1][1] is False


def test_no_change_is_made_that_cannot_be_entered(house: House) -> None:
    house.custody.refuses = True
    by = Purpose("root")
    known = house.accounts.person(SADIA)
    with pytest.raises(Unavailable):
        house.people.set_password(SADIA, "another long pass phrase", by)
    with pytest.raises(Unavailable):
        house.people.change(known, by)
    with pytest.raises(Unavailable):
        house.people.add(PersonId("new"), "New", [], "", by)
    house.custody.refuses = False
    assert house.accounts.people() == [known]
    house.sign_in.open(SADIA, PASSWORD)


@pytest.mark.parametrize("text", ["", "ftg_", "ftg_0123456789ab_" + "x" * 43, "x" * 5000, "ftg_é"])
def test_a_text_that_is_no_token_lets_nobody_in(house: House, text: str) -> None:
    assert house.sign_in.by_token(text) is None


def test_a_password_counts_however_the_keyboard_composed_it(house: House) -> None:
    house.people.set_password(SADIA, "cafe\u0301 among the olive trees", Purpose("root"))
    house.sign_in.open(SADIA, "caf\u00e9 among the olive trees")


def test_a_short_account_name_may_stand_in_a_password() -> None:
    require_good("above the olive trees", person_id("b"))


@pytest.mark.parametrize("bad", ["", "short", "x" * 201, "ababababababab", "Sadia is my name"])
def test_passwords_that_are_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        require_good(bad, SADIA)


def test_codes_of_three_steps_count(house: House) -> None:
    secret = codes.new_secret()
    now = house.clock.now()
    steps = [
        codes.step_of(secret, _code(secret, now.us // 1_000_000 + s), now)
        for s in range(-60, 61, 30)
    ]
    present = now.us // 30_000_000
    assert steps == [None, present - 1, present, present + 1, None]
    assert codes.step_of(secret, "", now) is None
    assert codes.step_of(secret, "\u0661\u0662\u0663", now) is None


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, of which the last six digits are used."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - of the standard
    assert _code(secret, 59) == "287082"
    assert _code(secret, 1234567890) == "005924"


def _code(secret: str, second: int) -> str:
    return pyotp.TOTP(secret).at(second)
