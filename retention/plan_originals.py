"""Original files that a plan deletes: those of imports of which all segments are due and not held.

A plan lists an original beside the first of its segments to go. What decides at last is what is
left when the plan is applied (`retention.originals`): a hold placed since spares the original.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING

from footage.errors import DataLoss
from footage.hold import covering
from footage.originals import days_of, key_for, stored_original
from retention.plan import PlannedOriginal, items_of_span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.hold import Hold
    from footage.originals import Original
    from footage.ports import Catalogue, ObjectStore
    from retention.plan import PlanItem
    from retention.policy import Judge


class OriginalsDue:
    """Finds the originals that go with the items of a plan.

    Asks the store once for each import with an item to delete, and never for recorded footage.
    """

    def __init__(
        self, catalogue: Catalogue, store: Callable[[], ObjectStore], holds: Sequence[Hold]
    ) -> None:
        self._catalogue, self._store, self._holds = catalogue, store, holds

    def added_to(self, items: Iterable[PlanItem], judge: Judge) -> Iterator[PlanItem]:
        """Yield the items, each with the original that goes with the item, if any."""
        for camera, mine in groupby(items, key=lambda item: item.camera):
            told: set[str] = set()  # of one camera: memory grows with the imports of a camera
            for item in mine:
                key = None if item.holds else key_for(camera, item.span.run)
                if key is None or key in told:
                    yield item
                    continue
                told.add(key)
                yield item.with_original(self._due(key, judge))

    def _due(self, key: str, judge: Judge) -> PlannedOriginal | None:
        try:
            original = stored_original(self._store(), key)
        except DataLoss:
            return None  # it is spared, with its last segments, when the plan is applied
        if original is None or covering(self._holds, original):
            return None
        if not self._all_due(original, judge):
            return None
        return PlannedOriginal(key, original.size_bytes, str(original.digest))

    def _all_due(self, original: Original, judge: Judge) -> bool:
        """Whether every segment cut from an original is due and not held."""
        camera = original.camera
        for summary in days_of(self._catalogue, original):
            read = cache(partial(self._catalogue.day_segments, camera, summary.day))
            for span in summary.spans:
                if key_for(camera, span.run) == original.key:
                    items = items_of_span(camera, span, judge, read)
                    going = sum(item.span.segments for item in items if not item.holds)
                    if going != span.segments:
                        return False
        return True
