"""The header of a file of weights in the form `safetensors`. Standard library only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

_LENGTH_BYTES: Final = 8
_MOST_HEADER: Final = 100_000_000
"""Bytes of a header at most, as in the form's own reader; a hostile file claims any number."""


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor by name; no weight is read.

    Raises:
        Misconfigured: The file is no `safetensors`, or is longer or shorter than its header says.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            header = cast("dict[str, Any]", json.loads(file.read(min(length, _MOST_HEADER))))
        header.pop("__metadata__", None)
        shapes = {name: tuple(map(int, each["shape"])) for name, each in header.items()}
        end = max((int(each["data_offsets"][1]) for each in header.values()), default=0)
        size = path.stat().st_size
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as exc:
        raise Misconfigured(f"{path.name} is no file of weights (safetensors): {exc}") from exc
    if not shapes or size != _LENGTH_BYTES + length + end:
        raise Misconfigured(
            f"{path.name} is no whole file of weights: {size} bytes, "
            f"{_LENGTH_BYTES + length + end} by its header"
        )
    return shapes
