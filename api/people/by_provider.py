"""Sign-in by an identity provider: a browser is sent there and comes back with a code.

What a browser brings back counts once, in the browser that began, within `WITHIN`:
1. The browser keeps a secret; the register keeps digests of that secret and of the state that goes
   to the provider and back. Who has one of the two signs nobody in: neither a page that sends a
   browser back with a foreign code, nor whoever reads an address in a log.
2. The state is taken from the register before the code is looked at, so it counts once.
3. Nonce and verifier are made from the secret, and are kept nowhere.
4. The provider tells an identity; a person lets that identity in only where an administrator linked
   the account (`AccountService.link`). No account is ever made here.
"""

from __future__ import annotations

import hmac
import logging
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from api.people.bearer import digest_of, new_secret
from api.problems import RETRY_AFTER_S, Problem
from footage.errors import Misconfigured, NotPermitted, Unavailable
from footage.instant import Elapsed
from footage.ports import Challenge, PendingSignIn

if TYPE_CHECKING:
    from api.people.sign_in import Caller, SignIn
    from footage.clock import Clock
    from footage.ports import Accounts, Identity, IdentityProvider

WITHIN: Final = Elapsed.parse("10m")
"""Longest time from the start of a sign-in to the browser's return."""
LONGEST_PATH: Final = 500
AFTER: Final = "/api/v1/session"
"""Path that is shown after a sign-in for which no path was asked."""
_PATH: Final = re.compile(r"/(?!/)[!-\[\]-~]*")
"""A path of printable ASCII without backslashes, which browsers take for slashes.

Two slashes or more at the start lead to another server: browsers skip each beyond the second.
"""
_CODES: Final = re.compile(r"[a-z_]{1,40}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun.

    Attributes:
        address: Address of the provider to which the browser is sent.
        secret: Secret that the browser keeps until it comes back.
    """

    address: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """Parameters that a browser brings back from a provider; "" for an absent one.

    Attributes:
        issuer: The issuer that came back (RFC 9207); None for none.
        error: Code of an error that the provider names.
        secret: Secret that the browser kept.
    """

    state: str = field(repr=False)
    code: str = field(repr=False)
    issuer: str | None
    error: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProviderSignIn:
    """Lets people in for whom an identity provider vouches. Safe in several threads."""

    provider: IdentityProvider
    accounts: Accounts
    sign_in: SignIn
    clock: Clock

    def begin(self, after: str) -> Begun:
        """Begin a sign-in.

        Args:
            after: Path of this server to show once the person is signed in; "" for the usual.

        Raises:
            Problem: 422, `after` leads elsewhere; 503, the provider does not answer.
            Unavailable: The record of people cannot be reached.
        """
        after = path_of(after)
        secret, state = new_secret(), new_secret()
        try:
            address = self.provider.address_for(_challenge(secret, state))
        except (Unavailable, Misconfigured) as exc:
            raise self._away(exc) from exc
        now = self.clock.now()
        pending = PendingSignIn(digest_of(state), digest_of(secret), after, now + WITHIN)
        self.accounts.add_pending(pending, now)
        return Begun(address, secret)

    def finish(self, back: Return) -> tuple[Caller, str]:
        """Finish a sign-in with which a browser came back.

        Returns:
            Who is signed in from now on, and the path to show.

        Raises:
            Problem: 401, the sign-in does not count; 403, no account here is linked to the person,
                or the account is disabled; 503, the provider does not answer.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        pending = self.accounts.take_pending(digest_of(back.state))  # (2)
        if pending is None or self.clock.now() >= pending.expires:
            raise _refused("this sign-in is over, or was never begun here")
        if not hmac.compare_digest(digest_of(back.secret), pending.browser_digest):  # (1)
            raise _refused("this sign-in was begun in another browser")
        if back.error or not back.code:
            raise _refused(f"the provider did not sign the person in{_named(back.error)}")
        identity = self._identity(back)
        person = self.accounts.identified(identity)
        if person is None:  # (4)
            _log.warning("the identity provider vouched for somebody without an account")
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "no-account",
                f"no account here is linked to {identity.subject!r} of {identity.issuer}; an "
                "administrator links it: `footage users link NAME --subject ...`",
                members={"subject": identity.subject},
            )
        return self.sign_in.vouched(person, identity), pending.after

    def sign_out_address(self, caller: Caller) -> str | None:
        """Return the address at which a browser ends its session at the provider as well.

        Returns:
            None for a person for whom the provider did not vouch, or where the provider offers no
            such address or cannot be asked now.
        """
        own = caller.issuer == self.provider.issuer
        return self.provider.sign_out_address() if own else None

    def _identity(self, back: Return) -> Identity:
        challenge = _challenge(back.secret, back.state)
        try:
            return self.provider.identify(back.code, challenge, issuer=back.issuer)
        except (Unavailable, Misconfigured) as exc:
            raise self._away(exc) from exc
        except NotPermitted as exc:
            _log.warning("a sign-in by the identity provider was refused: %s", exc)
            raise _refused(str(exc)) from exc

    def _away(self, exc: Exception) -> Problem:
        _log.error("%s", exc)
        who = "accounts" if self.sign_in.linked_by_password else "accounts that are not linked"
        here = f"{who} with a password sign in here"
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "provider-unavailable",
            f"the identity provider does not answer as it should; {here}",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )


def path_of(after: str) -> str:
    """Return a path of this server, the usual for "".

    Raises:
        Problem: 422, a browser would take the text for the address of another server.
    """
    if not after:
        return AFTER
    if len(after) > LONGEST_PATH or not _PATH.fullmatch(after):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input", "`next` is no path of this server"
        )
    return after


def _challenge(secret: str, state: str) -> Challenge:
    """Return the challenge of a sign-in (3)."""

    def made(use: str) -> str:
        digest = hmac.digest(secret.encode(), use.encode(), "sha256")
        return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    return Challenge(state, made("nonce"), made("verifier"))


def _named(error: str) -> str:
    """Return the code of a provider's error for a message; a text that is no code is left out."""
    return f": {error}" if _CODES.fullmatch(error) else ""


def _refused(why: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "sign-in-refused", f"{why}; begin again")
