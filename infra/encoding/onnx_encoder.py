"""The encoder port on ONNX Runtime and `tokenizers`, from an exported folder, without torch."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from tokenizers import Tokenizer

from footage.encoder import EncoderIdentity, Vectors
from footage.errors import BadInput, Misconfigured
from infra.encoding.encoder_folder import (
    IMAGE_TOWER,
    RUNTIME,
    TEXT_TOWER,
    TOKENIZER,
    open_folder,
)
from infra.encoding.encoder_text import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footage.picture import Picture

_BATCH: Final = 16
"""Pictures per run of the tower: more gains nothing on a CPU and costs memory."""
_REMEMBERED_TEXTS: Final = 4096
"""Text vectors kept: 12 MB at 768 numbers each; recurring searches repeat texts."""
_HINT: Final = "export the model again with `footage encoder export`"


class OnnxEncoder:
    """Encodes pictures and texts with an exported folder. Thread-safe.

    Args:
        folder: An exported folder (`infra.encoding.encoder_folder`); each file's digest is checked.
        threads: Threads within one run of a tower.
        batch: Pictures or texts per run of a tower.

    Raises:
        Misconfigured: The folder or a file of it is missing, or a file is no tower or tokenizer.
        DataLoss: A file's bytes are not those its card was written for.
    """

    def __init__(self, folder: Path, *, threads: int = 1, batch: int = _BATCH) -> None:
        self._card = open_folder(folder)
        self._image = _tower(folder / IMAGE_TOWER, threads)
        self._text = _tower(folder / TEXT_TOWER, threads)
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._batch = batch
        self._remembered = lru_cache(_REMEMBERED_TEXTS)(self._text_vector)
        # The digest covers weights, tokenizer, preprocessing and runtime (invariant 9).
        self._identity = EncoderIdentity(
            self._card.name,
            self._card.digest(RUNTIME),
            self._card.dimension,
            self._card.note,
            self._card.unfit,
        )

    @property
    def identity(self) -> EncoderIdentity:
        """Name, digest, dimension and fitness."""
        return self._identity

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height in pixels of the image tower's input."""
        return self._card.picture.width, self._card.picture.height

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Vectors of pictures of any size, a row per picture, in order."""
        from infra.encoding.encoder_picture import prepare_pictures  # noqa: PLC0415 - loads Pillow

        rows = [
            self._run(
                self._image,
                "pixels",
                prepare_pictures(pictures[at : at + self._batch], self._card.picture),
            )
            for at in range(0, len(pictures), self._batch)
        ]
        return self._vectors(rows)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, a row per text, in order.

        Raises:
            BadInput: A text is empty once cleaned.
        """
        return self._vectors([self._remembered(text)[None, :] for text in texts])

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Words of a text that the model never learned; () for a model of unknown vocabulary."""
        if not self._card.whole_words:
            return ()
        words = dict.fromkeys(clean_text(text, self._card.text.clean).split())
        return tuple(word for word in words if self._pieces(word) != 1)

    def _pieces(self, word: str) -> int:
        found = self._tokenizer.encode(word, add_special_tokens=False)
        return sum(found.attention_mask)

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of the texts as input of the text tower: int64 [n, context_length]."""
        spec = self._card.text
        # One by one: encode_batch would start a thread pool of its own.
        ids = [self._tokenizer.encode(clean_text(text, spec.clean)).ids for text in texts]
        tokens = np.asarray(ids, dtype=np.int64).reshape(len(texts), -1)
        if len(texts) and tokens.shape[1] != spec.context_length:
            raise Misconfigured(
                f"the tokenizer makes {tokens.shape[1]} tokens, not {spec.context_length}",
                hint=_HINT,
            )
        if spec.blank_id is not None:
            tokens[tokens == spec.blank_id] = 0
        return tokens

    def encode_tokens(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of token rows, float32 [n, dimension], each of length 1; no prompts."""
        return self._run(self._text, "tokens", tokens)

    def _text_vector(self, text: str) -> NDArray[np.float32]:
        if not clean_text(text, self._card.text.clean):
            raise BadInput(f"nothing is left to search for in {text!r}", hint="type a word")
        prompts = [prompt.replace("{}", text) for prompt in self._card.prompts] or [text]
        rows = self.encode_tokens(self.tokens(prompts))
        mean: NDArray[np.float32] = rows.mean(axis=0, keepdims=True)
        vector: NDArray[np.float32] = _unit(mean)[0]
        vector.setflags(write=False)  # cached: every caller with the same text gets this array
        return vector

    def _run(
        self,
        tower: ort.InferenceSession,
        name: str,
        batch: NDArray[np.float32] | NDArray[np.int64],
    ) -> NDArray[np.float32]:
        (rows,) = tower.run(["vectors"], {name: batch})
        return _unit(np.asarray(rows, dtype=np.float32))

    def _vectors(self, rows: Sequence[NDArray[np.float32]]) -> Vectors:
        empty = np.empty((0, self._card.dimension), dtype=np.float32)
        matrix = np.concatenate([empty, *rows]).astype("<f4")
        return Vectors(self._card.dimension, matrix.tobytes())


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def _tower(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads sleep instead of spinning: recording shares the machine and goes first.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (
        ort_errors.InvalidProtobuf,
        ort_errors.InvalidGraph,
        ort_errors.NotImplemented,
        ort_errors.Fail,
    ) as exc:
        raise Misconfigured(f"{path} is no tower ONNX Runtime can run: {exc}", hint=_HINT) from exc


def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as exc:  # tokenizers raises bare Exception
        raise Misconfigured(f"{path} is no tokenizer: {exc}", hint=_HINT) from exc
