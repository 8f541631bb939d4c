"""Sign-in, sessions and tokens: from what a request carries to the person who asks.

A sign-in is counted as failed before the password is looked at, and forgotten when all was right:
so many guesses at once get no more tries than one after the other. Failures count by name, and
apart for each browser from which the person signed in before: strangers who guess lock the name for
strangers, and not for the person at the usual place. A refusal never says which part was wrong,
nor whether the name exists or is locked, and takes as long for a name that nobody has.
"""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from api.people.bearer import TokenText, digest_of, is_device, new_device, new_secret
from api.people.codes import recovery_digest, step_of
from api.problems import Problem
from footage.access import person_id
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import BadInput, Conflict, NotFound, Refused
from footage.instant import Elapsed
from footage.ports import Credentials, Session

if TYPE_CHECKING:
    from api.people.passwords import Passwords
    from footage.access import Permission, Person, PersonId
    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import Accounts, ApiToken, Custody, Identity

MOST_FAILURES: Final = 5
LOCKED_FOR: Final = Elapsed.parse("15m")
IDLE: Final = Elapsed.parse("30m")
LONGEST: Final = Elapsed.parse("12h")
_TOUCH: Final = Elapsed.parse("1m")
_DEVICES: Final = "devices"
"""Name of the secret behind the texts by which browsers are known."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person on whose behalf a request comes.

    Attributes:
        permissions: What the person may do, limited by the token where a program asks.
        token: The token of the program that asks; None for a browser.
        cookie: Secret of the browser's session; "" for a program.
        issuer: Address of the identity provider that vouched for the person; "" for a password and
            for a program.
        device: Text by which the browser is known from now on, of whoever has just signed in.
    """

    person: Person
    permissions: frozenset[Permission]
    token: ApiToken | None = None
    cookie: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Lets people and programs in. Safe in several threads.

    Attributes:
        linked_by_password: Whether a person whom an identity provider vouches for may sign in by a
            password as well.
    """

    accounts: Accounts
    passwords: Passwords
    custody: Custody
    clock: Clock
    linked_by_password: bool = True

    def open(self, name: str, password: str, code: str = "", device: str = "") -> Caller:
        """Open a session for a person who proves who the person is.

        Args:
            name: Account name, as typed.
            password: Password, as typed.
            code: Time-based code or recovery code; "" where none was asked for.
            device: Text by which the browser says it is known; "" where it says nothing.

        Raises:
            Problem: 401 `sign-in-refused`, or `code-required` where password and name are right
                and the account asks for a code as well.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        person, credentials = self._proven_wholly(name, password, code, device)
        return self._session(person, credentials, Deed(Action.SIGN_IN, Purpose(person.id)))

    def vouched(self, person: PersonId, identity: Identity) -> Caller:
        """Open a session for a person for whom an identity provider vouches.

        No code is asked for: the second factor is the provider's to ask.

        Args:
            person: The person linked to the identity.
            identity: Whom the provider vouched for.

        Raises:
            Problem: 403, the account is disabled, which is entered in the custody log; 401, the
                account is linked to another identity by now.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        found, credentials = self._known(person)
        if found is None or credentials.identity != identity:
            raise _refused()
        deed = Deed(Action.SIGN_IN, Purpose(person), {"vouched_by": identity.issuer})
        if found.disabled:
            with suppress(Refused), bracket(self.custody, deed):
                raise Refused("the account is disabled")
            raise Problem(HTTPStatus.FORBIDDEN, "account-disabled", "this account is disabled")
        return self._session(found, credentials, deed, identity.issuer)

    def require_proof(self, person: Person, password: str, code: str, device: str) -> None:
        """Refuse a person who is signed in and lacks what a sign-in asks for.

        Else whoever finds a browser open, or steals its cookie, could keep the person out for good.

        Raises:
            Problem: 401 as for `open`; the attempt counts as a failed sign-in.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        self._proven_wholly(person.id, password, code, device)

    def close(self, caller: Caller) -> None:
        """End the session of a browser."""
        self.accounts.end_session(digest_of(caller.cookie))

    def by_cookie(self, secret: str) -> Caller | None:
        """Return who asks with a session's cookie; None where the session does not count."""
        session = self.accounts.session(digest_of(secret))
        now = self.clock.now()
        if session is None or _has_ended(session, now):
            return None
        person = self._active(session.person)
        if person is None:
            return None
        if now >= session.seen + _TOUCH:
            self.accounts.touch_session(session.digest, now)
        return Caller(person, person.permissions(now), cookie=secret, issuer=session.issuer)

    def by_token(self, text: str) -> Caller | None:
        """Return who asks with a token; None where the token does not count."""
        given = TokenText.parse(text)
        token = self.accounts.token(given.id) if given else None
        now = self.clock.now()
        if given is None or token is None or _has_ended(token, now):
            return None
        if not hmac.compare_digest(digest_of(given.secret), token.digest):
            return None
        person = self._active(token.person)
        if person is None:
            return None
        return Caller(person, person.permissions(now) & token.permissions, token)

    def counts(self, caller: Caller) -> bool:
        """Return whether what let a caller in counts still, for answers that last.

        Asking keeps no session alive.
        """
        if caller.token:
            shown: Session | ApiToken | None = self.accounts.token(caller.token.id)
        else:
            shown = self.accounts.session(digest_of(caller.cookie))
        ended = shown is None or _has_ended(shown, self.clock.now())
        return not ended and self._active(caller.person.id) is not None

    def _proven_wholly(
        self, name: str, password: str, code: str, device: str
    ) -> tuple[Person, Credentials]:
        """Return the person of a name who gave all that lets the person in; forget the failures."""
        counted_as = f"{name} {device}" if self._is_known(device, name) else name
        person, credentials, attempt = self._proven(name, password, counted_as)
        if credentials.totp:
            self._check_code(person, credentials, code, attempt)
        self.accounts.forget_failures(counted_as)
        return person, credentials

    def _is_known(self, device: str, name: str) -> bool:
        return bool(device) and is_device(self.accounts.shared_secret(_DEVICES), name, device)

    def _proven(self, name: str, password: str, counted_as: str) -> tuple[Person, Credentials, int]:
        """Return the person of a name whose password is right; raises Problem for any other.

        Args:
            name: Account name, as typed.
            password: Password, as typed.
            counted_as: Name under which the attempt counts.

        Returns:
            The person, the person's credentials, and the number of this attempt since the last
            sign-in; the attempt counts as failed until it is forgotten.
        """
        now = self.clock.now()
        before = self.accounts.failures(counted_as)
        if before and before.count >= MOST_FAILURES and now < before.last + LOCKED_FOR:
            self.passwords.accepts("", password)
            raise _refused()
        long_ago = now - LOCKED_FOR + Elapsed(1)
        counted = self.accounts.note_failure(counted_as, now, forget_before=long_ago)
        person, credentials = self._known(name)
        counts = self.linked_by_password or credentials.identity is None
        right = self.passwords.accepts(credentials.password if counts else "", password)
        if counted.count > MOST_FAILURES or not right or person is None or person.disabled:
            raise self._failed(person, counted.count)
        return person, credentials, counted.count

    def _known(self, name: str) -> tuple[Person | None, Credentials]:
        try:
            person = self.accounts.person(person_id(name))
            return person, self.accounts.credentials(person.id)
        except (NotFound, BadInput):
            return None, Credentials()

    def _active(self, person: PersonId) -> Person | None:
        try:
            found = self.accounts.person(person)
        except NotFound:
            return None
        return None if found.disabled else found

    def _check_code(
        self, person: Person, credentials: Credentials, code: str, attempt: int
    ) -> None:
        """Take the code of a person; raises Problem where the code is absent, wrong or taken."""
        if not code:
            # The attempt counts until the code has come too, as any other that did not let in.
            self._enter_lock(person, attempt)
            raise Problem(HTTPStatus.UNAUTHORIZED, "code-required", "a code is needed as well")
        step = step_of(credentials.totp, code, self.clock.now())
        if step is not None:
            taken = self.accounts.take_step(person.id, step)
        else:
            taken = self.accounts.take_recovery(person.id, recovery_digest(code))
        if not taken:
            raise self._failed(person, attempt)

    def _failed(self, person: Person | None, attempt: int) -> Problem:
        """Return the refusal of a failed attempt."""
        _log.warning("a sign-in failed, number %d in a row", attempt)
        if person is not None:
            self._enter_lock(person, attempt)
        return _refused()

    def _enter_lock(self, person: Person, attempt: int) -> None:
        """Enter in the custody log that an attempt locked an account, where the attempt did."""
        if attempt == MOST_FAILURES:
            deed = Deed(Action.SIGN_IN, Purpose(person.id), {"failed_in_a_row": attempt})
            with suppress(Refused), bracket(self.custody, deed):
                raise Refused(f"locked for {LOCKED_FOR} after {attempt} failed attempts")

    def _session(self, person: Person, proven: Credentials, deed: Deed, issuer: str = "") -> Caller:
        secret, now = new_secret(), self.clock.now()
        device = new_device(self.accounts.shared_secret(_DEVICES), person.id)
        session = Session(digest_of(secret), person.id, now, now, now + LONGEST, issuer)
        with bracket(self.custody, deed):
            try:
                self.accounts.add_session(session, proven=proven)
            except Conflict as exc:  # a new password or factor since: whoever knew the old is out
                raise _refused() from exc
        permissions = person.permissions(now)
        return Caller(person, permissions, cookie=secret, device=device, issuer=issuer)


def _has_ended(shown: Session | ApiToken, now: Instant) -> bool:
    if isinstance(shown, Session):
        return now >= min(shown.expires, shown.seen + IDLE)
    return shown.revoked is not None or now >= shown.expires


def _refused() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "sign-in-refused",
        f"name, password or code is wrong; after {MOST_FAILURES} attempts an account is locked for "
        f"{LOCKED_FOR}",
    )
