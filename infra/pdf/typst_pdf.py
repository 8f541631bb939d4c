"""PDF files of documents by Typst: templates and fonts of this folder, nothing of the system's.

The fonts are those of the web page's family, Noto, cut to Latin and Arabic letters; `coverage.txt`
lists the letters. The files are PDF/A-2b: fonts embedded, nothing loaded from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal, cast

import typst

from footage.document import (
    Code,
    Facts,
    Heading,
    NewPage,
    Paragraph,
    Picture,
    Statements,
    Table,
)
from footage.errors import Misconfigured
from infra.config.release import version
from infra.pdf import FONTS

if TYPE_CHECKING:
    from footage.document import Block, Cell, Document, Language
    from footage.instant import Instant

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = _HERE / "templates"
_INVISIBLE: Final = frozenset("\n\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069")
_AGAIN: Final = "install Footage again: a part of the package infra/pdf is missing or altered"
_US: Final = 1_000_000

Json = dict[str, object]


class TypstDocuments:
    """Makes PDF files of documents; see `footage.ports.documents`."""

    def pdf(self, document: Document, language: Language, made: Instant) -> bytes:
        """Make the PDF; `made` is the time of making that stands in the file and on its pages."""
        return _compiled(document, language, made, "pdf")[0]

    def pages(self, document: Document, language: Language, made: Instant) -> list[bytes]:
        """Make a PNG of each page of the same document."""
        return _compiled(document, language, made, "png")


def _compiled(
    document: Document, language: Language, made: Instant, form: Literal["pdf", "png"]
) -> list[bytes]:
    if not (_TEMPLATES / f"{document.template}.typ").is_file() or "/" in document.template:
        raise Misconfigured(f"no template for documents is named {document.template!r}")
    pictures: dict[str, bytes] = {}
    data: Json = {
        "id": _printable(document.id),
        "title": _printable(document.title),
        "subtitle": _printable(document.subtitle),
        "language": language,
        "made": str(made),
        "product": f"Footage {version()}",
        "blocks": [_block(block, pictures) for block in document.blocks],
    }
    data["data"] = document.data or hashlib.sha256(_text(data).encode()).hexdigest()
    with TemporaryDirectory(prefix="footage-pdf-") as root:
        try:
            for template in _TEMPLATES.glob("*.typ"):
                (Path(root) / template.name).write_bytes(template.read_bytes())
            for name, picture in pictures.items():
                (Path(root) / name).write_bytes(picture)
            made_of: object = typst.compile(
                str(Path(root) / f"{document.template}.typ"),
                root=root,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                format=form,
                ppi=110,
                sys_inputs={"data": _text(data)},
                pdf_standards="a-2b" if form == "pdf" else [],
                package_path=root,
                package_cache_path=root,
                timestamp=made.us // _US,
            )
        except (RuntimeError, OSError) as exc:
            raise Misconfigured(f"a PDF could not be made: {exc}", hint=_AGAIN) from exc
    return cast("list[bytes]", made_of if isinstance(made_of, list) else [made_of])


def _block(block: Block, pictures: dict[str, bytes]) -> Json:
    """Convert a block to JSON; puts the bytes of a picture into `pictures`."""
    made: Json
    match block:
        case Heading():
            made = {"kind": "heading", "text": _printable(block.text), "level": block.level}
        case Paragraph():
            made = {"kind": "paragraph", "text": _printable(block.text), "small": block.small}
        case Facts():
            rows = [[_printable(name), _cell(value)] for name, value in block.rows]
            made = {"kind": "facts", "rows": rows}
        case Table():
            made = {
                "kind": "table",
                "columns": [_printable(name) for name in block.columns],
                "rows": [[_cell(cell) for cell in row] for row in block.rows],
                "widths": list(block.widths) or [1] * len(block.columns),
            }
        case Statements():
            made = {
                "kind": "statements",
                "proven": [_printable(one) for one in block.proven],
                "attested": [_printable(one) for one in block.attested],
                "unknown": [_printable(one) for one in block.unknown],
            }
        case Picture():
            name = hashlib.sha256(block.png).hexdigest()
            pictures[name] = block.png
            made = {"kind": "picture", "file": name, "caption": _printable(block.caption)}
        case NewPage():
            made = {"kind": "page"}
    return made


def _cell(cell: Cell) -> Json:
    if isinstance(cell, Code):
        return {"code": True, "text": _printable(cell.text)}
    return {"code": False, "text": _printable(cell)}


def _text(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _printable(text: str) -> str:
    """Return the text with each letter that no font has as its number, e.g. [U+4E00]."""
    return "".join(
        letter if letter in _INVISIBLE or _covered(ord(letter)) else f"[U+{ord(letter):04X}]"
        for letter in text
    )


def _covered(code: int) -> bool:
    starts, ends = _coverage()
    at = bisect_right(starts, code) - 1
    return at >= 0 and code <= ends[at]


@cache
def _coverage() -> tuple[list[int], list[int]]:
    """Return first and last letters of the ranges that the fonts have, in order."""
    try:
        lines = (FONTS / "coverage.txt").read_text(encoding="ascii").split()
    except OSError as exc:
        raise Misconfigured(f"the fonts for PDFs cannot be read: {exc}", hint=_AGAIN) from exc
    ranges = [line.split("-") for line in lines]
    return [int(first, 16) for first, _ in ranges], [int(last, 16) for _, last in ranges]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
