"""The files of a receipt for an order: JSON, and a PDF in each language that names its digest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.receipt_pdf import FILES, receipt_document
from footage.digest import Digest
from footage.document import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from footage.instant import Instant
    from footage.ports import DocumentMaker


class ReceiptFile(NamedTuple):
    """A file of a receipt."""

    name: str
    data: bytes


def receipt_files(
    receipt: Mapping[str, Any], documents: DocumentMaker, made: Instant
) -> Iterator[ReceiptFile]:
    """Yield the files, the JSON first: where no PDF can be made there is still a receipt.

    Args:
        receipt: What `evidence.preservation_receipt.receipt` returns.
        documents: Makes the PDF files.
        made: The time of making that stands in the PDF files.

    Raises:
        Misconfigured: No PDF can be made.
    """
    name = f"receipt-{receipt['hold']}"
    data = (json.dumps(receipt, indent=2, ensure_ascii=False) + "\n").encode()
    yield ReceiptFile(f"{name}.json", data)
    for language in LANGUAGES:
        page = receipt_document(receipt, language, Digest.of(data).hex)
        yield ReceiptFile(FILES[language].format(name), documents.pdf(page, language, made))
