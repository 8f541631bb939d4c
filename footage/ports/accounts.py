"""The accounts' port: people, how they prove who they are, their sessions and tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from footage.access import Permission, Person, PersonId
    from footage.instant import Instant


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as an identity provider knows the person.

    Attributes:
        issuer: Address of the provider.
        subject: Text by which the provider names the person, and nobody else.
    """

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets by which a person proves who the person is; none of them in clear but `totp`.

    Attributes:
        password: Argon2id hash in PHC form; "" where no password lets in.
        totp: Secret of the time-based codes (RFC 6238) in base 32; "" where no code is asked.
        recovery: SHA-256 of each recovery code not yet used, in hexadecimal digits.
        identity: Whom an identity provider must vouch for; None where no provider lets in.
    """

    password: str = field(default="", repr=False)
    totp: str = field(default="", repr=False)
    recovery: frozenset[str] = field(default=frozenset(), repr=False)
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """Sign-ins that failed in a row under an account name.

    Attributes:
        last: When the last one failed.
    """

    count: int
    last: Instant


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's session.

    Attributes:
        digest: SHA-256 of the cookie's secret, in hexadecimal digits.
        seen: When a request last came, to the minute.
        expires: When the session ends at the latest.
        issuer: Address of the identity provider that vouched for the person; "" for a password.
    """

    digest: str = field(repr=False)
    person: PersonId
    started: Instant
    seen: Instant
    expires: Instant
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in for which a browser was sent to an identity provider.

    Attributes:
        state_digest: SHA-256 of the text with which the browser comes back, in hexadecimal digits.
        browser_digest: SHA-256 of the secret that the browser keeps meanwhile, likewise.
        after: Path of the page to show once the person is signed in.
        expires: When the browser comes back too late.
    """

    state_digest: str = field(repr=False)
    browser_digest: str = field(repr=False)
    after: str
    expires: Instant


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token with which a program acts for a person.

    Attributes:
        id: Public part of the token; names the token in lists and custody entries.
        digest: SHA-256 of the token's secret, in hexadecimal digits.
        label: Text that says what the token is for.
        permissions: Permissions of the person that the token passes on.
        revoked: When the token was revoked; None while the token counts.
    """

    id: str
    digest: str = field(repr=False)
    person: PersonId
    label: str
    permissions: frozenset[Permission]
    created: Instant
    expires: Instant
    revoked: Instant | None = None


class Accounts(Protocol):
    """The record of people and of what lets them in.

    - Each call is one transaction: wholly done on return, or not at all. Of calls at the same time
      for the same code, exactly one takes the code.
    - Adding a person, session, pending sign-in or token whose id exists already raises Conflict.
    - Unavailable: the record cannot be reached.
    """

    def add_person(self, person: Person, credentials: Credentials) -> None:
        """Add a person with the credentials."""
        ...

    def change_person(self, person: Person) -> Person:
        """Replace name, grants and state of a person whose version is still `person.version`.

        Returns:
            The person with the next version.

        Raises:
            NotFound: The person is not known.
            Conflict: The person was changed since.
        """
        ...

    def person(self, person: PersonId) -> Person:
        """Return a person; raises NotFound."""
        ...

    def people(self) -> list[Person]:
        """Return all people, by account name."""
        ...

    def credentials(self, person: PersonId) -> Credentials:
        """Return a person's credentials; raises NotFound."""
        ...

    def set_credentials(
        self, person: PersonId, credentials: Credentials, *, was: Credentials
    ) -> None:
        """Replace a person's credentials and end the person's sessions.

        Where the secret of the time-based codes changes, no code counts as taken any more.

        Raises:
            NotFound: The person is not known.
            Conflict: The person's credentials are `was` no more, or the identity is another
                person's.
        """
        ...

    def identified(self, identity: Identity) -> PersonId | None:
        """Return the person whose credentials have an identity; None for nobody."""
        ...

    def take_step(self, person: PersonId, step: int) -> bool:
        """Take the time-based code of a time step, which counts once.

        Args:
            person: A person that exists.
            step: Number of the code's time step.

        Returns:
            False where a code of this step or of a later one was taken before.
        """
        ...

    def take_recovery(self, person: PersonId, digest: str) -> bool:
        """Take a recovery code, which counts once; False where the person has no such code left."""
        ...

    def failures(self, name: str) -> Failures | None:
        """Return the failed sign-ins in a row under a name, whether the name is known or not."""
        ...

    def note_failure(self, name: str, at: Instant, *, forget_before: Instant) -> Failures:
        """Count one more failed sign-in under a name.

        Args:
            name: The account name given.
            at: When the sign-in failed.
            forget_before: Failures, of any name, whose last is older are forgotten first.

        Returns:
            The failures under the name, with this one.
        """
        ...

    def forget_failures(self, name: str) -> None:
        """Forget the failed sign-ins under a name."""
        ...

    def add_session(self, session: Session, *, proven: Credentials) -> None:
        """Add a session; sessions that expired before this one started are removed.

        Args:
            session: The session.
            proven: Credentials against which the person proved who the person is.

        Raises:
            NotFound: The person is not known.
            Conflict: Password, secret of the codes or identity changed since: whoever proved the
                old ones is not let in.
        """
        ...

    def session(self, digest: str) -> Session | None:
        """Return the session of a digest, expired or not; None for none."""
        ...

    def touch_session(self, digest: str, at: Instant) -> None:
        """Record when a request of a session last came; does nothing where the session is gone."""
        ...

    def end_session(self, digest: str) -> None:
        """Remove a session; does nothing where the session is gone."""
        ...

    def end_sessions(self, person: PersonId) -> None:
        """Remove all sessions of a person."""
        ...

    def add_pending(self, pending: PendingSignIn, at: Instant) -> None:
        """Add a sign-in by a provider; sign-ins that expired before `at` are removed."""
        ...

    def take_pending(self, state_digest: str) -> PendingSignIn | None:
        """Remove and return a sign-in by a provider, expired or not; None for none.

        Of calls at the same time for the same state, exactly one gets the sign-in.
        """
        ...

    def add_token(self, token: ApiToken) -> None:
        """Add a token."""
        ...

    def token(self, token: str) -> ApiToken | None:
        """Return the token of an id, expired or not; None for none."""
        ...

    def tokens(self, person: PersonId | None = None) -> list[ApiToken]:
        """Return the tokens of a person (None: of all), by creation and id."""
        ...

    def revoke_token(self, token: str, at: Instant) -> ApiToken:
        """Revoke a token and return the token; one revoked before stays as it is.

        Raises:
            NotFound: The token is not known.
        """
        ...

    def shared_secret(self, name: str) -> bytes:
        """Return the 32 random bytes kept under a name, made at the first call.

        All processes that share the record get the same bytes.
        """
        ...
