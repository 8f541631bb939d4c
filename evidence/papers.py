"""The report of a bundle in both languages, and its stills: written into the bundle's folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from evidence import manifest as statements
from evidence.report import FILES, ROLE, Reported, facts_digest, report
from evidence.still_making import make_stills
from footage.document import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evidence.bundle import BundleFolder
    from evidence.manifest import Json, Statement
    from evidence.start_here import StartFacts
    from footage.case import CaseDocument, Exhibit
    from footage.ports import Cases, Decoder, DocumentMaker


_PAGE: Final = 500


def exhibits_of(cases: Cases, reference: str) -> list[Exhibit]:
    """Return all exhibits of the case with a reference, by number; none of an unknown case."""
    case = cases.of_reference(reference)
    found: list[Exhibit] = []
    while case and (page := cases.exhibits(case.id, after=len(found), limit=_PAGE)):
        found += page
    return found


def documents_of(cases: Cases, reference: str) -> list[CaseDocument]:
    """Return the authority documents of the case with a reference; none of an unknown case."""
    case = cases.of_reference(reference) if reference else None
    return cases.documents(case.id) if case else []


@dataclass(frozen=True, slots=True)
class Papers:
    """Writes report and stills into bundles.

    Attributes:
        exhibits: Gives the exhibits of the case with a reference; none of an unknown case.
    """

    documents: DocumentMaker
    decoder: Decoder
    exhibits: Callable[[str], Sequence[Exhibit]]

    def stills(self, statement: Statement, folder: BundleFolder) -> Statement:
        """Write the stills of a bundle with its master files; return the statement with stills."""
        case = statement.purpose.case
        exhibits = self.exhibits(case) if case else ()
        made, absent = make_stills(statement, exhibits, self.decoder, folder)
        return replace(statement, stills=made, no_stills=absent)

    def report(
        self,
        start: StartFacts,
        addressed: Mapping[str, str],
        keys: Sequence[tuple[str, str]],
        folder: BundleFolder,
    ) -> Json:
        """Write the report in each language.

        Args:
            start: The facts; nothing of them changes afterwards.
            addressed: `recipient`, `recipient_kind` and `authority`, where somebody named them.
            keys: Fingerprints of the ledger's public keys, by name.
            folder: Folder of the bundle; files that hold or show footage are written.

        Returns:
            What the manifest says of the report.
        """
        statement = start.statement
        data = facts_digest(statements.manifest(statement, folder.files))
        facts = Reported(start, addressed, keys, tuple(folder.files), data)
        for language in LANGUAGES:
            document = report(facts, language)
            made = self.documents.pdf(document, language, statement.created)
            folder.add(FILES[language], [made], ROLE)
        return {"facts_sha256": data, "members": list(FILES.values())}
