"""Decisions and errors that every record of accounts shares, without storage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from footage.errors import Conflict, NotFound

if TYPE_CHECKING:
    from footage.access import Person, PersonId
    from footage.ports import Credentials, Identity

SECRET_BYTES: Final = 32
"""Size of a shared secret."""


def next_version(person: Person) -> Person:
    """Return the person as recorded by a change."""
    return replace(person, version=person.version + 1)


def no_person(person: PersonId) -> NotFound:
    """The error for an unknown account name."""
    return NotFound(f"no person {person}", hint="footage users list")


def person_exists(person: PersonId) -> Conflict:
    """The error for an account name that is taken."""
    return Conflict(f"there is a person {person} already", hint="choose another account name")


def person_changed(person: PersonId) -> Conflict:
    """The error for a change of a person whom another change came before."""
    return Conflict(f"{person} was changed meanwhile", hint="read again")


def session_exists(person: PersonId) -> Conflict:
    """The error for a session's secret that is taken; the secret's digest is not told."""
    return Conflict(f"there is such a session already, asked for {person}", hint="sign in again")


def no_token(token: str) -> NotFound:
    """The error for an unknown token."""
    return NotFound(f"no token {token}", hint="footage users tokens")


def token_exists(token: str) -> Conflict:
    """The error for a token's id that is taken."""
    return Conflict(f"there is a token {token} already", hint="make the token again")


def credentials_changed(person: PersonId) -> Conflict:
    """The error of credentials that were changed since they were read."""
    return Conflict(f"what lets {person} in was changed meanwhile", hint="try again")


def identity_taken(identity: Identity, person: PersonId) -> Conflict:
    """The error for an identity of a provider that is another person's."""
    return Conflict(
        f"{identity.subject!r} of {identity.issuer} is linked to {person} already",
        hint=f"footage users unlink {person}",
    )


def pending_exists() -> Conflict:
    """The error for a sign-in by a provider whose state is taken; the state is not told."""
    return Conflict("there is such a sign-in already", hint="sign in again")


def require_proven(person: PersonId, current: Credentials, proven: Credentials) -> None:
    """Refuse a session for what does not let the person in any more.

    Raises:
        Conflict: Password, secret of the codes or identity is another by now.
    """
    of_now = (current.password, current.totp, current.identity)
    if of_now != (proven.password, proven.totp, proven.identity):
        raise credentials_changed(person)
