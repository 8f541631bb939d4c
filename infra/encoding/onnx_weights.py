"""Smaller towers: weights stored narrow, computed wide.

A large float32 weight becomes float16 (half the bytes) or int8 with one scale per row (a quarter),
followed in the graph by the step that widens it again. ONNX Runtime does that step once, when it
loads the tower, so arithmetic and speed are those of float32; only the rounding remains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Storage = Literal["float32", "float16", "int8"]

_WORTH_IT: Final = 2048
"""Numbers in a weight below which narrowing saves nothing: biases and norms stay exact."""


def narrow(path: Path, storage: Storage) -> None:
    """Rewrite the tower at `path` with its large weights stored as `storage`.

    Raises:
        OSError: The file cannot be read or written.
    """
    if storage == "float32":
        return
    model = onnx.load(str(path))
    graph = model.graph
    large = [
        weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= _WORTH_IT
    ]
    steps: list[Any] = []
    for weight in large:
        graph.initializer.remove(weight)
        values = numpy_helper.to_array(weight)
        tensors, nodes = (
            _half(weight.name, values) if _halves(values, storage) else _eighth(weight.name, values)
        )
        graph.initializer.extend(tensors)
        steps.extend(nodes)
    widened = [*steps, *graph.node]
    del graph.node[:]
    graph.node.extend(widened)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _halves(values: NDArray[Any], storage: Storage) -> bool:
    return storage == "float16" or values.ndim < 2  # noqa: PLR2004  a vector has no rows


def _half(name: str, values: NDArray[Any]) -> tuple[list[Any], list[Any]]:
    stored = numpy_helper.from_array(values.astype(np.float16), f"{name}.f16")
    return [stored], [_cast(stored.name, name)]


def _eighth(name: str, values: NDArray[Any]) -> tuple[list[Any], list[Any]]:
    axes = tuple(range(1, values.ndim))
    scale = np.maximum(np.abs(values).max(axis=axes, keepdims=True), 1e-12) / 127.0
    whole = np.rint(values / scale).astype(np.int8)
    tensors = [
        numpy_helper.from_array(whole, f"{name}.i8"),
        numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
    ]
    product = helper.make_node("Mul", [f"{name}.wide", f"{name}.scale"], [name])
    return tensors, [_cast(f"{name}.i8", f"{name}.wide"), product]


def _cast(source: str, target: str) -> Any:  # noqa: ANN401  onnx builds its nodes untyped
    return helper.make_node("Cast", [source], [target], to=TensorProto.FLOAT)
