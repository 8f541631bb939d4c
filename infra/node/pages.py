"""The recording node's own pages: metrics, status, health, and promises between nodes.

It must never disturb recording: its threads are few and die with the process, and a request has
a deadline, however slowly it comes or is read.

Whoever reaches the address may read it: no page holds footage or a credential. So it listens on
loopback unless `[recording] listen` says otherwise.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import BoundedSemaphore, Lock, Thread
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from footage.errors import FootageError, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.config.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footage.clock import Clock

AT_ONCE: Final = 16
"""Requests served at a time; one more is turned away: a scrape of a city takes 0.1 s of a core."""
DEADLINE: Final = Elapsed.parse("10s")
_BACKLOG: Final = 16
_WORTH_PACKING: Final = 10_000
_TURNED_AWAY: Final = (
    b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
)
_log = logging.getLogger(__name__)


class Page(NamedTuple):
    """Answer to a request for a page: content type and body."""

    content_type: str
    body: bytes


class NodeServer:
    """Serves the pages from `start` to `stop`.

    Args:
        listen: "HOST:PORT"; port 0 takes a free one.
        pages: Function that makes the page of each path. Called on threads of the
            server; a FootageError is answered with 503 and its text.
        clock: Times the requests.

    Attributes:
        promise: Asked by `GET /promise?from=NODE&token=TOKEN`; while it is None no promise is
            made.
    """

    def __init__(self, listen: str, pages: Mapping[str, Callable[[], Page]], clock: Clock) -> None:
        self._wanted = Address.parse(listen)
        self.pages = pages
        self.clock = clock
        self.promise: Callable[[str, str], bool] | None = None
        self._server: _Server | None = None

    def start(self) -> Address:
        """Take the address and serve.

        Raises:
            Misconfigured: The machine has no such address, or this user may not take the port.
            Unavailable: The address is taken.
        """
        try:
            family = socket.getaddrinfo(*self._wanted, type=socket.SOCK_STREAM)[0][0]
            self._server = _Server(self, family, self._wanted)
        except (socket.gaierror, PermissionError) as exc:
            raise Misconfigured(
                f"cannot listen on {self._wanted}: {exc.strerror}", hint="[recording] listen"
            ) from exc
        except OSError as exc:
            raise Unavailable(
                f"cannot listen on {self._wanted}: {exc.strerror}",
                hint="another recorder of this machine may have it; [recording] listen names one",
            ) from exc
        Thread(target=self._server.serve_forever, name="pages", daemon=True).start()
        return self._server.address

    def stop(self) -> None:
        """Serve no longer; requests under way are cut off."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    request_queue_size = _BACKLOG

    def __init__(self, node: NodeServer, family: socket.AddressFamily, at: Address) -> None:
        self.address_family = family
        self.node = node
        self._room = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._due: dict[socket.socket, Elapsed] = {}
        super().__init__(at, _Handler)

    @property
    def address(self) -> Address:
        """Address the server listens at."""
        return Address(*self.socket.getsockname()[:2])

    def server_bind(self) -> None:
        """Bind, without asking the network for our name: that can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base
        """Serve the request on a new thread; refuse the request when all threads are taken."""
        if not self._room.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.settimeout(0)
                request.send(_TURNED_AWAY)
            self.shutdown_request(request)
            return
        with self._lock:
            self._due[request] = self.node.clock.monotonic() + DEADLINE
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread to be had
            self._leave(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base
        """Serve the request, and free the thread's place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request)

    def _leave(self, request: socket.socket) -> None:
        with self._lock:
            self._due.pop(request, None)
        self._room.release()

    def service_actions(self) -> None:
        """Twice a second: cut off who is past the deadline, byte by byte as he may go on."""
        now = self.node.clock.monotonic()
        with self._lock:
            late = [request for request, due in self._due.items() if due < now]
        for request in late:
            with contextlib.suppress(OSError):  # it ended meanwhile
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base
        """A reader that goes away is no news; a fault of ours is."""
        del request
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            _log.warning("a request of %s failed", client_address[0], exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    timeout = DEADLINE.in_seconds
    server_version = "footage"
    sys_version = ""
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s: %(explain)s\n"
    _FIXED: ClassVar = {"/healthz": Page("text/plain; charset=utf-8", b"ok\n")}

    def do_GET(self) -> None:
        """Answer."""
        asked = urlsplit(self.path)
        if asked.path == "/promise":
            self._promise(parse_qs(asked.query))
        elif page := self._page(asked.path):
            self._send(HTTPStatus.OK, page)

    def _page(self, path: str) -> Page | None:
        make = self._node.pages.get(path)
        if make is None:
            if page := self._FIXED.get(path):
                return page
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        try:
            return make()
        except FootageError as exc:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=str(exc))
            return None

    def _promise(self, asked: Mapping[str, list[str]]) -> None:
        node, token = asked.get("from", [""])[0], asked.get("token", [""])[0]
        promise = self._node.promise
        try:
            given = promise is not None and bool(node and token) and promise(node, token)
        except FootageError as exc:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=str(exc))
            return
        status = HTTPStatus.OK if given else HTTPStatus.FORBIDDEN
        self._send(status, Page("application/json", json.dumps({"promise": given}).encode()))

    def _send(self, status: HTTPStatus, page: Page) -> None:
        body = page.body
        self.send_response(status)
        self.send_header("Content-Type", page.content_type)
        if len(body) > _WORTH_PACKING and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """A scrape is no news; and a token in a query is nobody's business."""

    @property
    def _node(self) -> NodeServer:
        return cast("_Server", self.server).node
