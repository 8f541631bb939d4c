"""A model hub on loopback that serves folders as huggingface_hub asks for them, and its faults."""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT: Final = "5" * 40
_CHUNK: Final = 1 << 20
_BY_GIT: Final = ".json"


@dataclass
class ModelHub:
    """The hub: what it serves, what goes wrong, what was asked.

    Attributes:
        root: Holds OWNER/NAME/FILE.
        url: Address for `HF_ENDPOINT`.
        broken: Names of files of which a byte is altered on the way.
        stops_at: By name of a file, the byte after which every connection drops.
        asked: Each GET: name of the file, and first byte asked for.
    """

    root: Path
    url: str = ""
    broken: set[str] = field(default_factory=set)
    stops_at: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def digest(self, path: Path) -> str:
        """Return the digest as the hub names it: git's for a small text, else SHA-256."""
        hasher = hashlib.sha256()
        if path.suffix == _BY_GIT:
            hasher = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
        return hasher.hexdigest()


@contextmanager
def model_hub(root: Path) -> Iterator[ModelHub]:
    """Serve the folder while the block runs."""
    hub = ModelHub(root)

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, name="model-hub")
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: ModelHub

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        path, first = self._begin()
        if path is None:
            return
        hub, at = self.served, first
        hub.asked.append((path.name, first))
        end = hub.stops_at.get(path.name, path.stat().st_size)
        with path.open("rb") as file:
            file.seek(first)
            while at < end and (chunk := file.read(min(_CHUNK, end - at))):
                at += len(chunk)
                broken = path.name in hub.broken and at == path.stat().st_size
                self.wfile.write(chunk[:-1] + bytes([chunk[-1] ^ 1]) if broken else chunk)
        self.close_connection = True

    def _begin(self) -> tuple[Path | None, int]:
        found = re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/[^/]+/([\w.-]+)", self.path)
        path = self.served.root / found[1] / found[2] if found else None
        if path is None or not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None, 0
        asked, size = re.match(r"bytes=(\d+)-", self.headers.get("Range", "")), path.stat().st_size
        first = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{self.served.digest(path)}"')
        self.send_header("Content-Length", str(size - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        self.end_headers()
        return path, first

    def log_message(self, *_: object) -> None:
        """Say nothing: tests read `asked`."""
