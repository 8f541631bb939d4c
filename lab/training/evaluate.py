"""Measure how well an exported encoder answers an investigator's questions on labelled pictures.

The evaluation runs on the folder as shipped, through the adapter of the indexer, without torch.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.picture import Picture
from lab.scenes.palette import CLEAR_AT_NIGHT, COLOURS, KINDS, LIGHTS, Light
from lab.training.captions import Caption, query
from lab.training.facts import fact_rows, fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footage.encoder import Vectors
    from footage.ports import Encoder
    from lab.training.samples import Samples

_TOP: Final = 3
_LARGE: Final = 0.02
"""Share of a whole frame from which a subject counts as large."""


def average_precision(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the mean of the precisions at each right answer, best score first; nan without any."""
    found = right[np.argsort(-scores, kind="stable")]
    if not found.any():
        return float("nan")
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float(precision[found].mean())


def evaluate(encoder: Encoder, samples: Samples) -> dict[str, float]:
    """Ask every (class, colour) question of crops and of whole frames, by light.

    Returns:
        `crops map`, `crops map <light>`, `crops top3 day` (share of questions with a right picture
        among the three best, by day), the same for `frames` and for `frames large` (the largest
        subject takes at least 2 % of the frame), `class accuracy` and `colour accuracy` (the best
        text among all classes or colours, crops of one subject), each 0..1.
    """
    pictures = _encode(encoder, samples)
    facts = fact_rows([seen.facts() for seen in samples.seen])
    lights = np.array([LIGHTS.index(seen.light) for seen in samples.seen])
    questions = [(query(kind, colour), colour) for kind, colour in product(KINDS, COLOURS)]
    texts = _matrix(encoder.encode_texts([caption.text for caption, _ in questions]))
    scores = pictures @ texts.T
    right = fits(facts, fact_rows([caption.claims for caption, _ in questions]))
    figures: dict[str, float] = {}
    frames = ~samples.is_crop
    pools = (
        ("crops", samples.is_crop),
        ("frames", frames),
        ("frames large", frames & (samples.largest >= _LARGE)),
    )
    for name, pool in pools:
        figures |= _pool_figures(name, scores, right, pool, lights)
    figures |= _naming(encoder, samples, pictures)
    return {name: round(value, 4) for name, value in figures.items()}


def _pool_figures(
    name: str,
    scores: NDArray[np.float32],
    right: NDArray[np.bool_],
    pool: NDArray[np.bool_],
    lights: NDArray[np.int64],
) -> dict[str, float]:
    figures = {f"{name} map": _map(scores[pool], right[pool])}
    day = pool & (lights == LIGHTS.index(Light.DAY))
    figures[f"{name} top{_TOP} {Light.DAY.value}"] = _top(scores[day], right[day])
    for number, light in enumerate(LIGHTS):
        lit = pool & (lights == number)
        figures[f"{name} map {light.value}"] = _map(scores[lit], right[lit])
    night = pool & (lights == LIGHTS.index(Light.NIGHT))
    told = [i for i, (_, colour) in enumerate(product(KINDS, COLOURS)) if colour in CLEAR_AT_NIGHT]
    figures[f"{name} map night clear colours"] = _map(scores[night][:, told], right[night][:, told])
    return figures


def _map(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    each = [average_precision(scores[:, q], right[:, q]) for q in range(right.shape[1])]
    return _mean([value for value in each if value == value])  # noqa: PLR0124  nan: no answer


def _top(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    asked = [q for q in range(right.shape[1]) if right[:, q].any()]
    return _mean([float(right[np.argsort(-scores[:, q])[:_TOP], q].any()) for q in asked])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _naming(encoder: Encoder, samples: Samples, pictures: NDArray[np.float32]) -> dict[str, float]:
    lone = [i for i, seen in enumerate(samples.seen) if len(seen.subjects) == 1]
    lone = [i for i in lone if samples.is_crop[i]]
    kinds = _texts(encoder, [Caption(f"a {kind.value}", ()) for kind in KINDS])
    colours = _texts(encoder, [Caption(f"something {colour.value}", ()) for colour in COLOURS])
    best_kind = (pictures[lone] @ kinds.T).argmax(axis=1)
    best_colour = (pictures[lone] @ colours.T).argmax(axis=1)
    subjects = [samples.seen[i].subjects[0] for i in lone]
    told = [_told(samples, i) for i in lone]
    hit_colour = [COLOURS[b] is s.colour for b, s in zip(best_colour, subjects, strict=True)]
    return {
        "class accuracy": _mean(
            [float(KINDS[b] is s.kind) for b, s in zip(best_kind, subjects, strict=True)]
        ),
        "colour accuracy": _mean([float(hit) for hit in hit_colour]),
        "colour accuracy tellable": _mean(
            [float(hit) for hit, ok in zip(hit_colour, told, strict=True) if ok]
        ),
    }


def _told(samples: Samples, row: int) -> bool:
    seen = samples.seen[row]
    return seen.light is not Light.NIGHT or seen.subjects[0].colour in CLEAR_AT_NIGHT


def _texts(encoder: Encoder, captions: Sequence[Caption]) -> NDArray[np.float32]:
    return _matrix(encoder.encode_texts([caption.text for caption in captions]))


def _encode(encoder: Encoder, samples: Samples) -> NDArray[np.float32]:
    side = samples.pictures.shape[1]
    pictures = [Picture(side, side, picture.tobytes()) for picture in samples.pictures]
    return _matrix(encoder.encode_pictures(pictures))


def _matrix(vectors: Vectors) -> NDArray[np.float32]:
    return np.frombuffer(vectors.data, dtype="<f4").reshape(-1, vectors.dimension)
