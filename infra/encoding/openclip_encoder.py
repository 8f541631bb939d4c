"""open_clip as loader and exporter: any tag or local checkpoint becomes an exported folder.

With `lab.training` the only code that imports torch and open_clip (18 s); nothing on an
ordinary path imports it.
"""

from __future__ import annotations

import logging
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import open_clip
import torch

from footage.errors import Misconfigured
from infra.encoding.encoder_folder import (
    IMAGE_TOWER,
    TEXT_TOWER,
    TOKENIZER,
    Card,
    Fit,
    PictureSpec,
    write_folder,
)
from infra.encoding.onnx_weights import Storage, narrow
from infra.encoding.openclip_check import Loaded, compare
from infra.encoding.openclip_tokenizer import convert
from infra.encoding.weights_file import tensor_shapes

_OPSET: Final = 17
_FITS: Final[dict[str, Fit]] = {
    "shortest": "shortest-crop",
    "longest": "letterbox",
    "squash": "squash",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Facts for a model's card that open_clip does not know.

    Attributes:
        name: Short name for people; "" takes the source.
        trained_on: The pictures the weights come from.
        note: What the encoder is fit for, shown with every answer.
        unfit: Whether the encoder is known to be unfit for real footage.
        whole_words: Whether each word the model learned is a single piece of the tokenizer.
        licence: Licence of the weights.
        prompts: Templates averaged for a query, each with one `{}`.
        source: Where the weights come from; "" takes the tag, or "local checkpoint".
    """

    name: str = ""
    trained_on: str = "unknown: see the model's own card"
    unfit: bool = False
    whole_words: bool = False
    note: str = ""
    licence: str = "unknown: see the model's own card"
    prompts: tuple[str, ...] = ()
    source: str = ""


def export(
    model: str | Path,
    pretrained: str | None,
    out: Path,
    *,
    provenance: Provenance | None = None,
    storage: Storage = "float32",
) -> Card:
    """Export an open_clip model as a folder, compared with the original before publication.

    Args:
        model: An open_clip tag ("ViT-B-32-SigLIP2-256"), or the path of a folder with
            `open_clip_config.json`, the weights and, where it needs them, tokenizer files.
        pretrained: Name of the weights of a tag, or the path of a weights file; None with a tag
            gives random weights, of use in tests only. Ignored for a folder.
        out: The folder to create or replace, as a whole or not at all.
        provenance: Facts about the model for the card.
        storage: How the weights are stored; computing is float32 in any case.

    Returns:
        The card as written.

    Raises:
        Misconfigured: open_clip does not know the model, or cannot load or convert it.
        Refused: The exported model's tokens or vectors differ from the original's.
        OSError: The disk refused.
    """
    told = provenance or Provenance()
    loaded = _load(model, pretrained, told.source)
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
        unfit=told.unfit,
        whole_words=told.whole_words,
        licence=told.licence,
    )
    return write_folder(out, card, fill, lambda draft: compare(loaded, draft))


def _load(model: str | Path, pretrained: str | None, told: str) -> Loaded:
    folder = isinstance(model, Path) or Path(model).is_dir()
    tag = f"local-dir:{model}" if folder else str(model)
    weights = None if folder else pretrained
    quiet = logging.getLogger()
    level = quiet.level
    quiet.setLevel(
        logging.ERROR
    )  # open_clip warns on the root logger about the options chosen here
    try:
        net = open_clip.create_model(tag, pretrained=weights, require_pretrained=bool(weights))
        tokenizer = open_clip.get_tokenizer(tag)
    except (RuntimeError, ValueError, OSError, KeyError, AssertionError) as exc:
        if folder and (why := _foreign(exc)):
            raise Misconfigured(
                f"the weights are of another architecture than the model: {why}"
            ) from exc
        raise Misconfigured(
            f"open_clip cannot load {model} with weights {pretrained}: {exc}",
            hint="see open_clip.list_pretrained() for names; a download needs the network",
        ) from exc
    finally:
        quiet.setLevel(level)
    if folder:
        _require_shapes(net, Path(model))
    source = "local checkpoint" if folder else f"{model}/{pretrained or 'random weights'}"
    return Loaded(model=net.eval(), tokenizer=tokenizer, source=told or source)


def _foreign(exc: Exception) -> str:
    """Return how weights differ from the model, of what open_clip raised; "" for another error."""
    text = str(exc)
    if isinstance(exc, KeyError):
        return "they have no logit_scale" if exc.args == ("logit_scale",) else ""
    if isinstance(exc, AssertionError):
        return text if "pos_embed" in text else ""
    if "state_dict" not in text:
        return ""
    named = text.split('"')[1:4:2]  # the rest names every other weight
    return f"{', '.join(named)} and more differ"


def _require_shapes(net: Any, folder: Path) -> None:  # noqa: ANN401
    """Raise where a checkpoint has tensors of another shape, which open_clip resizes silently."""
    path = folder / "open_clip_model.safetensors"
    own = net.state_dict()
    for name, shape in tensor_shapes(path).items() if path.exists() else ():
        if name in own and own[name].numel() != math.prod(shape):
            raise Misconfigured(
                f"the weights are of another architecture than the model: {name} is "
                f"{list(shape)}, not {list(own[name].shape)}"
            )


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


def _dimension(loaded: Loaded, picture: PictureSpec) -> int:
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
    """The text tower with the normalisation inside; holds the model, as the tracer needs."""

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
        # The first line names the error; the rest may print every weight.
        why = str(exc).partition("\n")[0]
        raise Misconfigured(f"{path.name} cannot be exported: {why}") from exc
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
