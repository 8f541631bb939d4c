"""Accounts in memory: between the threads of a process."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from footage.ports import Failures
from infra.registers import account_rules as rules

if TYPE_CHECKING:
    from footage.access import Person, PersonId
    from footage.instant import Instant
    from footage.ports import ApiToken, Credentials, Identity, PendingSignIn, Session


class MemoryAccounts:
    """Keeps the contract of `footage.ports.Accounts`; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[PersonId, Person] = {}
        self._credentials: dict[PersonId, Credentials] = {}
        self._steps: dict[PersonId, int] = {}
        self._failures: dict[str, Failures] = {}
        self._sessions: dict[str, Session] = {}
        self._pending: dict[str, PendingSignIn] = {}
        self._tokens: dict[str, ApiToken] = {}
        self._secrets: dict[str, bytes] = {}

    # ------------------------------------------------------------------------ people

    def add_person(self, person: Person, credentials: Credentials) -> None:
        """Add a person with the credentials; raises Conflict for a known account name."""
        with self._lock:
            if person.id in self._people:
                raise rules.person_exists(person.id)
            self._people[person.id], self._credentials[person.id] = person, credentials

    def change_person(self, person: Person) -> Person:
        """Replace a person of an unchanged version; raises NotFound and Conflict."""
        with self._lock:
            if self._known(person.id).version != person.version:
                raise rules.person_changed(person.id)
            self._people[person.id] = rules.next_version(person)
            return self._people[person.id]

    def person(self, person: PersonId) -> Person:
        """Return a person; raises NotFound."""
        with self._lock:
            return self._known(person)

    def people(self) -> list[Person]:
        """Return all people, by account name."""
        with self._lock:
            return [self._people[person] for person in sorted(self._people)]

    # ------------------------------------------------------------------------ credentials

    def credentials(self, person: PersonId) -> Credentials:
        """Return a person's credentials; raises NotFound."""
        with self._lock:
            return self._credentials[self._known(person).id]

    def set_credentials(
        self, person: PersonId, credentials: Credentials, *, was: Credentials
    ) -> None:
        """Replace a person's credentials and end the person's sessions."""
        with self._lock:
            before = self._credentials[self._known(person).id]
            if before != was:
                raise rules.credentials_changed(person)
            holder = self._identified(credentials.identity)
            if credentials.identity and holder and holder != person:
                raise rules.identity_taken(credentials.identity, holder)
            if before.totp != credentials.totp:
                self._steps.pop(person, None)
            self._credentials[person] = credentials
            self._end_sessions(person)

    def identified(self, identity: Identity) -> PersonId | None:
        """Return the person whose credentials have an identity; None for nobody."""
        with self._lock:
            return self._identified(identity)

    def take_step(self, person: PersonId, step: int) -> bool:
        """Take the time-based code of a time step, which counts once."""
        with self._lock:
            taken = self._steps.get(person)
            if person not in self._people or (taken is not None and taken >= step):
                return False
            self._steps[person] = step
            return True

    def take_recovery(self, person: PersonId, digest: str) -> bool:
        """Take a recovery code, which counts once."""
        with self._lock:
            mine = self._credentials.get(person)
            if mine is None or digest not in mine.recovery:
                return False
            self._credentials[person] = replace(mine, recovery=mine.recovery - {digest})
            return True

    # ------------------------------------------------------------------------ failed sign-ins

    def failures(self, name: str) -> Failures | None:
        """Return the failed sign-ins in a row under a name."""
        with self._lock:
            return self._failures.get(name)

    def note_failure(self, name: str, at: Instant, *, forget_before: Instant) -> Failures:
        """Count one more failed sign-in under a name; forget old ones."""
        with self._lock:
            for other in [n for n, f in self._failures.items() if f.last < forget_before]:
                del self._failures[other]
            before = self._failures.get(name)
            self._failures[name] = Failures(before.count + 1 if before else 1, at)
            return self._failures[name]

    def forget_failures(self, name: str) -> None:
        """Forget the failed sign-ins under a name."""
        with self._lock:
            self._failures.pop(name, None)

    # ------------------------------------------------------------------------ sessions

    def add_session(self, session: Session, *, proven: Credentials) -> None:
        """Add a session; sessions that expired before this one started are removed."""
        with self._lock:
            current = self._credentials[self._known(session.person).id]
            rules.require_proven(session.person, current, proven)
            for digest in [d for d, s in self._sessions.items() if s.expires < session.started]:
                del self._sessions[digest]
            if session.digest in self._sessions:
                raise rules.session_exists(session.person)
            self._sessions[session.digest] = session

    def session(self, digest: str) -> Session | None:
        """Return the session of a digest, expired or not; None for none."""
        with self._lock:
            return self._sessions.get(digest)

    def touch_session(self, digest: str, at: Instant) -> None:
        """Record when a request of a session last came; an earlier time changes nothing."""
        with self._lock:
            found = self._sessions.get(digest)
            if found and found.seen < at:
                self._sessions[digest] = replace(found, seen=at)

    def end_session(self, digest: str) -> None:
        """Remove a session; does nothing where the session is gone."""
        with self._lock:
            self._sessions.pop(digest, None)

    def end_sessions(self, person: PersonId) -> None:
        """Remove all sessions of a person."""
        with self._lock:
            self._end_sessions(person)

    def add_pending(self, pending: PendingSignIn, at: Instant) -> None:
        """Add a sign-in by a provider; expired ones are removed."""
        with self._lock:
            for digest in [d for d, one in self._pending.items() if one.expires < at]:
                del self._pending[digest]
            if pending.state_digest in self._pending:
                raise rules.pending_exists()
            self._pending[pending.state_digest] = pending

    def take_pending(self, state_digest: str) -> PendingSignIn | None:
        """Remove and return a sign-in by a provider."""
        with self._lock:
            return self._pending.pop(state_digest, None)

    # ------------------------------------------------------------------------ tokens, secrets

    def add_token(self, token: ApiToken) -> None:
        """Add a token; raises Conflict for a known id."""
        with self._lock:
            self._known(token.person)
            if token.id in self._tokens:
                raise rules.token_exists(token.id)
            self._tokens[token.id] = token

    def token(self, token: str) -> ApiToken | None:
        """Return the token of an id, expired or not; None for none."""
        with self._lock:
            return self._tokens.get(token)

    def tokens(self, person: PersonId | None = None) -> list[ApiToken]:
        """Return the tokens of a person (None: of all), by creation and id."""
        with self._lock:
            found = [t for t in self._tokens.values() if person in {None, t.person}]
        return sorted(found, key=lambda token: (token.created, token.id))

    def revoke_token(self, token: str, at: Instant) -> ApiToken:
        """Revoke a token and return the token; raises NotFound."""
        with self._lock:
            found = self._tokens.get(token)
            if found is None:
                raise rules.no_token(token)
            if found.revoked is None:
                self._tokens[token] = replace(found, revoked=at)
            return self._tokens[token]

    def shared_secret(self, name: str) -> bytes:
        """Return the random bytes kept under a name, made at the first call."""
        with self._lock:
            return self._secrets.setdefault(name, secrets.token_bytes(rules.SECRET_BYTES))

    def _known(self, person: PersonId) -> Person:
        found = self._people.get(person)
        if found is None:
            raise rules.no_person(person)
        return found

    def _identified(self, identity: Identity | None) -> PersonId | None:
        found = (p for p, one in self._credentials.items() if identity and one.identity == identity)
        return next(found, None)

    def _end_sessions(self, person: PersonId) -> None:
        self._sessions = {d: s for d, s in self._sessions.items() if s.person != person}
