"""The codebooks of an encoder: each trained once, used for the codes of all large parts.

A coarse codebook gives codes of a sixteenth of the bytes; a fine codebook, of an eighth. Codes that
find enough among half a million rows may miss too much among four million, the sooner the fewer
numbers a vector has: a part for which the coarse codebook misses too much gets codes by the fine
one, and so do all later parts, of which the coarse codes need not be made in vain.

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

COARSE: Final = 4
FINE: Final = 2
"""Numbers of a vector that a code of 4 bits stands for."""
_NAMES: Final = {COARSE: "codebook", FINE: "codebook-fine"}


def to_try(folder: Path, dimension: int) -> tuple[int, ...]:
    """Return the kinds of codebook to try for a part in turn, for the encoder in `folder`."""
    if dimension % FINE:
        return ()
    needs_fine = (folder / _NAMES[FINE]).exists()
    return (FINE,) if needs_fine or dimension % COARSE else (COARSE, FINE)


def codebook(
    folder: Path, dimension: int, sample: Callable[[], Matrix], numbers: int = COARSE
) -> bytes:
    """Return the codebook of the encoder whose shards lie in `folder`.

    Args:
        folder: The encoder's folder.
        dimension: Length of the vectors.
        sample: Returns vectors to train with, called when there is no codebook yet.
        numbers: `COARSE` or `FINE`.
    """
    path = folder / _NAMES[numbers]
    with durable.seam(path), file_lock.queued(path.with_suffix(".lock")):
        known = _read(path, dimension)
        if known is None:
            known = faiss_scan.train_codebook(sample(), numbers)
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
