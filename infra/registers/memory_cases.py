"""Cases in memory: between the threads of a process."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from footage.case import (
    case_exists,
    no_case,
    numbered,
    reference_key,
    require_room,
    require_unfilled,
    rewritten,
    with_number,
)
from infra.registers import case_rules as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.case import Case, CaseDocument, CaseState, Exhibit, Member, Words
    from footage.ids import CaseId


class MemoryCases:
    """Keeps the contract of `footage.ports.Cases`; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cases: dict[CaseId, Case] = {}
        self._keys: dict[str, CaseId] = {}
        self._members: dict[CaseId, dict[str, Member]] = {}
        self._exhibits: dict[CaseId, list[Exhibit]] = {}
        self._documents: dict[CaseId, list[CaseDocument]] = {}
        self._words: dict[tuple[CaseId, int], list[Words]] = {}

    def open(self, case: Case, members: Sequence[Member]) -> None:
        """Add a case with its first words and members; raises Conflict and Refused."""
        key = reference_key(case.reference)
        with self._lock:
            if case.id in self._cases or key in self._keys:
                raise case_exists(case)
            require_room(case, len(members) - 1)
            self._cases[case.id], self._keys[key] = case, case.id
            self._members[case.id] = {member.person: member for member in members}
            self._exhibits[case.id], self._documents[case.id] = [], []
            self._words[case.id, 0] = [case.words]

    def case(self, case: CaseId) -> Case:
        """Return a case; raises NotFound."""
        with self._lock:
            return self._known(case)

    def of_reference(self, reference: str) -> Case | None:
        """Return the case of a reference; None for none."""
        with self._lock:
            found = self._keys.get(reference_key(reference))
            return self._cases[found] if found else None

    def cases(
        self,
        *,
        member: str | None = None,
        state: CaseState | None = None,
        before: CaseId | None = None,
        limit: int = 100,
    ) -> list[Case]:
        """Return cases, the newest first."""
        with self._lock:
            found = [
                case
                for case in self._cases.values()
                if (member is None or member in self._members[case.id])
                and state in {None, case.state}
                and (before is None or case.id < before)
            ]
        return sorted(found, key=lambda case: case.id, reverse=True)[:limit]

    def change(self, case: CaseId, change: Callable[[Case], Case]) -> Case:
        """Replace a case by what `change` makes of the case; raises NotFound."""
        with self._lock:
            was = self._known(case)
            done = change(was)
            if done.words.version != was.words.version:
                require_unfilled(len(self._words[case, 0]))
                self._words[case, 0].append(done.words)
            self._cases[case] = done
            return done

    def members(self, case: CaseId) -> list[Member]:
        """Return the members of a case, by person; none of an unknown case."""
        with self._lock:
            found = self._members.get(case, {})
            return [found[person] for person in sorted(found)]

    def is_member(self, case: CaseId, person: str) -> bool:
        """Return whether a person is a member of a case."""
        with self._lock:
            return person in self._members.get(case, {})

    def add_member(self, case: CaseId, member: Member) -> Case | None:
        """Add a member; raises NotFound, or Refused for one too many."""
        with self._lock:
            known, members = self._known(case), self._members.get(case, {})
            if member.person in members:
                return None
            require_room(known, len(members))
            members[member.person] = member
            return self._next(known)

    def remove_member(self, case: CaseId, person: str) -> Case | None:
        """Remove a member; raises NotFound, or Refused for the last."""
        with self._lock:
            known, members = self._known(case), self._members.get(case, {})
            if person not in members:
                return None
            rules.require_another(known, len(members))
            del members[person]
            return self._next(known)

    def add_exhibit(self, exhibit: Exhibit) -> Exhibit:
        """Add an exhibit; raises NotFound and Refused."""
        with self._lock:
            case = self._known(exhibit.case)
            added = numbered(case, exhibit)
            self._exhibits[case.id].append(added)
            self._words[case.id, added.number] = [added.words]
            self._cases[case.id] = replace(case, exhibits=added.number)
            return added

    def exhibit(self, case: CaseId, number: int) -> Exhibit:
        """Return an exhibit; raises NotFound."""
        with self._lock:
            return self._known_exhibit(case, number)

    def exhibits(self, case: CaseId, *, after: int = 0, limit: int = 100) -> list[Exhibit]:
        """Return the exhibits of a case with a greater number than `after`, by number."""
        with self._lock:
            return self._exhibits.get(case, [])[after : after + limit]

    def add_document(self, document: CaseDocument) -> CaseDocument:
        """Add an authority document; raises NotFound and Refused."""
        with self._lock:
            case = self._known(document.case)
            added = with_number(case, document, len(self._documents[case.id]))
            self._documents[case.id].append(added)
            return added

    def documents(self, case: CaseId) -> list[CaseDocument]:
        """Return the authority documents of a case, by number; none of an unknown case."""
        with self._lock:
            return list(self._documents.get(case, ()))

    def write(self, case: CaseId, number: int, words: Words) -> Exhibit:
        """Give an exhibit new words; raises NotFound, Conflict and Refused."""
        with self._lock:
            known = self._known_exhibit(case, number)
            done = rewritten(self._known(case), known, words)
            self._exhibits[case][number - 1] = done
            self._words[case, number].append(words)
            return done

    def versions(
        self, case: CaseId, number: int = 0, *, before: int | None = None, limit: int = 100
    ) -> list[Words]:
        """Return the versions of some words, the newest first; raises NotFound."""
        with self._lock:
            self._known(case)
            if number:
                self._known_exhibit(case, number)
            written = self._words[case, number]
        found = [words for words in written if before is None or words.version < before]
        return found[::-1][:limit]

    def _known(self, case: CaseId) -> Case:
        found = self._cases.get(case)
        if found is None:
            raise no_case(case)
        return found

    def _known_exhibit(self, case: CaseId, number: int) -> Exhibit:
        self._known(case)
        if not 1 <= number <= len(self._exhibits[case]):
            raise rules.no_exhibit(number)
        return self._exhibits[case][number - 1]

    def _next(self, case: Case) -> Case:
        done = self._cases[case.id] = replace(case, version=case.version + 1)
        return done
