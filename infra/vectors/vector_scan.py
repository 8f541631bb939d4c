"""Scans of the sources of shards, and the merge of what the scans find.

Every score is computed from a single pair of fp16 row and fp32 query, so that a pair has the same
score wherever the row lies. Rows become `VectorHit`s only at the end, and only the `k` best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footage.errors import DataLoss
from footage.ports import VectorHit
from infra.vectors import vector_plan as plan
from infra.vectors import vector_rules as rules
from infra.vectors.vector_plan import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.ports import VectorRow
    from infra.vectors.open_log import LogRows
    from infra.vectors.sealed_part import Part
    from infra.vectors.shard_view import Source
    from infra.vectors.vector_columns import Mask, Positions
    from infra.vectors.vector_rules import Matrix, Scores


@dataclass(frozen=True, slots=True)
class Question:
    """A question to each source.

    Attributes:
        gathered: Most eligible rows that are fetched one by one.
    """

    asked: Matrix
    interval: Interval
    cameras: frozenset[CameraId] | None
    k: int
    gathered: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best rows of a source, in no order; rows as good as the last of `k` are all there.

    Attributes:
        at: Places of the rows.
        scores: Their scores.
        eligible: Number of rows that could be found.
    """

    rows: Part | LogRows
    at: Positions
    scores: Scores
    eligible: int
    method: Method


def scan(source: Source, question: Question) -> Found:
    """Return the best rows of a source.

    Raises:
        DataLoss: The source is damaged.
        FileNotFoundError: The part was removed before its codes were read.
    """
    rows, k = source.rows, question.k
    only = rows.columns.eligible(question.interval, question.cameras, source.dead)
    eligible = len(rows.columns) if only is None else int(np.count_nonzero(only))
    method = plan.method(len(rows.columns), eligible, rows.shortlist, k, question.gathered)
    at = _candidates(rows, only, eligible, method, question)
    scores = rules.scores(rows.halves(at), question.asked)
    if len(at) > k:
        enough = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        at, scores = at[enough], scores[enough]
    return Found(rows, at, scores, eligible, method)


def best(found: Sequence[Found], k: int) -> tuple[VectorHit, ...]:
    """Return the `k` best of all found rows, best first, equal scores in row order."""
    if not found:
        return ()
    scores = np.concatenate([one.scores for one in found])
    instants = np.concatenate([one.rows.columns.instant[one.at] for one in found])
    owner = np.concatenate([np.full(len(one.at), n) for n, one in enumerate(found)])
    at = np.concatenate([one.at for one in found])
    order = np.lexsort((instants, -scores))
    same = (np.diff(scores[order]) == 0) & (np.diff(instants[order]) == 0)
    end = min(k, len(order))
    while end < len(order) and same[end - 1]:
        end += 1  # equal to the last of `k` in score and instant: the whole row decides
    order, same = order[:end], same[: end - 1]
    rows: dict[int, VectorRow] = {}
    for number, one in enumerate(found):
        mine = np.flatnonzero(owner[order] == number)
        rows.update(zip(mine.tolist(), one.rows.columns.rows(at[order[mine]]), strict=True))
    hits = [*map(VectorHit, map(rows.__getitem__, range(end)), scores[order].tolist())]
    for first, last in _runs(same):
        hits[first:last] = rules.best(hits[first:last], last - first)
    return tuple(hits[:k])


def _runs(same: Mask) -> list[tuple[int, int]]:
    """Return the bounds of the longest runs in which each item is the same as the one before."""
    edges = np.diff(np.concatenate([[0], same, [0]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    return [(first, last + 1) for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]


def _candidates(
    rows: Part | LogRows, only: Mask | None, eligible: int, method: Method, question: Question
) -> Positions:
    asked, k = question.asked, min(question.k, eligible)
    if method is Method.NOTHING:
        return np.empty(0, np.intp)
    if method is Method.ROWS:
        return np.arange(eligible) if only is None else np.flatnonzero(only)
    if method is Method.CODES:
        count = plan.shortlist(rows.shortlist, question.k, eligible)
        at = rows.nearest_by_codes(asked, only, count, k)
        if not len(at):
            raise DataLoss(f"codes of {rows.name} found nothing")
        return np.sort(at)
    return rows.nearest(asked, only, k, eligible)
