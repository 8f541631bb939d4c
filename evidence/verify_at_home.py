"""Checks of a bundle on the installation that made it: compared with the custody log's entry.

The verifier of a bundle stands alone and knows no custody log; here is what the log adds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from evidence import verify as verifier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


def keys_for(folder: Path, vkeys: Sequence[str]) -> list[str]:
    """Return those verifier keys of this home that are of the ledger a bundle names; none else.

    The keys of a home prove nothing of the bundle of another home, nor against that bundle.
    """
    try:
        stated = json.loads((folder / verifier.MANIFEST).read_bytes())
        if stated["schema"] == verifier.ABSENCE:
            stated = json.loads((folder / verifier.CERTIFICATE).read_bytes())
        origin = str(stated["ledger"]["origin"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []  # the verifier tells what is wrong
    return [one for one in vkeys if one.startswith(f"{origin}+")]


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
