"""A look at a segment on local disk, as the indexer will look: tells at once what it cannot see."""

from __future__ import annotations

import mmap
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage import mp4
from footage.errors import DataLoss
from indexer.extract import coded_pictures

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import Decoder

_TRIED: Final = 3
"""Pictures tried: of a recording that begins amid a picture, the first may be damaged."""


def why_not_searchable(decoder: Decoder, path: Path) -> str:
    """The reason why none of a segment's first pictures can be looked at; "" where one can."""
    why = "none of its pictures can be decoded alone"
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            layout = mp4.walk(file)
            opened = decoder.open(data[: layout.init_bytes])
            for offset, length, _ in islice(coded_pictures(data, layout), _TRIED):
                try:
                    opened.decode(data[offset : offset + length])
                except DataLoss as exc:
                    why = str(exc)
                else:
                    return ""
    except (DataLoss, OSError, ValueError) as exc:  # ValueError: an empty file
        return str(exc)
    return why
