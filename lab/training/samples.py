"""Read the labelled pictures for training and evaluation that `lab.scenes.dataset` wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage.errors import Misconfigured
from lab.scenes.palette import Colour, Kind, Light
from lab.training.facts import Seen, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_CLEAR_SHARE: Final = 0.004
"""Share of a picture below which a subject is no more than a few pixels wide after scaling."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Pictures with the content of each.

    Attributes:
        pictures: uint8 [n, side, side, 3].
        is_crop: bool [n], True for a crop, False for a whole frame.
        seen: Content of each picture, n entries.
        largest: float32 [n]: share of the picture that its largest subject takes; 0 without any.
    """

    pictures: NDArray[np.uint8]
    is_crop: NDArray[np.bool_]
    seen: tuple[Seen, ...]
    largest: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.seen)


def load_samples(path: Path) -> Samples:
    """Return the samples in a file of `python -m lab.scenes.dataset`.

    Raises:
        Misconfigured: The file is missing or is not of that form.
    """
    try:
        with np.load(path) as arrays:
            return _samples({name: arrays[name] for name in arrays.files})
    except (OSError, KeyError, ValueError) as exc:
        raise Misconfigured(
            f"{path} holds no training pictures: {exc}",
            hint="make them with `python -m lab.scenes.dataset`",
        ) from exc


def _samples(arrays: Mapping[str, NDArray[Any]]) -> Samples:
    kinds = [Kind(str(word)) for word in arrays["kinds"]]
    colours = [Colour(str(word)) for word in arrays["colours"]]
    lights = [Light(str(word)) for word in arrays["lights"]]
    share = arrays["subject_share"]
    rows = zip(
        arrays["subject_kind"].tolist(),
        arrays["subject_colour"].tolist(),
        (share >= _CLEAR_SHARE).sum(axis=1).tolist(),
        arrays["light"].tolist(),
        strict=True,
    )
    seen = tuple(
        Seen(
            tuple(
                Subject(kinds[kind], colours[colour])
                for kind, colour in zip(row_kinds, row_colours, strict=True)
                if kind >= 0
            ),
            lights[light],
            max(1, clear),
        )
        for row_kinds, row_colours, clear, light in rows
    )
    return Samples(arrays["pictures"], ~arrays["is_frame"], seen, share[:, 0])
