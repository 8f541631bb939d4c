"""The contact sheet's files: tried before the search, entered in the custody log when drawn."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from footage import durable
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import BadInput

if TYPE_CHECKING:
    from datetime import tzinfo

    from infra.wiring import Parts
    from search.answer import SearchAnswer


def check(sheet: Path) -> None:
    """Try whether the file can be written: a search whose sheet is lost is a search too many.

    Raises:
        BadInput: The name ends in neither .png nor .pdf, or is that of a folder.
        FootageError: The folder is missing, cannot be written, or its disk is full.
    """
    if sheet.suffix.lower() not in {".png", ".pdf"}:
        raise BadInput(f"not a sheet: {sheet}", hint="name it FILE.png or FILE.pdf")
    if sheet.is_dir():
        raise BadInput(f"{sheet} is a folder", hint="name a file in it")
    trial = sheet.with_name(f".{sheet.name}.{os.getpid()}.try")
    with durable.seam(sheet):
        durable.write_new(trial, b"")
        trial.unlink()


def draw(
    parts: "Parts", answer: "SearchAnswer", sheet: Path, who: Purpose, zone: "tzinfo"
) -> list[Path]:
    """Draw the sheet of an answer and write its files: a PDF, or a PNG a page.

    Entered as a view of the moments drawn, before and after (invariant 7).
    """
    from search.sheet import MOST_DRAWN, as_pdf, contact_sheet

    drawn = answer.found[:MOST_DRAWN]
    shown = [f"{f.moment.best.row.segment}#{f.moment.best.row.offset}" for f in drawn]
    deed = Deed(Action.VIEW, who, {"sheet": sheet.name, "search": answer.entry, "shown": shown})
    with bracket(parts.custody, deed) as act:
        pages = contact_sheet(answer, parts.pictures, zone, who, parts.clock.now())
        if sheet.suffix.lower() == ".pdf":
            pages = (as_pdf(pages),)
        paths = [sheet, *(sheet.with_stem(f"{sheet.stem}-{n}") for n in range(2, len(pages) + 1))]
        with durable.seam(sheet):
            for path, page in zip(paths, pages, strict=True):
                durable.replace(path, page)
        act.result = {
            "files": [
                {"name": path.name, "sha256": str(Digest.of(page)), "bytes": len(page)}
                for path, page in zip(paths, pages, strict=True)
            ]
        }
    return paths
