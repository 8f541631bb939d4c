"""Comparison of an exported folder with its original model, on sample texts and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from footage.errors import Refused
from footage.picture import Picture
from infra.encoding.onnx_encoder import OnnxEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.encoder import Vectors

LEAST_COSINE: Final = 0.999
"""Between the exported and the original vector; below it, scores would not be the model's own."""
_SAMPLE_TEXTS: Final = (
    "a red pickup truck near the bus stand",
    "Two men on a motorcycle, no helmets; number plate ABC-123!",
    "it's 18:00 & it's raining \u2014 \u201cwhite van\u201d",
    "\u0633\u0631\u062e \u06af\u0627\u0691\u06cc",
    "a person " * 200,
)
_SAMPLE_SIZES: Final = ((64, 64), (320, 180), (90, 160), (37, 211), (640, 360))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model as loaded by open_clip, with its tokenizer."""

    model: Any
    tokenizer: Any
    source: str


def compare(loaded: Loaded, draft: Path) -> None:
    """Raise when an exported folder's tokens or vectors differ from the original model's.

    Raises:
        Refused: A sample text has other tokens, or a sample's vector points elsewhere.
    """
    exported = OnnxEncoder(draft)
    original = torch.as_tensor(loaded.tokenizer(list(_SAMPLE_TEXTS))).numpy()
    for text, ours, theirs in zip(
        _SAMPLE_TEXTS, exported.tokens(_SAMPLE_TEXTS), original, strict=True
    ):
        if not np.array_equal(ours, theirs):
            raise Refused(f"the exported tokenizer reads {text[:40]!r} differently")
    with torch.inference_mode():
        texts = loaded.model.encode_text(torch.as_tensor(original), normalize=True).numpy()
        pictures = loaded.model.encode_image(_original_pixels(loaded.model), normalize=True).numpy()
    _least_cosine("text", exported.encode_tokens(exported.tokens(_SAMPLE_TEXTS)), texts)
    _least_cosine("picture", _matrix(exported.encode_pictures(_sample_pictures())), pictures)


def _matrix(vectors: Vectors) -> NDArray[np.float32]:
    return np.frombuffer(vectors.data, dtype="<f4").reshape(-1, vectors.dimension)


def _least_cosine(what: str, ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> None:
    least = float(np.einsum("nd,nd->n", ours, theirs).min())
    if not least >= LEAST_COSINE:
        raise Refused(
            f"the exported {what} vectors differ from the original's: cosine {least:.5f}",
            hint=f"at least {LEAST_COSINE} is asked; store the weights wider",
        )


def _sample_pictures() -> list[Picture]:
    """Smooth pictures with some noise, like a camera's, in several shapes."""
    random = np.random.default_rng(20260101)
    pictures = []
    for width, height in _SAMPLE_SIZES:
        down, across = np.mgrid[0:height, 0:width]
        waves = [
            127.5 + 127.5 * np.sin(down / random.uniform(4, 40) + across / random.uniform(4, 40))
            for _ in range(3)
        ]
        noisy = np.stack(waves, axis=-1) + random.normal(0, 8, (height, width, 3))
        rgb = noisy.clip(0, 255).astype(np.uint8).tobytes()
        pictures.append(Picture(width, height, rgb))
    return pictures


def _original_pixels(model: Any) -> torch.Tensor:  # noqa: ANN401
    transform = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
    images = (
        Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
        for picture in _sample_pictures()
    )
    return torch.stack([transform(image) for image in images])
