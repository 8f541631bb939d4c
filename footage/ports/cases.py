"""The cases' port: the record of cases, members, exhibits, documents, and of words in versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.case import Case, CaseDocument, CaseState, Exhibit, Member, Words
    from footage.ids import CaseId


class Cases(Protocol):
    """The record of cases.

    - Each call is one transaction: wholly done on return, or not at all. Changes of the same case
      at the same time come one after the other.
    - Words are added, never replaced: every version that a case or an exhibit ever had reads back.
    - What a page costs grows with the page, never with the number of cases or exhibits.
    - NotFound: there is no such case or exhibit.
    - Unavailable: the record cannot be reached.
    """

    def open(self, case: Case, members: Sequence[Member]) -> None:
        """Add a case with its first words and members.

        Raises:
            Conflict: There is a case of that id, or of a reference with the same
                `footage.case.reference_key`.
            Refused: There are more members than `footage.case.MOST_MEMBERS`.
        """
        ...

    def case(self, case: CaseId) -> Case:
        """Return a case."""
        ...

    def of_reference(self, reference: str) -> Case | None:
        """Return the case whose reference has the same key as `reference`; None for none."""
        ...

    def cases(
        self,
        *,
        member: str | None = None,
        state: CaseState | None = None,
        before: CaseId | None = None,
        limit: int = 100,
    ) -> list[Case]:
        """Return cases, the newest first.

        Args:
            member: Cases of this member only; None: all.
            state: Cases in this state only. With `member` the cost grows with the member's cases.
            before: Cases with a smaller id only: the last of the page before.
            limit: Most cases to return.
        """
        ...

    def change(self, case: CaseId, change: Callable[[Case], Case]) -> Case:
        """Replace words, state and version of a case by what `change` makes of the case.

        Args:
            case: The case.
            change: Called within the transaction with the case as recorded; an error it raises goes
                on, and nothing is changed. Words of a new version are added to the versions.

        Returns:
            The case as changed.

        Raises:
            Refused: There are `footage.case.MOST_VERSIONS` versions of the words already.
        """
        ...

    def members(self, case: CaseId) -> list[Member]:
        """Return the members of a case, by person; none of an unknown case."""
        ...

    def is_member(self, case: CaseId, person: str) -> bool:
        """Return whether a person is a member of a case."""
        ...

    def add_member(self, case: CaseId, member: Member) -> Case | None:
        """Add a member.

        Returns:
            The case, with the next version; None where the person is a member already, who stays as
            added: nothing changes.

        Raises:
            Refused: The case has `footage.case.MOST_MEMBERS` members.
        """
        ...

    def remove_member(self, case: CaseId, person: str) -> Case | None:
        """Remove a member.

        Returns:
            The case, with the next version; None where the person is no member: nothing changes.

        Raises:
            Refused: Nobody else is a member.
        """
        ...

    def add_exhibit(self, exhibit: Exhibit) -> Exhibit:
        """Add an exhibit with its first words.

        Returns:
            The exhibit with its number.

        Raises:
            Refused: The case is closed, or has too many exhibits.
        """
        ...

    def exhibit(self, case: CaseId, number: int) -> Exhibit:
        """Return an exhibit."""
        ...

    def exhibits(self, case: CaseId, *, after: int = 0, limit: int = 100) -> list[Exhibit]:
        """Return the exhibits of a case with a greater number than `after`, by number."""
        ...

    def add_document(self, document: CaseDocument) -> CaseDocument:
        """Add an authority document; the case's version stays.

        Returns:
            The document with its number.

        Raises:
            Refused: The case is closed, or has too many documents.
        """
        ...

    def documents(self, case: CaseId) -> list[CaseDocument]:
        """Return the authority documents of a case, by number; none of an unknown case."""
        ...

    def write(self, case: CaseId, number: int, words: Words) -> Exhibit:
        """Give an exhibit new words.

        Raises:
            Conflict: The exhibit has another version than the one before `words.version`.
            Refused: The case is closed, or there are `footage.case.MOST_VERSIONS` versions already.
        """
        ...

    def versions(
        self, case: CaseId, number: int = 0, *, before: int | None = None, limit: int = 100
    ) -> list[Words]:
        """Return the versions of the words about a case, or about an exhibit, the newest first.

        Args:
            case: The case.
            number: Number of the exhibit; 0: the words about the case itself.
            before: Versions of a smaller number only: the last of the page before.
            limit: Most versions to return.
        """
        ...
