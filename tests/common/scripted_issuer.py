"""A small identity provider over HTTP whose answers a test sets, to answer as none should."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Answer:
    """An answer: a JSON-able body, or bytes as they are."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        """Return the body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class ScriptedIssuer:
    """Answers by path; counts what was asked.

    Attributes:
        port: Port of 127.0.0.1.
        answers: Answers by path; a path without one is answered with 404.
        asked: Number of requests by path.
        forms: Forms that were posted, with the header `Authorization`, in order.
    """

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Address by which the provider is known."""
        return f"http://127.0.0.1:{self.port}"

    def describe(self, **changed: object) -> None:
        """Publish a description, in which members are changed."""
        description = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            **changed,
        }
        self.answers["/.well-known/openid-configuration"] = Answer(description)


@contextmanager
def scripted_issuer() -> Iterator[ScriptedIssuer]:
    """Serve a provider on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = issuer.answers.get(self.path, Answer({}, 404))
            issuer.asked[self.path] += 1
            data = answer.data()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            issuer.forms.append({**form, "authorization": self.headers.get("Authorization", "")})
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that hangs up on a large answer

    with Quiet(("127.0.0.1", 0), Handler) as server:
        issuer = ScriptedIssuer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
