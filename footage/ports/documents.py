"""The port that makes a PDF of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from footage.document import Document, Language
    from footage.instant import Instant


class DocumentMaker(Protocol):
    """Makes PDF files for printing and keeping, in English or Urdu (right to left).

    - The same document, language and time give the same bytes from the same release.
    - The fonts come with the product; a letter that none of them has is written as its number,
      for example [U+4E00], so that no text makes a document fail.
    - Misconfigured: the installed part that makes PDFs is damaged or lacks the template.
    """

    def pdf(self, document: Document, language: Language, made: Instant) -> bytes:
        """Make the PDF; `made` is the time of making that stands in the file and on its pages."""
        ...
