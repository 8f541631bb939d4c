"""Choice of a vector shard's parts to rewrite when rows are added or removed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_RATIO: Final = 2


def to_merge(sizes: Mapping[str, int], forced: Collection[str], new: int) -> frozenset[str]:
    """The parts to rewrite together with `new` rows.

    The result has the parts `forced` (which lose rows) and, from the smallest up, every part with
    at most twice the rows gathered so far. So each remaining part is more than twice all smaller
    parts together: a day of n rows has at most log2(n) parts, and each row is rewritten as often.

    Args:
        sizes: Rows of each part that would remain.
        forced: Parts that must be rewritten.
        new: Number of rows to add.
    """
    chosen = set(forced)
    gathered = new + sum(sizes[part] for part in chosen)
    for part in sorted(sizes.keys() - chosen, key=lambda name: (sizes[name], name)):
        if sizes[part] > _RATIO * gathered:
            break
        chosen.add(part)
        gathered += sizes[part]
    return frozenset(chosen)
