"""The only place that builds objects: settings in, services out, on stores of `store_wiring`.

A module for each subject builds that subject's services: `recording_wiring`, `search_wiring`,
`evidence_wiring`, `retention_wiring`, and `api_wiring` above all four. Each part is built when
first asked for, so that a command loads only the parts in use; third-party clients are imported
where a part is built from them. `wired()` closes all opened parts.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from infra.api_wiring import ApiParts
from infra.config import loading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config.settings import Settings


class Parts(ApiParts):
    """Stores and services of a process, each built from the settings at first use."""


@contextmanager
def wired(settings: Settings | None = None) -> Iterator[Parts]:
    """Give the parts for `settings`, or the settings in force; close the parts at the end."""
    parts = Parts(settings or loading.load(), SystemClock())
    try:
        yield parts
    finally:
        parts.close()
