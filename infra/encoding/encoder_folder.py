"""The exported encoder: a folder that ONNX Runtime and `tokenizers` can use without torch.

A folder holds `card.json`, `image.onnx` (input `pixels`, float32 [n, 3, height, width]; output
`vectors`, float32 [n, dimension]), `text.onnx` (input `tokens`, int64 [n, context_length]; output
`vectors`) and `tokenizer.json`. The card names the SHA-256 of each file, says how a picture and a
text are prepared, and what the model was trained on.

A folder is written beside its final name, synced and renamed, so a crash leaves the old folder
or the new one, never half of either. Standard library only.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMAT = 1
CARD = "card.json"
IMAGE_TOWER = "image.onnx"
TEXT_TOWER = "text.onnx"
TOKENIZER = "tokenizer.json"
FILES = (IMAGE_TOWER, TEXT_TOWER, TOKENIZER)

Resize = Literal["bilinear", "bicubic"]
Fit = Literal["squash", "shortest-crop", "letterbox"]
Clean = Literal["lower", "whitespace", "canonicalize"]

RUNTIME: Final = "onnxruntime float32"
"""What runs a folder's towers (`infra.encoding.onnx_encoder`), as it goes into the digest."""
_HINT = "export the model again with `footage encoder export`, or name another folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSpec:
    """Preprocessing of a picture for the image tower.

    Attributes:
        width: Pixels across, after scaling.
        height: Pixels down, after scaling.
        mean: Mean of each channel (R, G, B) on the scale 0..1.
        std: Standard deviation of each channel on the same scale.
        resize: The resampling filter.
        fit: `squash` ignores the aspect ratio, `shortest-crop` scales the shortest side and cuts
            the middle out, `letterbox` scales the longest side and pads with `fill`.
        fill: Grey value 0..255 of the padding of `letterbox`.
    """

    width: int
    height: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: Resize = "bicubic"
    fit: Fit = "shortest-crop"
    fill: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpec:
    """Preprocessing of a text for the text tower.

    Attributes:
        context_length: Tokens per text; `tokenizer.json` cuts and pads to it by itself.
        clean: What is done to the string before the tokenizer sees it (`encoder_text`).
        blank_id: A token replaced by 0 after tokenizing (open_clip's `strip_sep_token`), or None.
    """

    context_length: int
    clean: Clean = "lower"
    blank_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The card of an encoder: origin, preprocessing and fitness for use.

    Attributes:
        name: Short name for people, e.g. "streets".
        source: The open_clip tag and weights, or "local checkpoint".
        dimension: Length of a vector.
        picture: Preprocessing of pictures.
        text: Preprocessing of texts.
        logit_scale: Factor between cosine and logit, as trained (already exponentiated).
        logit_bias: Added to the logit; 0.0 where the model has none.
        prompts: Templates with one `{}`; a query's vector is the mean over them. Empty: as typed.
        precision: How the weights are stored in the towers; arithmetic is float32 throughout.
        trained_on: The pictures the weights come from.
        note: What the encoder is fit for, in one sentence a person reads in every answer.
        unfit: Whether the encoder is known to be unfit for real footage.
        whole_words: Whether every word the model learned is a single piece of the tokenizer, so
            that a word of several pieces is a word the model never saw.
        licence: Licence of the weights.
        figures: Measured quality, as written by whoever evaluated the folder.
        files: SHA-256 of each file of the folder, as "sha256:<hex>".
    """

    name: str
    source: str
    dimension: int
    picture: PictureSpec
    text: TextSpec
    logit_scale: float
    logit_bias: float = 0.0
    prompts: tuple[str, ...] = ()
    precision: str = "float32"
    trained_on: str = "unknown"
    note: str = ""
    unfit: bool = False
    whole_words: bool = False
    licence: str = "unknown"
    figures: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def digest(self, runtime: str) -> str:
        """Digest of everything that decides a vector's numbers (invariant 9).

        Towers, tokenizer, both preprocessings, the prompts and the runtime go in; name, note,
        licence and figures do not, since a better sentence on a card changes no vector.

        Args:
            runtime: The runtime and its precision, e.g. "onnxruntime float32".

        Returns:
            "sha256:<64 hex digits>".
        """
        decisive = {
            "files": {name: self.files[name] for name in sorted(self.files)},
            "picture": dataclasses.asdict(self.picture),
            "text": dataclasses.asdict(self.text),
            "prompts": self.prompts,
            "dimension": self.dimension,
            "runtime": runtime,
        }
        canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
        return str(Digest.of(canonical.encode()))


def card_to_json(card: Card) -> str:
    """Return the card as the text of `card.json`, keys in the order of the dataclass."""
    return json.dumps({"format": FORMAT, **dataclasses.asdict(card)}, indent=2) + "\n"


def card_from_json(text: str, where: str = CARD) -> Card:
    """Read a card back.

    Args:
        text: The content of `card.json`.
        where: Name of the card in an error.

    Raises:
        Misconfigured: The text is no card, or has a format this version does not know.
    """
    try:
        raw = cast("dict[str, Any]", json.loads(text))
        if raw.pop("format") != FORMAT:
            raise Misconfigured(f"{where} is not of format {FORMAT}", hint=_HINT)
        picture = raw.pop("picture")
        raw["picture"] = PictureSpec(
            **{**picture, "mean": tuple(picture["mean"]), "std": tuple(picture["std"])}
        )
        raw["text"] = TextSpec(**raw["text"])
        raw["prompts"] = tuple(raw["prompts"])
        return Card(**raw)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Misconfigured(f"{where} is no encoder card: {exc}", hint=_HINT) from exc


def read_card(folder: Path) -> Card:
    """Read a folder's card without checking the files that the card names.

    Raises:
        Misconfigured: The folder or its card is missing, or the card cannot be understood.
    """
    path = folder / CARD
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"{path} cannot be read: {exc}", hint=_HINT) from exc
    return card_from_json(text, str(path))


def open_folder(folder: Path) -> Card:
    """Read a folder's card and check every file that the card names.

    Raises:
        Misconfigured: The folder, its card or one of its files is missing.
        DataLoss: A file's bytes are not those the card was written for.
    """
    card = read_card(folder)
    for name in FILES:
        if name not in card.files:
            raise Misconfigured(f"{folder / CARD} names no {name}", hint=_HINT)
    for name, expected in card.files.items():
        _check_file(folder / name, expected)
    return card


def _check_file(path: Path, expected: str) -> None:
    try:
        found = str(Digest.of_file(path))
    except FileNotFoundError as exc:
        raise Misconfigured(f"{path} is missing", hint=_HINT) from exc
    except OSError as exc:
        raise Misconfigured(f"{path} cannot be read: {exc}", hint=_HINT) from exc
    if found != expected:
        raise DataLoss(f"{path} is {found}, its card says {expected}", hint=_HINT)


def write_folder(
    out: Path,
    card: Card,
    fill: Callable[[Path], None],
    check: Callable[[Path], None] = lambda _: None,
) -> Card:
    """Write a whole folder, or nothing: temporary folder, check, sync, rename.

    Args:
        out: The folder to create or replace.
        card: The card without digests.
        fill: Called with the temporary folder; writes the files of `FILES` into it.
        check: Called with the temporary folder once it is whole; raises to refuse it.

    Returns:
        The card with the digests, as written.

    Raises:
        OSError: The disk refused.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fill(draft)
        sealed = dataclasses.replace(
            card, files={name: str(Digest.of_file(draft / name)) for name in FILES}
        )
        (draft / CARD).write_text(card_to_json(sealed), encoding="utf-8")
        check(draft)
        draft.chmod(0o755)
        for path in draft.iterdir():
            durable.sync_file(path)
        durable.sync_folder(draft)
        _swap(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return sealed


def rewrite_card(folder: Path, card: Card) -> None:
    """Replace a folder's card alone, atomically; for what decides no vector, e.g. figures."""
    durable.replace(folder / CARD, card_to_json(card).encode())


def _swap(draft: Path, out: Path) -> None:
    # A folder cannot be renamed over a full one. A crash between the two renames leaves the old
    # folder under its ".old" name, whole, and the next export puts a new one in its place.
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    draft.rename(out)
    durable.sync_folder(out.parent)
    shutil.rmtree(old, ignore_errors=True)
