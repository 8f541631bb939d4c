"""A model of open_clip fetched from its hub, as a checkpoint folder that the exporter takes.

The architecture of NAME/PRETRAINED comes from open_clip's own list, never from the hub, so weights
of another architecture cannot pass for the model. Weights are taken as `safetensors` alone: other
forms can run code when they are read.
"""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import open_clip

from footage import durable
from footage.errors import BadInput, Misconfigured, NotFound
from infra.encoding.weights_file import tensor_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.encoding.hub_files import Hub, HubFile

HUB_PREFIX: Final = "hf-hub:"
WEIGHTS: Final = "open_clip_model.safetensors"
_CONFIG: Final = "open_clip_config.json"
_TOKENIZER: Final = ("tokenizer.json", "tokenizer_config.json")
_TOKENIZER_MORE: Final = ("special_tokens_map.json",)
_PREPROCESSING: Final = ("mean", "std", "interpolation", "resize_mode", "fill_color")
_REPO: Final = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as fetched.

    Attributes:
        folder: Folder in the form that `openclip_encoder.export` takes.
        weights: The file of weights as the hub gave it.
    """

    folder: Path
    weights: HubFile


@contextmanager
def fetched(wanted: str, hub: Hub, cache: Path) -> Iterator[Checkpoint]:
    """Fetch a model, and give its checkpoint folder while the block runs.

    Args:
        wanted: "NAME/PRETRAINED" of open_clip's list, or "hf-hub:OWNER/NAME" for a repository that
            has its own `open_clip_config.json`.
        hub: Hub to fetch from.
        cache: Folder for what is fetched; may be deleted afterwards.

    Raises:
        BadInput: open_clip knows no such model or weights.
        Misconfigured: The model cannot be used from the hub, or what came is no model.
        FootageError: As for `Hub.fetch`.
    """
    with durable.seam(cache):
        into = cache / re.sub(r"[^\w.-]+", "--", wanted)
        into.mkdir(parents=True, exist_ok=True)
    if wanted.startswith(HUB_PREFIX):
        repo, name = wanted.removeprefix(HUB_PREFIX), WEIGHTS
        config = _of_repository(repo, hub, into)
    else:
        config, repo, name = _known(wanted)
    text = config["model_cfg"]["text_cfg"]
    if "hf_model_name" in text:
        raise Misconfigured(f"the text tower of {wanted} is a model of its own, not supported")
    files: dict[str, Path] = {}
    if named := text.get("hf_tokenizer_name"):
        files = _tokenizer(hub, repo if wanted.startswith(HUB_PREFIX) else named, into)
    weights = hub.fetch(repo, name, into)
    tensor_shapes(weights.path)  # refuses early what is no file of weights
    with tempfile.TemporaryDirectory(prefix="checkpoint-", dir=into) as made:
        folder = Path(made)
        (folder / _CONFIG).write_text(json.dumps(config), encoding="utf-8")
        for each, path in (files | {WEIGHTS: weights.path}).items():
            (folder / each).symlink_to(path.resolve())
        yield Checkpoint(folder, weights)


def _tokenizer(hub: Hub, repo: str, into: Path) -> dict[str, Path]:
    files = {each: hub.fetch(repo, each, into).path for each in _TOKENIZER}
    for each in _TOKENIZER_MORE:
        with suppress(NotFound):
            files[each] = hub.fetch(repo, each, into).path
    return files


def _known(wanted: str) -> tuple[dict[str, Any], str, str]:
    """The configuration of a model of open_clip's list, its repository and its file of weights."""
    name, _, tag = wanted.partition("/")
    model = open_clip.get_model_config(name)
    if model is None:
        raise BadInput(
            f"open_clip knows no model {name!r}",
            hint="for real footage: ViT-B-32-SigLIP2-256/webli",
        )
    chosen = open_clip.get_pretrained_cfg(name, tag)
    if not chosen:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(name))
        raise BadInput(f"open_clip knows no weights {tag!r} of {name}", hint=f"known: {tags}")
    repo, _, file = str(chosen.get("hf_hub") or "").rpartition("/")
    if not repo:
        raise Misconfigured(f"the weights of {wanted} lie on no hub", hint="footage encoder export")
    if bool(chosen.get("quick_gelu")) != bool(model.get("quick_gelu")):
        raise Misconfigured(f"the weights {tag} are of {name}-quickgelu, not of {name}")
    prepared = {key: chosen[key] for key in _PREPROCESSING if chosen.get(key) is not None}
    weights = Path(file).with_suffix(".safetensors").name if file else WEIGHTS
    return {"model_cfg": model, "preprocess_cfg": prepared}, repo, weights


def _of_repository(repo: str, hub: Hub, into: Path) -> dict[str, Any]:
    """The configuration that a repository of the hub holds."""
    if not _REPO.fullmatch(repo):
        raise BadInput(f"{repo!r} is no repository of a hub", hint="hf-hub:OWNER/NAME")
    path = hub.fetch(repo, _CONFIG, into).path
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        _ = config["model_cfg"]["text_cfg"].get, config["model_cfg"]["vision_cfg"].get
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Misconfigured(f"{_CONFIG} of {repo} describes no model: {exc!r}") from exc
    return dict(config)
