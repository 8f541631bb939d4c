"""The codebook of an encoder: trained once, used for the codes of all large parts.

The file begins with the digest of the rest. A file that is damaged, or of another dimension, is
trained anew: a part's codes hold all they need, so parts with codes by an older codebook stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from infra.host import file_lock
from infra.vectors import faiss_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from infra.vectors.vector_rules import Matrix

_NAME: Final = "codebook"


def codebook(folder: Path, dimension: int, sample: Callable[[], Matrix]) -> bytes:
    """Return the codebook of the encoder whose shards lie in `folder`.

    Args:
        folder: The encoder's folder.
        dimension: Length of the vectors.
        sample: Returns vectors to train with, called when there is no codebook yet.
    """
    path = folder / _NAME
    with durable.seam(path), file_lock.queued(path.with_suffix(".lock")):
        known = _read(path, dimension)
        if known is None:
            known = faiss_scan.train_codebook(sample())
            durable.replace(path, _head(dimension, known) + known)
        return known


def _read(path: Path, dimension: int) -> bytes | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    head, _, trained = data.partition(b"\n")
    return trained if head + b"\n" == _head(dimension, trained) else None


def _head(dimension: int, trained: bytes) -> bytes:
    return f"{dimension} {Digest.of(trained)}\n".encode()
