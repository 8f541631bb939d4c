"""The content of a document for people, before it is a PDF: title, blocks, words. Pure values.

A text may hold Unicode isolates around times, paths and numbers (U+2066 to U+2069), which keep
their order inside Urdu. `Code` is for what a reader compares letter by letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Language = Literal["en", "ur"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ur")


@dataclass(frozen=True, slots=True)
class Code:
    """A digest, path, key or time: written left to right in letters of one width."""

    text: str


Cell = str | Code


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 begins a chapter, level 2 a part of the chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `small` for what explains the block above."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A table of names and values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head, for example of intervals; the head is repeated on each page.

    Attributes:
        columns: The head's cells.
        rows: Rows with as many cells as the head.
        widths: Relative widths of the columns; empty for equal ones.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements in three parts: proven, attested, not known; an empty part is left out."""

    proven: tuple[str, ...] = ()
    attested: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with a caption; `png` are the bytes of a PNG or JPEG file."""

    png: bytes = field(repr=False)
    caption: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """The block behind begins on a new page."""


Block = Heading | Paragraph | Facts | Table | Statements | Picture | NewPage


@dataclass(frozen=True, slots=True)
class Document:
    """A document in a language.

    Attributes:
        id: Name of the document, printed at the head of each page.
        title: The first line, also the title in the PDF's properties.
        subtitle: A line under the title.
        blocks: What stands under the title, in order.
        data: SHA-256 in hexadecimal digits of the JSON that the document was made from; printed at
            the head of each page. Empty: of the document's own content.
        template: Name of the page's form.
    """

    id: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    data: str = ""
    template: str = "document"
