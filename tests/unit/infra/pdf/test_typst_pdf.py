"""PDFs of documents in both languages: what stands on the pages, fonts, the same bytes again."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import pytest
from PIL import Image
from pypdf import PdfReader

from footage.document import (
    LANGUAGES,
    Code,
    Document,
    Facts,
    Heading,
    NewPage,
    Paragraph,
    Picture,
    Statements,
    Table,
)
from footage.errors import Misconfigured
from footage.instant import Elapsed, Instant
from infra.pdf.typst_pdf import TypstDocuments

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject, StreamObject

    from footage.document import Language
    from footage.ports import DocumentMaker

pytestmark = pytest.mark.slow

MADE = Instant.parse("2026-11-29T10:00:00.5Z")
DIGEST = "0123456789abcdef" * 4
START, END = "2026-11-29T10:00:00.000000Z", "2026-11-29T10:00:10.000000Z"
ROWS = tuple((Code(START), Code(END), f"CAM-{number}") for number in range(60))
TITLES: dict[Language, str] = {"en": "Report on footage", "ur": "فوٹیج کی رپورٹ"}


def pixel() -> bytes:
    made = io.BytesIO()
    Image.new("L", (1, 1)).save(made, "PNG")
    return made.getvalue()


def document(language: Language, *, text: str = "محمد علی") -> Document:
    return Document(
        "EXB-1",
        TITLES[language],
        "4711/26",
        (
            Heading("A"),
            Paragraph(text),
            Facts((("SHA-256", Code(DIGEST)), ("FIR", "4711"))),
            Table(("B", "C", "D"), ROWS, (3, 3, 1)),
            NewPage(),
            Statements(("nothing stored",), ("reason",), ("before",)),
            Picture(pixel(), "STILL-1"),
        ),
    )


def root(made: PdfReader) -> DictionaryObject:
    return cast("DictionaryObject", made.trailer["/Root"])


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


@pytest.fixture
def maker() -> DocumentMaker:
    return TypstDocuments()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_say_what_the_document_holds(maker: DocumentMaker, language: Language) -> None:
    made = read(maker.pdf(document(language), language, MADE))
    texts = [page.extract_text() for page in made.pages]
    whole = "\n".join(texts)
    assert made.metadata is not None
    assert made.metadata.title == TITLES[language]
    assert str(root(made)["/Lang"]) == language
    assert DIGEST in whole
    assert whole.count(START) == len(ROWS)
    assert all("EXB-1" in text and "Footage" in text and str(MADE) in text for text in texts)
    assert "nothing stored" in texts[-1]
    assert "STILL-1" in texts[-1]
    assert "[U+" not in whole


def test_both_languages_count_their_pages_and_print_one_digest(maker: DocumentMaker) -> None:
    english = read(maker.pdf(document("en"), "en", MADE)).pages
    count = len(english)
    assert count == 3
    for number, page in enumerate(english, 1):
        assert f"Page {number} of {count}" in page.extract_text()
    with_data = Document("X", "T", "S", (), data=DIGEST)
    for language in LANGUAGES:
        [page] = read(maker.pdf(with_data, language, MADE)).pages
        assert DIGEST in page.extract_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_document_gives_the_same_bytes(maker: DocumentMaker, language: Language) -> None:
    first = maker.pdf(document(language), language, MADE)
    assert first == TypstDocuments().pdf(document(language), language, MADE)
    assert first != maker.pdf(document(language), language, MADE + Elapsed.seconds(1))
    assert first != maker.pdf(document(language, text="other"), language, MADE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_is_for_archives_with_fonts_of_the_product(
    maker: DocumentMaker, language: Language
) -> None:
    made = read(maker.pdf(document(language), language, MADE))
    fonts = set[str]()
    for page in made.pages:
        resources = cast("DictionaryObject", page["/Resources"])
        for font in cast("DictionaryObject", resources["/Font"]).values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            assert any(key.startswith("/FontFile") for key in below["/FontDescriptor"])
            fonts.add(str(below["/BaseFont"]).partition("+")[2])
    assert all(name.startswith("Noto") for name in fonts)
    assert any(name.startswith("NotoNastaliqUrdu") for name in fonts)
    metadata = cast("StreamObject", root(made)["/Metadata"].get_object()).get_data()
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata


def test_a_letter_that_no_font_has_is_written_as_its_number(maker: DocumentMaker) -> None:
    strange = document("en", text="ā中\x00 #panic() $x$ \\ *b*")
    [first, *_] = read(maker.pdf(strange, "en", MADE)).pages
    assert "[U+4E2D][U+0000] #panic() $x$ \\ *b*" in first.extract_text()


def test_there_is_a_picture_of_each_page() -> None:
    pages = TypstDocuments().pages(document("ur"), "ur", MADE)
    assert len(pages) == len(read(TypstDocuments().pdf(document("ur"), "ur", MADE)).pages)
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_an_absent_template_is_named(maker: DocumentMaker) -> None:
    with pytest.raises(Misconfigured, match="none_such"):
        maker.pdf(Document("X", "T", "S", (), template="none_such"), "en", MADE)
    with pytest.raises(Misconfigured, match="template"):
        maker.pdf(Document("X", "T", "S", (), template="../x"), "en", MADE)
