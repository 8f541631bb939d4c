"""Shape of the shipped model, checkpoint in open_clip's form, and heads for training only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import open_clip
import safetensors
import safetensors.torch
import torch

from footage.errors import Misconfigured
from lab.training.facts import FACTS
from lab.training.vocabulary import CLEAN, END, PAD, save_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

SIDE: Final = 64
"""Pixels of a side of the input: many small pictures gave the best search per hour of training."""
CONTEXT: Final = 24
DIMENSION: Final = 128
MEAN: Final = (0.5, 0.5, 0.5)
STD: Final = (0.25, 0.25, 0.25)
_WEIGHTS: Final = "open_clip_model.safetensors"


def model_config(pieces: int) -> dict[str, Any]:
    """Return open_clip's configuration of the model, for a vocabulary of `pieces`."""
    return {
        "embed_dim": DIMENSION,
        "custom_text": True,
        "vision_cfg": {
            "image_size": SIDE,
            "timm_model_name": "resnet10t",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "linear",
        },
        "text_cfg": {
            "context_length": CONTEXT,
            "vocab_size": pieces,
            "hf_tokenizer_name": "local",
            "tokenizer_kwargs": {"clean": CLEAN},
            "width": 128,
            "heads": 4,
            "layers": 3,
            "pool_type": "eos",
            "eos_id": END,
            "pad_id": PAD,
        },
    }


def build(pieces: int, seed: int) -> Any:  # noqa: ANN401  open_clip has no types
    """Make the model with seeded random weights; nothing is downloaded."""
    torch.manual_seed(seed)
    config = model_config(pieces)
    config.pop("custom_text")
    return open_clip.CustomTextCLIP(**config)


class Heads(torch.nn.Module):
    """Heads that name each fact of a picture from the vector; trained along, dropped at export."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(DIMENSION, len(FACTS))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return logits [n, facts] of vectors [n, dimension] that are not normalised."""
        logits: torch.Tensor = self.linear(vectors)
        return logits


def load_weights(model: Any, checkpoint: Path) -> None:  # noqa: ANN401
    """Load the weights of a checkpoint of the same shape into `model`.

    Raises:
        Misconfigured: The checkpoint is missing or of another shape.
    """
    path = checkpoint / _WEIGHTS
    try:
        model.load_state_dict(safetensors.torch.load_file(path))
    except (OSError, RuntimeError, safetensors.SafetensorError) as exc:
        raise Misconfigured(f"cannot continue training from {path}: {exc}") from exc


def save_checkpoint(model: Any, vocabulary: Tokenizer, folder: Path) -> None:  # noqa: ANN401
    """Write a checkpoint folder that open_clip loads as `local-dir:`; weights last, by rename."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_cfg": model_config(vocabulary.get_vocab_size()),
        "preprocess_cfg": {
            "mean": MEAN,
            "std": STD,
            "interpolation": "bilinear",
            "resize_mode": "squash",
        },
    }
    text = json.dumps(config, indent=2)
    (folder / "open_clip_config.json").write_text(text, encoding="utf-8")
    save_vocabulary(vocabulary, folder, CONTEXT)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    draft = folder / "draft.tmp"
    safetensors.torch.save_file(weights, draft)
    draft.replace(folder / _WEIGHTS)
