"""Checks of a bundle on the installation that made it: compared with the custody log's entry.

The verifier of a bundle stands alone and knows no custody log; here is what the log adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from evidence import verify as verifier

if TYPE_CHECKING:
    from footage.instant import Instant


class Entered(Protocol):
    """The export of a bundle as entered in the custody log."""

    @property
    def entry(self) -> int:
        """Number of the entry."""
        ...

    @property
    def at(self) -> Instant:
        """Instant of the entry."""
        ...

    @property
    def manifest(self) -> str:
        """Digest of the bundle's manifest, "sha256:..."."""
        ...


def compared(report: verifier.Report, entered: Entered | None) -> verifier.Report:
    """Return a report that says where the custody log names another manifest of the bundle.

    Args:
        report: The verifier's report.
        entered: The entry of the export that made the bundle; None where no entry is known.
    """
    if entered is None or entered.manifest == report.manifest:
        return report
    other = f"is not the manifest of custody entry {entered.entry}: {entered.manifest}"
    finding = verifier.Finding("altered", verifier.MANIFEST, other)
    return report._replace(findings=[*report.findings, finding])
