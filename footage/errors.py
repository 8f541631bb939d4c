"""Every error Footage raises on purpose.

The tree of error classes, each with the exit code of a command that ends with such an error::

    FootageError            1   something went wrong in a foreseen way
    ├── BadInput            2   the caller gave something that cannot be right
    │   └── NotFound        2   a camera, segment, case, plan ... of that name does not exist
    ├── Misconfigured       3   a setting, a model or an installed part is wrong or missing
    ├── Unavailable         4   a server, a disk or a camera cannot be reached now; try again later
    │   └── NoSpace         4   the disk or the store is full
    ├── DataLoss            5   stored bytes are not what they were: altered or cut short
    │   └── UnreadableObjects 5   a listing met unreadable objects and listed the rest
    └── Refused             6   asked for rightly, but not allowed now
        ├── Conflict        6   the facts changed since they were read; read again
        ├── CaseRequired    6   searching, watching or exporting needs a case and a purpose
        ├── ApprovalRequired 6  a second person must approve the act first
        └── NotPermitted    6   the person's grants do not reach that far
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class FootageError(Exception):
    """The base of all errors Footage raises on purpose.

    Attributes:
        hint: What the reader can do about the error, or "" where only the message helps.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} ({self.hint})" if self.hint else message


class BadInput(FootageError):
    """The caller gave something that cannot be right."""

    exit_code = 2


class NotFound(BadInput):
    """Nothing of the given name exists: camera, segment, case, plan or the like."""


class Misconfigured(FootageError):
    """A setting, a model or an installed part is wrong or missing."""

    exit_code = 3


class Unavailable(FootageError):
    """A server, a disk or a camera cannot be reached now; the same call may succeed later."""

    exit_code = 4


class NoSpace(Unavailable):
    """The disk or the store is full; nothing was written in part."""


class DataLoss(FootageError):
    """Stored bytes are lost or altered: a digest differs, a file is cut short or unreadable."""

    exit_code = 5


class UnreadableObjects(DataLoss):
    """A listing met objects whose facts cannot be read.

    Attributes:
        found: Key and reason of each unreadable object, in key order.
    """

    def __init__(
        self, message: str, *, hint: str = "", found: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.found = tuple(found)

    @classmethod
    def among(cls, found: Sequence[tuple[str, str]]) -> UnreadableObjects:
        """Build the error from pairs of key and reason; `found` must not be empty."""
        key, why = found[0]
        return cls(
            f"{len(found)} stored objects cannot be read, the first {key}: {why}", found=found
        )


class Refused(FootageError):
    """The request is valid, but not allowed now."""

    exit_code = 6


class Conflict(Refused):
    """The facts changed since the caller read the facts; read again and decide anew."""


class CaseRequired(Refused):
    """The action needs a case and a purpose (setting `require_case`)."""


class ApprovalRequired(Refused):
    """A second person must approve the act first.

    Attributes:
        request: Number of the request that waits for the approval.
    """

    def __init__(self, message: str, *, request: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.request = request


class NotPermitted(Refused):
    """No grant of the person allows the action, or reaches the footage asked for."""
