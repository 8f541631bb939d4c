"""Traces for an OpenTelemetry collector, by OTLP over HTTP. The one module that uses OpenTelemetry.

Spans wait in a queue of bounded length and are sent by a thread of their own: a collector that is
away costs no request any time. While it is away it is tried every `TRIED_EVERY`, spans are dropped,
and the log has one line when that begins and one when it ends.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Status, StatusCode, use_span

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span as OtelSpan

    from footage.clock import Clock

NOTES: Final = frozenset(
    {"http.request.method", "http.route", "http.response.status_code", "error.type", "footage.rows"}
)
"""What a span may note; everything else is dropped."""
TRIED_EVERY: Final = Elapsed.parse("30s")
"""Least time between two tries to reach a collector that is away."""
_WITHIN_S: Final = 3.0
_SENT_EVERY_MS: Final = 2_000.0
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./{}: -]{1,120}")
"""A name or kind that stands in the code; what else comes is not sent."""
_OTHER: Final = "other"
_log = logging.getLogger(__name__)


class OtelTracer:
    """Keeps the contract of `footage.ports.tracing.Tracer`.

    Args:
        endpoint: Address of the collector, without the path of the protocol.
        service: Name of the service in traces.
        version: Version of Footage.
        clock: Tells when a collector that is away is tried again.
    """

    def __init__(self, endpoint: str, service: str, version: str, clock: Clock) -> None:
        # Its libraries log each failed try, each dropped span and each retry.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        address = f"{endpoint.rstrip('/')}/v1/traces"
        exporter = _Patient(OTLPSpanExporter(address, timeout=_WITHIN_S), endpoint, clock)
        about = {"service.name": service, "service.version": version}
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # else the environment decides
            resource=Resource(about),  # `create` would add host, process and the environment's
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=_SENT_EVERY_MS)
        )
        self._tracer = self._provider.get_tracer("footage")

    @contextmanager
    def span(self, name: str) -> Iterator[_Span]:
        """Trace the body of a `with`."""
        span = self.begin(name)
        try:
            with use_span(span.inner, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as exc:
            span.fail(exc)
            raise
        finally:
            span.end()

    def begin(self, name: str) -> _Span:
        """Begin a span, to be ended by the caller."""
        return _Span(self._tracer.start_span(_plain(name)))

    def close(self) -> None:
        """Send what waits, within some seconds, and end the thread."""
        self._provider.shutdown()


class _Span:
    def __init__(self, inner: OtelSpan) -> None:
        self.inner = inner

    def rename(self, name: str) -> None:
        self.inner.update_name(_plain(name))

    def note(self, name: str, value: int | str) -> None:
        if name in NOTES:
            self.inner.set_attribute(name, _plain(value) if isinstance(value, str) else value)

    def fail(self, error: BaseException) -> None:
        self.note("error.type", type(error).__name__)
        self.inner.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        if self.inner.is_recording():
            self.inner.end()


class _Patient(SpanExporter):
    """Sends spans, or drops them while the collector is away."""

    def __init__(self, inner: SpanExporter, endpoint: str, clock: Clock) -> None:
        self._inner, self._endpoint, self._clock = inner, endpoint, clock
        self._again: Elapsed | None = None
        """When to try next; None while the collector takes spans."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans to the collector."""
        if self._again is not None and self._clock.monotonic() < self._again:
            return SpanExportResult.FAILURE
        result = self._inner.export(spans)
        if result is SpanExportResult.SUCCESS:
            if self._again is not None:
                _log.info("the collector %s takes traces again", self._endpoint)
            self._again = None
            return result
        if self._again is None:
            _log.warning("traces are dropped: the collector %s does not take any", self._endpoint)
        self._again = self._clock.monotonic() + TRIED_EVERY
        return result

    def shutdown(self) -> None:
        """Close the connection to the collector."""
        self._inner.shutdown()


def _plain(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _OTHER
