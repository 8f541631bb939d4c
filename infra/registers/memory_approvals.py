"""Requests for approval in memory: between the threads of a process."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from footage.approval import as_of, no_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.approval import ApprovalRequest
    from footage.digest import Digest


class MemoryApprovals:
    """Keeps the contract of `footage.ports.Approvals`; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[ApprovalRequest] = []

    def add(self, request: ApprovalRequest) -> ApprovalRequest:
        """Add a waiting request, or return the open request of the act."""
        with self._lock:
            self._requests = [as_of(one, request.asked_at) for one in self._requests]
            if found := self._open(request.act.sha256):
                return found
            added = replace(request, number=len(self._requests) + 1)
            self._requests.append(added)
            return added

    def request(self, number: int) -> ApprovalRequest:
        """Return a request; raises NotFound."""
        with self._lock:
            return self._known(number)

    def open_request(self, act: Digest) -> ApprovalRequest | None:
        """Return the open request of an act, or None."""
        with self._lock:
            return self._open(act)

    def requests(
        self, *, open_only: bool = False, before: int | None = None, limit: int = 100
    ) -> list[ApprovalRequest]:
        """Return requests, the newest first."""
        with self._lock:
            found = [
                one
                for one in self._requests
                if (one.state.open or not open_only) and (before is None or one.number < before)
            ]
        return found[::-1][:limit]

    def change(
        self, number: int, change: Callable[[ApprovalRequest], ApprovalRequest]
    ) -> ApprovalRequest:
        """Replace a request by what `change` makes of the request; raises NotFound."""
        with self._lock:
            done = self._requests[number - 1] = change(self._known(number))
            return done

    def _known(self, number: int) -> ApprovalRequest:
        if not 1 <= number <= len(self._requests):
            raise no_request(number)
        return self._requests[number - 1]

    def _open(self, act: Digest) -> ApprovalRequest | None:
        mine = (one for one in self._requests if one.state.open and one.act.sha256 == act)
        return next(mine, None)
