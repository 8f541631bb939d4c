"""The tracing port: what the server did for a request, and how long each part took.

What is traced leaves the machine, for people who may know nothing of a case. So a span has a name
that stands in the code, counts, and kinds; never a text of a person, a query, a camera, a case or
an exception.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Span(Protocol):
    """A part of the work for a request, under way."""

    def rename(self, name: str) -> None:
        """Give the span another name, one that stands in the code."""
        ...

    def note(self, name: str, value: int | str) -> None:
        """Note a count or a kind; a kind is one of a list that stands in the code."""
        ...

    def fail(self, error: BaseException) -> None:
        """Note that an exception ended the work, and the kind of the exception as `error.type`."""
        ...

    def end(self) -> None:
        """End the span; a second call does nothing."""
        ...


class Tracer(Protocol):
    """Takes spans. No call waits for another machine, and none raises an error of its own."""

    def span(self, name: str) -> AbstractContextManager[Span]:
        """Trace the body of a `with`: spans begun inside are parts of this span.

        The kind of an exception that leaves the body is noted as `error.type`.
        """
        ...

    def begin(self, name: str) -> Span:
        """Begin a span of which no other is a part, to be ended by the caller."""
        ...


class Untraced:
    """A tracer that takes nothing, and the span of it."""

    @contextmanager
    def span(self, name: str) -> Iterator[Span]:
        """Run the body of a `with`."""
        del name
        yield self

    def begin(self, name: str) -> Span:
        """Return a span that nobody sees."""
        del name
        return self

    def rename(self, name: str) -> None:
        """Do nothing."""

    def note(self, name: str, value: int | str) -> None:
        """Do nothing."""

    def fail(self, error: BaseException) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""
