"""Losses of the training: fitting captions score above other captions, and facts are named."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  as everyone calls it

from lab.training.facts import COLOUR_FACTS, KIND_FACTS

_KINDS: Final = slice(0, len(KIND_FACTS))
_COLOURS: Final = slice(len(KIND_FACTS), len(KIND_FACTS) + len(COLOUR_FACTS))
_FACT_WEIGHT: Final = 10.0
"""Weight of the facts' loss, whose mean is small because most facts are false of most pictures."""


def contrast(
    pictures: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, right: torch.Tensor
) -> torch.Tensor:
    """Return the loss of comparing all pictures with all captions, both ways.

    Args:
        pictures: float32 [n, dimension], vectors of any length.
        texts: float32 [m, dimension], vectors of any length.
        scale: Logarithm of the factor on the cosines.
        right: bool [n, m], True where a caption fits a picture; at least once per row and column.
    """
    cosines = F.normalize(pictures, dim=1) @ F.normalize(texts, dim=1).T
    logits = scale.exp() * cosines
    return 0.5 * (_pick(logits, right) + _pick(logits.T, right.T))


def _pick(logits: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with several right answers: half for any right answer, half for each."""
    every = torch.logsumexp(logits, dim=1)
    good = torch.logsumexp(logits.masked_fill(~right, -1e4), dim=1)
    each = torch.where(right, logits - every[:, None], torch.zeros(())).sum(1) / right.sum(1)
    return (0.5 * (every - good) - 0.5 * each).mean()


def name_facts(logits: torch.Tensor, facts: torch.Tensor, single: torch.Tensor) -> torch.Tensor:
    """Return the loss of naming facts; with a single subject, also of choosing class and colour.

    Args:
        logits: float32 [n, facts].
        facts: float32 [n, facts], 0 or 1.
        single: bool [n], pictures with exactly one subject.
    """
    every = F.binary_cross_entropy_with_logits(logits, facts) * _FACT_WEIGHT
    if not bool(single.any()):
        return every
    one, true = logits[single], facts[single]
    kind = F.cross_entropy(one[:, _KINDS], true[:, _KINDS].argmax(1))
    colour = F.cross_entropy(one[:, _COLOURS], true[:, _COLOURS].argmax(1))
    return every + 0.5 * (kind + colour)
