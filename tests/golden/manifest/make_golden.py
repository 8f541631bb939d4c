"""Makes the golden bundle: every value in it is fixed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from evidence import export, verify
from evidence.papers import Papers
from footage.ids import CameraId
from footage.span import GapReason
from infra.media.pyav_decoder import PyavDecoder
from tests.common.builders import a_gap, during, segments_in_a_row
from tests.common.case_parts import a_document
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts

if TYPE_CHECKING:
    from footage.document import Document, Language
    from footage.instant import Instant

GOLDEN = Path(__file__).with_name("golden")
ADDRESSED = {
    "recipient": "Sessions Court",
    "recipient_kind": "court",
    "authority": "order 14/2026",
}
BUNDLE = "01a20404-0afb-7000-8000-000000000000"


class FixedDocuments:
    """Writes what a document says as text: PDFs change with Typst."""

    def pdf(self, document: Document, language: Language, made: Instant) -> bytes:
        """Return title, digest of the facts and blocks."""
        blocks = "".join(f"{block}\n" for block in document.blocks)
        return f"{document.title}\n{language} {made}\n{document.data}\n{blocks}".encode()


def make(folder: Path) -> Path:
    """The bundle, made from fixed footage in `folder`."""
    parts = the_parts(folder)
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third], bytes_each=300)
    parts.catalogue.add_gaps(
        [a_gap("camera-1", during(60, 90), GapReason.CAMERA_LOST, "no frames for 10s")]
    )
    papers = Papers(FixedDocuments(), PyavDecoder(), lambda _case: ())
    service = exporter(parts, papers=papers, documents=[a_document()])

    def fixed(_: Instant) -> str:
        return BUNDLE

    tool = folder / "verify.py"
    tool.write_text("# The verifier of the day stands here.\n", encoding="ascii")
    tool.with_suffix(".html").write_text("The page of the day stands here.\n", encoding="ascii")
    with (
        mock.patch.object(export, "timed_id", fixed),  # the one value that is random
        mock.patch.object(verify, "__file__", str(tool)),  # the one that changes with us
    ):
        service.export(
            [CameraId("camera-1")], during(10, 170), folder / "golden", LIAISON, addressed=ADDRESSED
        )
    return folder / "golden"


def main() -> None:
    """Replace the golden bundle."""
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(made, GOLDEN)


if __name__ == "__main__":
    main()
