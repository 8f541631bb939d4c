"""Makes the golden bundle: every value in it is fixed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from evidence import export, verify
from evidence.papers import Papers
from evidence.redaction import Redaction
from evidence.view_making import Views
from evidence.views import ViewsAsked
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.ports.views import Size
from footage.span import GapReason
from infra.media.pyav_decoder import PyavDecoder
from tests.common.builders import a_gap, during, segments_in_a_row
from tests.common.case_parts import a_document
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.mp4_builder import box, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.document import Document, Language
    from footage.instant import Instant
    from footage.ports.views import Caption, CardPart, FilmPart

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


class FixedViews:
    """Writes films that tell the number of their pictures alone: coded ones change with x264."""

    def __init__(self) -> None:
        self._pictures = 0

    def tool(self) -> str:
        """A program that does not change."""
        return "FFmpeg 0"

    def filters(self) -> str:
        """Filters that do not change."""
        return "filters of the day"

    def shown(self, file: Path) -> Size:
        """A size, whatever the file."""
        del file
        return Size(640, 360)

    def canvas(self, shown: Size, caption: Caption) -> Size:
        """The size, with a band."""
        del caption
        return Size(shown.width, shown.height + 88)

    def film(self, part: FilmPart, canvas: Size, out: Path, told: Callable[[int], None]) -> int:
        """Count the pictures."""
        del canvas, told
        out.touch()
        self._pictures += len(part.pictures)
        return len(part.pictures)

    def card(self, part: CardPart, canvas: Size, out: Path) -> int:
        """Count a picture of a card."""
        del part, canvas
        out.touch()
        self._pictures += 1
        return 1

    def join(self, parts: Sequence[tuple[Path, Elapsed]], out: Path) -> None:
        """Write the index of a film with so many pictures."""
        del parts
        table = box(b"stbl", box(b"stsz", words(0, 0, self._pictures)))
        media = box(b"mdia", box(b"hdlr", bytes(8) + b"vide"), box(b"minf", table))
        out.write_bytes(box(b"moov", box(b"trak", media)))


def make(folder: Path) -> Path:
    """The bundle, made from fixed footage in `folder`."""
    parts = the_parts(folder)
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third], bytes_each=300)
    parts.catalogue.add_gaps(
        [a_gap("camera-1", during(60, 90), GapReason.CAMERA_LOST, "no frames for 10s")]
    )
    papers = Papers(FixedDocuments(), PyavDecoder(), lambda _case: ())
    views = Views(FixedViews(), Elapsed.parse("1h"))
    service = exporter(parts, papers=papers, views=views, documents=[a_document()])
    corners = ((10, 10), (50, 10), (50, 50))
    covered = Redaction(CameraId("camera-1"), during(20, 30), (640, 360), (corners,), "a passer-by")

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
            *([CameraId("camera-1")], during(10, 170), folder / "golden", LIAISON),
            views=ViewsAsked("ur", (covered,)),
            addressed=ADDRESSED,
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
