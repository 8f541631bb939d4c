"""Accounts on SQLite or PostgreSQL, in the register's database."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, insert, literal, or_, select, update

from footage.access import PersonId
from infra.config.register_url import register_url
from infra.registers import account_rules as rules
from infra.registers import sql_account_rows as rows
from infra.registers.sql_models import (
    API_TOKENS,
    CREDENTIALS,
    PENDING_SIGN_INS,
    PEOPLE,
    SESSIONS,
    SHARED_SECRETS,
    SIGN_IN_FAILURES,
)
from infra.registers.sql_part import SqlPart

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, Table

    from footage.access import Person
    from footage.instant import Instant
    from footage.ports import (
        ApiToken,
        Credentials,
        Failures,
        Identity,
        PendingSignIn,
        Session,
    )
    from infra.config.sections.stores import Database as Section
    from infra.registers.sql_rows import Values
    from infra.stores import StoreContext


class SqlAccounts(SqlPart):
    """`footage.ports.Accounts` across processes; migrates the database on construction.

    What counts once is taken by a single statement, or under the lock of the person's row, so
    processes that ask at the same time take turns in the database.
    Arguments and errors are those of `SqlPart`.
    """

    # ------------------------------------------------------------------------ people

    def add_person(self, person: Person, credentials: Credentials) -> None:
        """Add a person with the credentials; raises Conflict for a known account name."""
        with self._database.transaction() as connection:
            if not self._add(connection, PEOPLE, rows.person_row(person)):
                raise rules.person_exists(person.id)
            connection.execute(insert(CREDENTIALS), [rows.credentials_row(person.id, credentials)])

    def change_person(self, person: Person) -> Person:
        """Replace a person of an unchanged version; raises NotFound and Conflict."""
        done = rules.next_version(person)
        unchanged = (PEOPLE.c.id == person.id, PEOPLE.c.version == person.version)
        change = update(PEOPLE).where(*unchanged).values(rows.person_row(done))
        with self._database.transaction() as connection:
            if connection.scalar(change.returning(PEOPLE.c.id)) is None:
                require_person(connection, person.id)
                raise rules.person_changed(person.id)
        return done

    def person(self, person: PersonId) -> Person:
        """Return a person; raises NotFound."""
        found = self._row(select(PEOPLE).where(PEOPLE.c.id == person))
        if found is None:
            raise rules.no_person(person)
        return rows.person_from(found)

    def people(self) -> list[Person]:
        """Return all people, by account name."""
        with self._database.reading() as connection:
            found = connection.execute(select(PEOPLE)).mappings().all()
        return sorted(map(rows.person_from, found), key=lambda person: person.id)

    # ------------------------------------------------------------------------ credentials

    def credentials(self, person: PersonId) -> Credentials:
        """Return a person's credentials; raises NotFound."""
        found = self._row(select(CREDENTIALS).where(CREDENTIALS.c.person == person))
        if found is None:
            raise rules.no_person(person)
        return rows.credentials_from(found)

    def set_credentials(
        self, person: PersonId, credentials: Credentials, *, was: Credentials
    ) -> None:
        """Replace a person's credentials, under their lock, and end the person's sessions."""
        same_secret = CREDENTIALS.c.totp == credentials.totp
        change = (
            update(CREDENTIALS)
            .where(CREDENTIALS.c.person == person)
            .values(
                **rows.credentials_row(person, credentials),
                step=case((same_secret, CREDENTIALS.c.step), else_=None),
            )
        )
        with self._database.transaction() as connection:
            if _locked_credentials(connection, person) != was:
                raise rules.credentials_changed(person)
            if credentials.identity:
                _require_own(connection, credentials.identity, person)
            connection.execute(change)
            connection.execute(delete(SESSIONS).where(SESSIONS.c.person == person))

    def identified(self, identity: Identity) -> PersonId | None:
        """Return the person whose credentials have an identity; None for nobody."""
        with self._database.reading() as connection:
            return _identified(connection, identity)

    def take_step(self, person: PersonId, step: int) -> bool:
        """Take the time-based code of a time step, which counts once."""
        later = or_(CREDENTIALS.c.step.is_(None), CREDENTIALS.c.step < step)
        change = update(CREDENTIALS).where(CREDENTIALS.c.person == person, later)
        taking = change.values(step=step).returning(CREDENTIALS.c.person)
        with self._database.transaction() as connection:
            return connection.scalar(taking) is not None

    def take_recovery(self, person: PersonId, digest: str) -> bool:
        """Take a recovery code, which counts once, under the lock of the person's credentials."""
        mine = CREDENTIALS.c.person == person
        with self._database.transaction() as connection:
            text = connection.scalar(select(CREDENTIALS.c.recovery).where(mine).with_for_update())
            left = rows.recovery_from(text) if text else frozenset()
            if digest not in left:
                return False
            rest = rows.recovery_text(left - {digest})
            connection.execute(update(CREDENTIALS).where(mine).values(recovery=rest))
            return True

    # ------------------------------------------------------------------------ failed sign-ins

    def failures(self, name: str) -> Failures | None:
        """Return the failed sign-ins in a row under a name."""
        mine = SIGN_IN_FAILURES.c.name_digest == rows.name_digest(name)
        found = self._row(select(SIGN_IN_FAILURES).where(mine))
        return None if found is None else rows.failures_from(found)

    def note_failure(self, name: str, at: Instant, *, forget_before: Instant) -> Failures:
        """Count one more failed sign-in under a name, in one statement; forget old ones.

        The name's own row comes first and rows locked by others are left to those, so of two calls
        none ever waits for a row while holding a row that the other waits for.
        """
        table, key = SIGN_IN_FAILURES, rows.name_digest(name)
        old = table.c.last_us < forget_before.us
        count = case((old, literal(1)), else_=table.c.count + 1)
        first = {"name_digest": key, "count": 1, "last_us": at.us}
        noting = self._database.insert(table).values(first)
        noting = noting.on_conflict_do_update(
            index_elements=["name_digest"], set_={"count": count, "last_us": at.us}
        )
        with self._database.transaction() as connection:
            counted = connection.execute(noting.returning(table)).mappings().one()
            _remove_old(connection, table.c.name_digest, (old, table.c.name_digest != key))
            return rows.failures_from(counted)

    def forget_failures(self, name: str) -> None:
        """Forget the failed sign-ins under a name."""
        mine = SIGN_IN_FAILURES.c.name_digest == rows.name_digest(name)
        with self._database.transaction() as connection:
            connection.execute(delete(SIGN_IN_FAILURES).where(mine))

    # ------------------------------------------------------------------------ sessions

    def add_session(self, session: Session, *, proven: Credentials) -> None:
        """Add a session; sessions that expired before this one started are removed."""
        expired = SESSIONS.c.expires_us < session.started.us
        with self._database.transaction() as connection:
            current = _locked_credentials(connection, session.person)
            rules.require_proven(session.person, current, proven)
            _remove_old(connection, SESSIONS.c.digest, (expired,))
            if not self._add(connection, SESSIONS, rows.session_row(session)):
                raise rules.session_exists(session.person)

    def session(self, digest: str) -> Session | None:
        """Return the session of a digest, expired or not; None for none."""
        found = self._row(select(SESSIONS).where(SESSIONS.c.digest == digest))
        return None if found is None else rows.session_from(found)

    def touch_session(self, digest: str, at: Instant) -> None:
        """Record when a request of a session last came; an earlier time changes nothing."""
        earlier = (SESSIONS.c.digest == digest, SESSIONS.c.seen_us < at.us)
        with self._database.transaction() as connection:
            connection.execute(update(SESSIONS).where(*earlier).values(seen_us=at.us))

    def end_session(self, digest: str) -> None:
        """Remove a session; does nothing where the session is gone."""
        with self._database.transaction() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))

    def end_sessions(self, person: PersonId) -> None:
        """Remove all sessions of a person."""
        with self._database.transaction() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.person == person))

    def add_pending(self, pending: PendingSignIn, at: Instant) -> None:
        """Add a sign-in by a provider; expired ones are removed."""
        table = PENDING_SIGN_INS
        with self._database.transaction() as connection:
            _remove_old(connection, table.c.state_digest, (table.c.expires_us < at.us,))
            if not self._add(connection, table, rows.pending_row(pending)):
                raise rules.pending_exists()

    def take_pending(self, state_digest: str) -> PendingSignIn | None:
        """Remove and return a sign-in by a provider, in one statement."""
        table = PENDING_SIGN_INS
        taking = delete(table).where(table.c.state_digest == state_digest).returning(table)
        with self._database.transaction() as connection:
            found = connection.execute(taking).mappings().one_or_none()
        return None if found is None else rows.pending_from(found)

    # ------------------------------------------------------------------------ tokens, secrets

    def add_token(self, token: ApiToken) -> None:
        """Add a token; raises Conflict for a known id."""
        with self._database.transaction() as connection:
            require_person(connection, token.person)
            if not self._add(connection, API_TOKENS, rows.token_row(token)):
                raise rules.token_exists(token.id)

    def token(self, token: str) -> ApiToken | None:
        """Return the token of an id, expired or not; None for none."""
        found = self._row(select(API_TOKENS).where(API_TOKENS.c.id == token))
        return None if found is None else rows.token_from(found)

    def tokens(self, person: PersonId | None = None) -> list[ApiToken]:
        """Return the tokens of a person (None: of all), by creation and id."""
        query = select(API_TOKENS)
        if person is not None:
            query = query.where(API_TOKENS.c.person == person)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().all()
        return sorted(map(rows.token_from, found), key=lambda token: (token.created, token.id))

    def revoke_token(self, token: str, at: Instant) -> ApiToken:
        """Revoke a token and return the token; raises NotFound."""
        counting = (API_TOKENS.c.id == token, API_TOKENS.c.revoked_us.is_(None))
        with self._database.transaction() as connection:
            connection.execute(update(API_TOKENS).where(*counting).values(revoked_us=at.us))
            query = select(API_TOKENS).where(API_TOKENS.c.id == token)
            found = connection.execute(query).mappings().one_or_none()
        if found is None:
            raise rules.no_token(token)
        return rows.token_from(found)

    def shared_secret(self, name: str) -> bytes:
        """Return the random bytes kept under a name; of first calls at once, one decides."""
        query = select(SHARED_SECRETS.c.secret).where(SHARED_SECRETS.c.name == name)
        with self._database.reading() as connection:
            kept = connection.scalar(query)
        if kept is None:
            made = {"name": name, "secret": secrets.token_bytes(rules.SECRET_BYTES)}
            with self._database.transaction() as connection:
                adding = self._database.insert(SHARED_SECRETS).values(made)
                connection.execute(adding.on_conflict_do_nothing())
                kept = connection.scalars(query).one()
        return bytes(kept)

    def _row(self, query: Select[Any]) -> RowMapping | None:
        with self._database.reading() as connection:
            return connection.execute(query).mappings().one_or_none()

    def _add(self, connection: Connection, table: Table, row: Values) -> bool:
        """Add a row; return False where a row of the same key exists already."""
        adding = self._database.insert(table).values(row).on_conflict_do_nothing()
        (key,) = table.primary_key
        return connection.scalar(adding.returning(key)) is not None


def from_settings(chosen: Section, context: StoreContext) -> SqlAccounts:
    """The accounts in the register's database.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    accounts = SqlAccounts(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(accounts.close)
    return accounts


def _locked_credentials(connection: Connection, person: PersonId) -> Credentials:
    """Return a person's credentials, which change no more until the transaction ends."""
    query = select(CREDENTIALS).where(CREDENTIALS.c.person == person).with_for_update()
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        raise rules.no_person(person)
    return rows.credentials_from(found)


def _identified(connection: Connection, identity: Identity) -> PersonId | None:
    mine = CREDENTIALS.c.identity == rows.identity_text(identity)
    found = connection.scalar(select(CREDENTIALS.c.person).where(mine))
    return None if found is None else PersonId(found)


def _require_own(connection: Connection, identity: Identity, person: PersonId) -> None:
    """Refuse an identity of another person; the index refuses what two do at the same time."""
    holder = _identified(connection, identity)
    if holder is not None and holder != person:
        raise rules.identity_taken(identity, holder)


def require_person(connection: Connection, person: PersonId) -> None:
    """Raise NotFound where the register holds no such person."""
    if connection.scalar(select(PEOPLE.c.id).where(PEOPLE.c.id == person)) is None:
        raise rules.no_person(person)


def _remove_old(
    connection: Connection, key: Column[str], old: tuple[ColumnElement[bool], ...]
) -> None:
    """Remove the rows that are old, but for those that another transaction has locked."""
    free = select(key).where(*old).with_for_update(skip_locked=True)
    connection.execute(delete(key.table).where(key.in_(free)))
