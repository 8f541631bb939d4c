"""The port of approvals: requests that a second person approve an act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.approval import ApprovalRequest
    from footage.digest import Digest


class Approvals(Protocol):
    """The record of requests.

    - Each call is one transaction: wholly done on return, or not at all. Changes of the same
      request at the same time come one after the other.
    - Of an act at most one request is open, i.e. waiting or approved; so is the approval of an act
      used at most once, however many ask at the same time.
    - Requests are never removed. What a page costs grows with the page.
    - NotFound: there is no such request.
    - Unavailable: the record cannot be reached.
    """

    def add(self, request: ApprovalRequest) -> ApprovalRequest:
        """Add a waiting request, unless one of the same act is open.

        Open requests whose time is over when `request` is asked are recorded as expired.

        Returns:
            The request with its number; or the open request of the act, as it is.
        """
        ...

    def request(self, number: int) -> ApprovalRequest:
        """Return a request."""
        ...

    def open_request(self, act: Digest) -> ApprovalRequest | None:
        """Return the open request of the act of this digest, or None.

        Its time may be over: `footage.approval.as_of` says.
        """
        ...

    def requests(
        self, *, open_only: bool = False, before: int | None = None, limit: int = 100
    ) -> list[ApprovalRequest]:
        """Return requests, the newest first.

        Args:
            open_only: Requests recorded as waiting or approved only; the time of some may be over.
            before: Requests of a smaller number only: the last of the page before.
            limit: Most requests to return.
        """
        ...

    def change(
        self, number: int, change: Callable[[ApprovalRequest], ApprovalRequest]
    ) -> ApprovalRequest:
        """Replace a request by what `change` makes of the request.

        Args:
            number: Number of the request.
            change: Called within the transaction with the request as recorded; an error it raises
                goes on, and nothing is changed. It changes neither number nor act, and opens no
                request that is closed.

        Returns:
            The request as changed.
        """
        ...
