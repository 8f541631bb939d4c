"""Upkeep of a shard: sealing logs, merging parts, rewriting what is mostly dead.

The steps, under the shard's upkeep lock; the writers' lock is held for the short steps only:
 1. (locked) the open log is frozen: `current` names a new log, and records go there from now on;
 2. the live rows of frozen logs, of parts that are mostly dead, and of small parts are written as
    one new part, while writers and readers go on;
 3. (locked) what died meanwhile is marked dead in the new part and in the parts that stay; then
    `current` names the new part in place of what it was made of;
 4. (locked) files that `current` does not name are removed.
A crash between 1 and 3 leaves a frozen log, which is searched like the open log and sealed by the
next upkeep; a crash before 4 leaves files that the next upkeep removes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from footage import durable
from infra.vectors import part_builder, vector_plan
from infra.vectors.codebook import codebook, to_try
from infra.vectors.open_log import OpenLog
from infra.vectors.part_builder import Identity, Taken
from infra.vectors.vector_days import covering, days_in
from infra.vectors.vector_merge import to_merge
from infra.vectors.vector_shards import NamedPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.vectors.part_builder import Order
    from infra.vectors.shard_view import ShardView, Source
    from infra.vectors.vector_columns import Mask
    from infra.vectors.vector_shards import State

_MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes at which upkeep acts and scans differ.

    Attributes:
        seal_rows: Rows of a log from which the log is sealed.
        code_rows: Rows of a part from which the part gets codes.
        gathered_rows: Most eligible rows of a part that are fetched one by one.
    """

    seal_rows: int = 1 << 16
    code_rows: int = vector_plan.LARGE
    gathered_rows: int = vector_plan.GATHERED


@dataclass(frozen=True, slots=True)
class _Work:
    """Sources to replace by a new part, as of step 1.

    Attributes:
        names: Names of parts and frozen logs.
        sources: The parts and logs, and their dead rows, by name.
        days: For each, first and last day in the keys of its segments.
    """

    state: State
    names: tuple[str, ...]
    sources: Sequence[Source]
    days: Sequence[tuple[str, str] | None]


def keep_up(view: ShardView, sizes: Sizes, *, seal: bool) -> None:
    """Do what is due for a shard; nothing is changed when nothing is due.

    Args:
        view: The shard.
        sizes: When to seal and when to add codes.
        seal: Whether the log is sealed however short: the shard is of a past day.

    Raises:
        DataLoss: The shard is damaged.
    """
    shard = view.shard
    with shard.upkeep():
        with shard.writing(), view.lock:
            work = _begin(view, sizes, seal=seal)
        if work is None:
            return
        taken = [
            Taken(source.rows, _live(source), days)
            for source, days in zip(work.sources, work.days, strict=True)
        ]
        built = _build(view, work.state, taken, sizes) if any(len(t.at) for t in taken) else None
        with shard.writing(), view.lock:
            state = view.consistent(view.refresh)
            if state is not None:
                if set(work.names) <= {part.name for part in state.parts} | set(state.logs):
                    state = _commit(view, state, work, built)
                shard.sweep(state)
            else:  # all rows were removed meanwhile
                shutil.rmtree(shard.folder, ignore_errors=True)


def new_log(view: ShardView, state: State) -> State:
    """Let records go to a new log from now on; call within `writing`.

    The log's file is there before `current` names it: a missing log is damage.
    """
    log = OpenLog.create(view.shard.folder, state.dimension)
    durable.sync_folder(view.shard.folder)
    state = replace(state, logs=(*state.logs, log.name))
    view.shard.write(state)
    return state


def _begin(view: ShardView, sizes: Sizes, *, seal: bool) -> _Work | None:
    state = view.consistent(view.refresh)
    if state is None:
        return None
    log = view.open_log()
    if len(log) >= sizes.seal_rows or (seal and not log.is_empty):
        state = new_log(view, state)
        view.refresh()
    parts = {part.name: part for part in state.parts}
    alive = {name: view.source(name).alive for name in parts}
    mostly = [name for name, part in parts.items() if alive[name] < _MOSTLY * part.rows]
    frozen = {name: view.source(name) for name in state.logs[:-1]}
    if not (mostly or frozen):
        return None
    again = to_merge(alive, mostly, sum(source.alive for source in frozen.values()))
    names = (*sorted(again), *frozen)
    days = [parts[name].days for name in sorted(again)]
    days += [days_in(view.log_segments(name)) for name in frozen]
    return _Work(state, names, [view.source(name) for name in names], days)


def _live(source: Source) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if source.dead is None:
        return np.arange(len(source.rows.columns))
    return np.flatnonzero(~source.dead)


def _build(
    view: ShardView, state: State, taken: Sequence[Taken], sizes: Sizes
) -> tuple[str, Order]:
    folder, dimension = view.shard.folder, state.dimension
    identity = Identity(state.encoder, state.digest, dimension)
    rows = sum(len(one.at) for one in taken)
    kinds = to_try(folder.parent, dimension) if rows >= sizes.code_rows else ()
    kept = [partial(codebook, folder.parent, dimension, numbers=numbers) for numbers in kinds]
    return part_builder.build(folder, identity, [one for one in taken if len(one.at)], kept)


def _commit(view: ShardView, state: State, work: _Work, built: tuple[str, Order] | None) -> State:
    """Step 3: name the new part in place of its sources; return what counts now."""
    kept = [part for part in state.parts if part.name not in work.names]
    parts = [
        replace(part, dead=view.shard.write_dead(view.dead_of(part.name)))
        for part in kept
        if view.source(part.name).alive
    ]
    if built:
        name, order = built
        dead = _died_meanwhile(view, work, order)
        if not dead.all():
            days = covering(
                days for source, days in zip(work.sources, work.days, strict=True) if source.alive
            )
            parts.append(NamedPart(name, len(dead), view.shard.write_dead(dead), days))
    logs = tuple(log for log in state.logs if log not in work.names)
    state = replace(state, parts=tuple(parts), logs=logs)
    view.shard.write(state)
    view.refresh()
    return state


def _died_meanwhile(view: ShardView, work: _Work, order: Order) -> Mask:
    dead = np.zeros(len(order.at), dtype=np.bool_)
    number = 0
    for name, source in zip(work.names, work.sources, strict=True):
        if not source.alive:
            continue  # not taken over
        now = view.dead_of(name)
        places = order.places(number, len(now))[now]
        dead[places[places >= 0]] = True
        number += 1
    return dead
