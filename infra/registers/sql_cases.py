"""Cases on SQLite or PostgreSQL, in the register's database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, select, update

from footage.case import (
    case_exists,
    no_case,
    numbered,
    require_room,
    require_unfilled,
    rewritten,
    with_number,
)
from infra.config.register_url import register_url
from infra.registers import case_rules as rules
from infra.registers import sql_case_rows as rows
from infra.registers.sql_models import (
    CASE_DOCUMENTS,
    CASE_EXHIBITS,
    CASE_MEMBERS,
    CASE_WORDS,
    CASES,
)
from infra.registers.sql_part import SqlPart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Select

    from footage.case import Case, CaseDocument, CaseState, Exhibit, Member, Words
    from footage.ids import CaseId
    from infra.config.sections.stores import Database as Section
    from infra.stores import StoreContext


class SqlCases(SqlPart):
    """`footage.ports.Cases` across processes; migrates the database on construction.

    Each change reads the case under the lock of the case's row, and writes what the rules say, so
    changes of a case take turns; words are added by their primary key alone, so no version is
    written twice. Pages go by primary keys.
    Arguments and errors are those of `SqlPart`.
    """

    def open(self, case: Case, members: Sequence[Member]) -> None:
        """Add a case with its first words and members; raises Conflict and Refused."""
        adding = self._database.insert(CASES).values(rows.case_row(case)).on_conflict_do_nothing()
        with self._database.transaction() as connection:
            if connection.scalar(adding.returning(CASES.c.id)) is None:
                raise case_exists(case)
            require_room(case, len(members) - 1)
            mine = [rows.member_row(case.id, member) for member in members]
            connection.execute(insert(CASE_MEMBERS), mine)
            _add_words(connection, case.id, 0, case.words)

    def case(self, case: CaseId) -> Case:
        """Return a case; raises NotFound."""
        with self._database.reading() as connection:
            return _case(connection, case)

    def of_reference(self, reference: str) -> Case | None:
        """Return the case of a reference; None for none."""
        digest = rows.reference_digest(reference)
        query = _with_words().where(CASES.c.reference_digest == digest)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().one_or_none()
        return None if found is None else rows.case_from(found)

    def cases(
        self,
        *,
        member: str | None = None,
        state: CaseState | None = None,
        before: CaseId | None = None,
        limit: int = 100,
    ) -> list[Case]:
        """Return cases, the newest first."""
        query = _with_words()
        by = CASES.c.id
        if member is not None:
            query = query.join(CASE_MEMBERS, CASE_MEMBERS.c.case_id == CASES.c.id)
            query = query.where(CASE_MEMBERS.c.person == member)
            by = CASE_MEMBERS.c.case_id
        if state is not None:
            query = query.where(CASES.c.state == state.value)
        if before is not None:
            query = query.where(by < before)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(by.desc()).limit(limit)).mappings()
            return [rows.case_from(row) for row in found]

    def change(self, case: CaseId, change: Callable[[Case], Case]) -> Case:
        """Replace a case by what `change` makes of the case; raises NotFound."""
        with self._database.transaction() as connection:
            was = _locked(connection, case)
            done = change(was)
            if done.words.version != was.words.version:
                require_unfilled(_count_words(connection, case))
                _add_words(connection, case, 0, done.words)
            return _put(connection, done)

    def members(self, case: CaseId) -> list[Member]:
        """Return the members of a case, by person; none of an unknown case."""
        query = select(CASE_MEMBERS).where(CASE_MEMBERS.c.case_id == case)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().all()
        return sorted(map(rows.member_from, found), key=lambda member: member.person)

    def is_member(self, case: CaseId, person: str) -> bool:
        """Return whether a person is a member of a case."""
        with self._database.reading() as connection:
            return _is_member(connection, case, person)

    def add_member(self, case: CaseId, member: Member) -> Case | None:
        """Add a member; raises NotFound, or Refused for one too many."""
        with self._database.transaction() as connection:
            known = _locked(connection, case)
            if _is_member(connection, case, member.person):
                return None
            require_room(known, _count_members(connection, case))
            connection.execute(insert(CASE_MEMBERS), [rows.member_row(case, member)])
            return _put(connection, replace(known, version=known.version + 1))

    def remove_member(self, case: CaseId, person: str) -> Case | None:
        """Remove a member; raises NotFound, or Refused for the last."""
        mine = (CASE_MEMBERS.c.case_id == case, CASE_MEMBERS.c.person == person)
        with self._database.transaction() as connection:
            known = _locked(connection, case)
            if not _is_member(connection, case, person):
                return None
            rules.require_another(known, _count_members(connection, case))
            connection.execute(delete(CASE_MEMBERS).where(*mine))
            return _put(connection, replace(known, version=known.version + 1))

    def add_exhibit(self, exhibit: Exhibit) -> Exhibit:
        """Add an exhibit; raises NotFound and Refused."""
        with self._database.transaction() as connection:
            case = _locked(connection, exhibit.case)
            added = numbered(case, exhibit)
            connection.execute(insert(CASE_EXHIBITS), [rows.exhibit_row(added)])
            _add_words(connection, case.id, added.number, added.words)
            _put(connection, replace(case, exhibits=added.number))
            return added

    def exhibit(self, case: CaseId, number: int) -> Exhibit:
        """Return an exhibit; raises NotFound."""
        with self._database.reading() as connection:
            return _exhibit(connection, case, number)

    def exhibits(self, case: CaseId, *, after: int = 0, limit: int = 100) -> list[Exhibit]:
        """Return the exhibits of a case with a greater number than `after`, by number."""
        query = _exhibits_of(case).where(CASE_EXHIBITS.c.number > after)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(CASE_EXHIBITS.c.number).limit(limit))
            return [rows.exhibit_from(row) for row in found.mappings()]

    def add_document(self, document: CaseDocument) -> CaseDocument:
        """Add an authority document; raises NotFound and Refused."""
        mine = CASE_DOCUMENTS.c.case_id == document.case
        query = select(func.count()).select_from(CASE_DOCUMENTS).where(mine)
        with self._database.transaction() as connection:
            case = _locked(connection, document.case)
            added = with_number(case, document, connection.scalar(query) or 0)
            connection.execute(insert(CASE_DOCUMENTS), [rows.document_row(added)])
            return added

    def documents(self, case: CaseId) -> list[CaseDocument]:
        """Return the authority documents of a case, by number; none of an unknown case."""
        query = select(CASE_DOCUMENTS).where(CASE_DOCUMENTS.c.case_id == case)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(CASE_DOCUMENTS.c.number)).mappings()
            return [rows.document_from(row) for row in found]

    def write(self, case: CaseId, number: int, words: Words) -> Exhibit:
        """Give an exhibit new words; raises NotFound, Conflict and Refused."""
        mine = (CASE_EXHIBITS.c.case_id == case, CASE_EXHIBITS.c.number == number)
        with self._database.transaction() as connection:
            known = _locked(connection, case)
            done = rewritten(known, _exhibit(connection, case, number), words)
            _add_words(connection, case, number, words)
            connection.execute(update(CASE_EXHIBITS).where(*mine).values(version=words.version))
            return done

    def versions(
        self, case: CaseId, number: int = 0, *, before: int | None = None, limit: int = 100
    ) -> list[Words]:
        """Return the versions of some words, the newest first; raises NotFound."""
        query = select(CASE_WORDS).where(
            CASE_WORDS.c.case_id == case, CASE_WORDS.c.exhibit == number
        )
        if before is not None:
            query = query.where(CASE_WORDS.c.version < before)
        query = query.order_by(CASE_WORDS.c.version.desc()).limit(limit)
        with self._database.reading() as connection:
            _case(connection, case)
            if number:
                _exhibit(connection, case, number)
            return [rows.words_from(row) for row in connection.execute(query).mappings()]


def from_settings(chosen: Section, context: StoreContext) -> SqlCases:
    """The cases in the register's database.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    cases = SqlCases(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(cases.close)
    return cases


def _with_words() -> Select[Any]:
    """Return the query of all cases with their newest words."""
    written = CASE_WORDS.c
    newest = and_(
        written.case_id == CASES.c.id,
        written.exhibit == 0,
        written.version == CASES.c.words_version,
    )
    columns = [column for column in CASES.c if column.name != "version"]
    return select(
        *columns,
        CASES.c.version.label("case_version"),
        written.title,
        written.text,
        written.written_by,
        written.written_us,
    ).join_from(CASES, CASE_WORDS, newest)


def _exhibits_of(case: CaseId) -> Select[Any]:
    """Return the query of a case's exhibits with their newest words."""
    written = CASE_WORDS.c
    newest = and_(
        written.case_id == CASE_EXHIBITS.c.case_id,
        written.exhibit == CASE_EXHIBITS.c.number,
        written.version == CASE_EXHIBITS.c.version,
    )
    return (
        select(CASE_EXHIBITS, written.title, written.text, written.written_by, written.written_us)
        .join_from(CASE_EXHIBITS, CASE_WORDS, newest)
        .where(CASE_EXHIBITS.c.case_id == case)
    )


def _case(connection: Connection, case: CaseId) -> Case:
    found = connection.execute(_with_words().where(CASES.c.id == case)).mappings().one_or_none()
    if found is None:
        raise no_case(case)
    return rows.case_from(found)


def _locked(connection: Connection, case: CaseId) -> Case:
    """Return a case, which nobody else changes until the transaction ends."""
    connection.execute(select(CASES.c.id).where(CASES.c.id == case).with_for_update())
    return _case(connection, case)


def _put(connection: Connection, case: Case) -> Case:
    # Without the id: SQLite would look for every row that refers to the id of before.
    changed = {name: value for name, value in rows.case_row(case).items() if name != "id"}
    connection.execute(update(CASES).where(CASES.c.id == case.id).values(changed))
    return case


def _exhibit(connection: Connection, case: CaseId, number: int) -> Exhibit:
    query = _exhibits_of(case).where(CASE_EXHIBITS.c.number == number)
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        _case(connection, case)
        raise rules.no_exhibit(number)
    return rows.exhibit_from(found)


def _add_words(connection: Connection, case: CaseId, exhibit: int, words: Words) -> None:
    connection.execute(insert(CASE_WORDS), [rows.words_row(case, exhibit, words)])


def _is_member(connection: Connection, case: CaseId, person: str) -> bool:
    mine = (CASE_MEMBERS.c.case_id == case, CASE_MEMBERS.c.person == person)
    return connection.scalar(select(CASE_MEMBERS.c.person).where(*mine)) is not None


def _count_members(connection: Connection, case: CaseId) -> int:
    query = select(func.count()).select_from(CASE_MEMBERS).where(CASE_MEMBERS.c.case_id == case)
    return connection.scalar(query) or 0


def _count_words(connection: Connection, case: CaseId) -> int:
    """Return of how many versions the words about the case itself are; `MOST_VERSIONS` at most."""
    mine = (CASE_WORDS.c.case_id == case, CASE_WORDS.c.exhibit == 0)
    query = select(func.count()).select_from(CASE_WORDS).where(*mine)
    return connection.scalar(query) or 0
