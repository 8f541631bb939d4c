"""Values of `footage.ports.Accounts` as rows of `sql_models`, and back. Pure."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from footage.access import Grant, Permission, Person, PersonId, Role
from footage.errors import DataLoss
from footage.ids import DistrictId, SiteId
from footage.instant import Instant
from footage.ports import ApiToken, Credentials, Failures, Identity, PendingSignIn, Session
from infra.registers.sql_rows import instant_from, us_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from infra.registers.sql_rows import Values


def person_row(person: Person) -> Values:
    """A person as a row, without credentials."""
    return {
        "id": person.id,
        "name": person.name,
        "grants": json.dumps([_grant_document(grant) for grant in person.grants]),
        "disabled": person.disabled,
        "version": person.version,
    }


def credentials_row(person: PersonId, credentials: Credentials) -> Values:
    """A person's credentials as a row, without the last time step taken."""
    return {
        "person": person,
        "password": credentials.password,
        "totp": credentials.totp,
        "recovery": recovery_text(credentials.recovery),
        "identity": identity_text(credentials.identity) if credentials.identity else None,
    }


def identity_text(identity: Identity) -> str:
    """An identity at a provider as the text of a column."""
    return json.dumps([identity.issuer, identity.subject])


def recovery_text(digests: Iterable[str]) -> str:
    """The digests of recovery codes as the text of a column."""
    return json.dumps(sorted(digests))


def recovery_from(text: str) -> frozenset[str]:
    """Read the digests of recovery codes."""
    return frozenset(map(str, json.loads(text)))


def name_digest(name: str) -> str:
    """The key of failed sign-ins under a name: a text of any length, and never the name itself."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def session_row(session: Session) -> Values:
    """A session as a row."""
    return {
        "digest": session.digest,
        "person": session.person,
        "started_us": session.started.us,
        "seen_us": session.seen.us,
        "expires_us": session.expires.us,
        "issuer": session.issuer,
    }


def pending_row(pending: PendingSignIn) -> Values:
    """A sign-in by a provider as a row."""
    return {
        "state_digest": pending.state_digest,
        "browser_digest": pending.browser_digest,
        "after": pending.after,
        "expires_us": pending.expires.us,
    }


def token_row(token: ApiToken) -> Values:
    """A token as a row."""
    return {
        "id": token.id,
        "digest": token.digest,
        "person": token.person,
        "label": token.label,
        "permissions": json.dumps(sorted(token.permissions)),
        "created_us": token.created.us,
        "expires_us": token.expires.us,
        "revoked_us": us_of(token.revoked),
    }


def person_from(row: RowMapping) -> Person:
    """Read a person.

    Raises:
        DataLoss: A grant is unreadable: a grant left out would be a person shut out, or let in to
            a narrower reach than was given, without a word.
    """
    try:
        grants = tuple(map(_grant_from, json.loads(row["grants"])))
    except (ValueError, TypeError, KeyError) as exc:
        raise DataLoss(
            f"the grants of {row['id']} are unreadable: {exc}",
            hint="a newer version of Footage may have given a role that this one does not know",
        ) from exc
    return Person(PersonId(row["id"]), row["name"], grants, row["disabled"], row["version"])


def credentials_from(row: RowMapping) -> Credentials:
    """Read a person's credentials."""
    identity = Identity(*map(str, json.loads(row["identity"]))) if row["identity"] else None
    return Credentials(row["password"], row["totp"], recovery_from(row["recovery"]), identity)


def failures_from(row: RowMapping) -> Failures:
    """Read the failed sign-ins under a name."""
    return Failures(row["count"], Instant(row["last_us"]))


def session_from(row: RowMapping) -> Session:
    """Read a session."""
    return Session(
        digest=row["digest"],
        person=PersonId(row["person"]),
        started=Instant(row["started_us"]),
        seen=Instant(row["seen_us"]),
        expires=Instant(row["expires_us"]),
        issuer=row["issuer"],
    )


def pending_from(row: RowMapping) -> PendingSignIn:
    """Read a sign-in by a provider."""
    return PendingSignIn(
        state_digest=row["state_digest"],
        browser_digest=row["browser_digest"],
        after=row["after"],
        expires=Instant(row["expires_us"]),
    )


def token_from(row: RowMapping) -> ApiToken:
    """Read a token; raises DataLoss for a permission of another version."""
    try:
        permissions = frozenset(map(Permission, json.loads(row["permissions"])))
    except ValueError as exc:
        raise DataLoss(
            f"the permissions of the token {row['id']} are unreadable: {exc}",
            hint="use the version of Footage that made the token",
        ) from exc
    return ApiToken(
        id=row["id"],
        digest=row["digest"],
        person=PersonId(row["person"]),
        label=row["label"],
        permissions=permissions,
        created=Instant(row["created_us"]),
        expires=Instant(row["expires_us"]),
        revoked=instant_from(row["revoked_us"]),
    )


def _grant_document(grant: Grant) -> dict[str, Any]:
    return {
        "role": grant.role,
        "districts": sorted(grant.districts),
        "sites": sorted(grant.sites),
        "recorded_from_us": us_of(grant.recorded_from),
        "recorded_until_us": us_of(grant.recorded_until),
        "expires_us": us_of(grant.expires),
    }


def _grant_from(document: dict[str, Any]) -> Grant:
    return Grant(
        role=Role(document["role"]),
        districts=frozenset(map(DistrictId, document["districts"])),
        sites=frozenset(map(SiteId, document["sites"])),
        recorded_from=instant_from(document["recorded_from_us"]),
        recorded_until=instant_from(document["recorded_until_us"]),
        expires=instant_from(document["expires_us"]),
    )
