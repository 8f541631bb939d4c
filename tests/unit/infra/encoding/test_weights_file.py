"""Files of weights: what is none, or not whole, is refused before a model is built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from footage.errors import Misconfigured
from infra.encoding.weights_file import tensor_shapes

if TYPE_CHECKING:
    from pathlib import Path

HEADER = json.dumps({"a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}}).encode()
WHOLE = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)


def test_shapes_of_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(WHOLE)
    assert tensor_shapes(path) == {"a": (2, 1)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        WHOLE[:-1],
        WHOLE + b"x",
        b"\xff" * 8 + HEADER,
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{}",
    ],
)
def test_what_is_no_whole_file_of_weights(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(data)
    with pytest.raises(Misconfigured, match=r"weights\.safetensors is no "):
        tensor_shapes(path)
