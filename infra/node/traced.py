"""A decorator of ports and services: each call is a span, with the number of rows it returned.

Neither arguments nor results are looked into, but for the length of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.ports.tracing import Tracer

T = TypeVar("T")
ROWS = "footage.rows"


def traced(part: T, name: str, tracer: Tracer) -> T:
    """Return a part whose calls are traced as `name.method`.

    Args:
        part: A port or service.
        name: Name of the part in spans.
        tracer: Takes the spans.
    """
    return cast("T", _Traced(part, name, tracer))


class _Traced:
    """Hands everything on to a part; its methods are traced."""

    def __init__(self, part: object, name: str, tracer: Tracer) -> None:
        self._part, self._name, self._tracer = part, name, tracer

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the part has
        found = getattr(self._part, attribute)
        if attribute.startswith("_") or not callable(found):
            return found
        return _call(found, f"{self._name}.{attribute}", self._tracer)


def _call(method: Callable[..., Any], name: str, tracer: Tracer) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: object, **named: object) -> object:
        with tracer.span(name) as span:
            result = method(*args, **named)
            if isinstance(result, list | tuple | dict | set | frozenset):
                span.note(ROWS, len(cast("Sized", result)))
        return _counted(result, name, tracer) if isinstance(result, Iterator) else result

    return call


def _counted(rows: Iterator[object], name: str, tracer: Tracer) -> Iterator[object]:
    """Hand on rows that are read later; the span lasts from the first row asked for to the end."""
    span, count = tracer.begin(f"{name}.rows"), 0
    try:
        for row in rows:
            count += 1
            yield row
    except GeneratorExit:  # whoever reads has enough
        raise
    except BaseException as exc:
        span.fail(exc)
        raise
    finally:
        span.note(ROWS, count)
        span.end()
