"""An OpenTelemetry collector: takes OTLP over HTTP and keeps the spans, decoded from protobuf."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Traced:
    """A span that was sent.

    Attributes:
        notes: Attributes.
        parent: Id of the span it is a part of; "" for none.
        took_ns: Duration.
        failed: Whether the span ended by an error.
    """

    name: str
    notes: dict[str, int | str]
    id: str
    parent: str
    took_ns: int
    failed: bool


@dataclass
class Collector:
    """Keeps what was sent.

    Attributes:
        bodies: Each request's body, unpacked.
        status: Status of the answers.
    """

    address: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    status: int = 200
    asked: int = 0

    def spans(self) -> list[Traced]:
        """Return the spans that were sent."""
        found = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            for of_resource in request.resource_spans:
                for of_scope in of_resource.scope_spans:
                    found += [
                        Traced(
                            span.name,
                            {
                                one.key: one.value.string_value or one.value.int_value
                                for one in span.attributes
                            },
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            span.end_time_unix_nano - span.start_time_unix_nano,
                            span.status.code == span.status.STATUS_CODE_ERROR,
                        )
                        for span in of_scope.spans
                    ]
        return found

    def resources(self) -> set[tuple[str, str]]:
        """Return what was said of the service, as pairs of name and value."""
        return {
            (one.key, one.value.string_value)
            for body in self.bodies
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for one in of_resource.resource.attributes
        }


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.asked += 1
            collector.headers.append(str(self.headers))
            if collector.status == 200:
                collector.bodies.append(body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
