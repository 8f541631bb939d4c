"""open_clip as loader and exporter: any tag or local checkpoint becomes an exported folder.

With `infra.training` the only code that imports torch and open_clip (18 s); nothing on an
ordinary path imports it.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from footage.errors import Misconfigured, Refused
from footage.picture import Picture
from infra.encoder_folder import (
    IMAGE_TOWER,
    TEXT_TOWER,
    TOKENIZER,
    Card,
    Fit,
    PictureSpec,
    write_folder,
)
from infra.onnx_encoder import OnnxEncoder
from infra.onnx_weights import Storage, narrow
from infra.openclip_tokenizer import convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footage.encoder import Vectors

LEAST_COSINE: Final = 0.999
"""Between the exported and the original vector; below it, scores would not be the model's own."""
_OPSET: Final = 17
_FITS: Final[dict[str, Fit]] = {
    "shortest": "shortest-crop",
    "longest": "letterbox",
    "squash": "squash",
}
_SAMPLE_TEXTS: Final = (
    "a red pickup truck near the bus stand",
    "Two men on a motorcycle, no helmets; number plate ABC-123!",
    "it's 18:00 & it's raining \u2014 \u201cwhite van\u201d",
    "\u0633\u0631\u062e \u06af\u0627\u0691\u06cc",
    "a person " * 200,
)
_SAMPLE_SIZES: Final = ((64, 64), (320, 180), (90, 160), (37, 211), (640, 360))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the card says about a model besides what open_clip knows.

    Attributes:
        name: Short name for people; "" takes the source.
        trained_on: The pictures the weights come from.
        note: What the encoder is fit for, shown with every answer.
        licence: Licence of the weights.
        prompts: Templates averaged for a query, each with one `{}`.
    """

    name: str = ""
    trained_on: str = "unknown: see the model's own card"
    note: str = ""
    licence: str = "unknown: see the model's own card"
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    model: Any
    tokenizer: Any
    source: str


def export(
    model: str | Path,
    pretrained: str | None,
    out: Path,
    *,
    provenance: Provenance | None = None,
    storage: Storage = "float32",
) -> Card:
    """Export an open_clip model as a folder, compared with the original before it is put in place.

    Args:
        model: An open_clip tag ("ViT-B-32-SigLIP2-256"), or the path of a folder with
            `open_clip_config.json`, the weights and, where it needs them, tokenizer files.
        pretrained: Name of the weights of a tag, or the path of a weights file; None with a tag
            gives random weights, of use in tests only. Ignored for a folder.
        out: The folder to create or replace, as a whole or not at all.
        provenance: What the card says about it.
        storage: How the weights are stored; computing is float32 in any case.

    Returns:
        The card as written.

    Raises:
        Misconfigured: open_clip does not know the model, or cannot load or convert it.
        Refused: The exported model's tokens or vectors differ from the original's.
        OSError: The disk refused.
    """
    told = provenance or Provenance()
    loaded = _load(model, pretrained)
    tokenizer_json, text = convert(loaded.tokenizer)
    picture = _picture_spec(loaded.model)

    def fill(draft: Path) -> None:
        (draft / TOKENIZER).write_text(tokenizer_json, encoding="utf-8")
        pixels = torch.zeros(2, 3, picture.height, picture.width)
        _trace(_ImageTower(loaded.model), pixels, "pixels", draft / IMAGE_TOWER)
        tokens = torch.as_tensor(loaded.tokenizer(["a", "b c"]))
        _trace(_TextTower(loaded.model), tokens, "tokens", draft / TEXT_TOWER)
        for tower in (IMAGE_TOWER, TEXT_TOWER):
            narrow(draft / tower, storage)

    card = Card(
        name=told.name or loaded.source,
        source=loaded.source,
        dimension=_dimension(loaded, picture),
        picture=picture,
        text=text,
        logit_scale=float(loaded.model.logit_scale.detach().exp()),
        logit_bias=_bias(loaded.model),
        prompts=told.prompts,
        precision=storage,
        trained_on=told.trained_on,
        note=told.note,
        licence=told.licence,
    )
    return write_folder(out, card, fill, lambda draft: _compare(loaded, draft))


def _load(model: str | Path, pretrained: str | None) -> _Loaded:
    folder = isinstance(model, Path) or Path(model).is_dir()
    tag = f"local-dir:{model}" if folder else str(model)
    weights = None if folder else pretrained
    quiet = logging.getLogger()
    level = quiet.level
    quiet.setLevel(logging.ERROR)  # open_clip warns on the root logger of what is asked for here
    try:
        net = open_clip.create_model(tag, pretrained=weights, require_pretrained=bool(weights))
        tokenizer = open_clip.get_tokenizer(tag)
    except (RuntimeError, ValueError, OSError, KeyError) as exc:
        raise Misconfigured(
            f"open_clip cannot load {model} with weights {pretrained}: {exc}",
            mend="see open_clip.list_pretrained() for names; a download needs the network",
        ) from exc
    finally:
        quiet.setLevel(level)
    source = "local checkpoint" if folder else f"{model}/{pretrained or 'random weights'}"
    return _Loaded(model=net.eval(), tokenizer=tokenizer, source=source)


def _picture_spec(model: Any) -> PictureSpec:  # noqa: ANN401  open_clip has no types
    raw = model.visual.preprocess_cfg
    size = raw["size"]
    height, width = (size, size) if isinstance(size, int) else size
    return PictureSpec(
        width=width,
        height=height,
        mean=tuple(raw["mean"]),
        std=tuple(raw["std"]),
        # open_clip takes "random" for training only and means bicubic here.
        resize="bilinear" if raw["interpolation"] == "bilinear" else "bicubic",
        fit=_FITS[raw["resize_mode"]],
        fill=raw["fill_color"],
    )


def _bias(model: Any) -> float:  # noqa: ANN401
    bias = getattr(model, "logit_bias", None)
    return 0.0 if bias is None else float(bias.detach())


def _dimension(loaded: _Loaded, picture: PictureSpec) -> int:
    with torch.inference_mode():
        pixels = torch.zeros(1, 3, picture.height, picture.width)
        return int(loaded.model.encode_image(pixels).shape[1])


class _ImageTower(torch.nn.Module):
    """The image tower with the normalisation inside; holds the model, as the tracer needs."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.model.encode_image(pixels, normalize=True)
        return vectors


class _TextTower(torch.nn.Module):
    """The text tower likewise."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.model = model

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.model.encode_text(tokens, normalize=True)
        return vectors


def _trace(tower: torch.nn.Module, sample: torch.Tensor, name: str, path: Path) -> None:
    # The fused attention of eval mode has no ONNX form.
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # The tracing exporter is called old and warns of shapes that are fixed here on purpose.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                tower.eval(),
                (sample,),
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=[name],
                output_names=["vectors"],
                dynamic_axes={name: {0: "n"}, "vectors": {0: "n"}},
            )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as exc:
        # The first line says what; the rest may print every weight.
        why = str(exc).partition("\n")[0]
        raise Misconfigured(f"{path.name} cannot be exported: {why}") from exc
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def _compare(loaded: _Loaded, draft: Path) -> None:
    """Refuse a folder that does not do what the original does."""
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
            mend=f"at least {LEAST_COSINE} is asked; store the weights wider",
        )


def _sample_pictures() -> list[Picture]:
    """Smooth pictures with some noise: what a camera gives, of several shapes."""
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
