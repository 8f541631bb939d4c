"""A time-stamp authority of OpenSSL (`openssl ts`), served over HTTP on loopback."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shlex import split
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIG = """\
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
"""


class OpensslAuthority:
    """An authority with a root of its own in a folder."""

    def __init__(self, folder: Path, name: str = "Time of the city") -> None:
        self.folder = folder
        self.url = ""
        self.faulty = ""  # answers this instead
        folder.mkdir(parents=True)
        (folder / "serial").write_text("01\n")
        (folder / "conf").write_text(_CONFIG.format(folder=folder))
        self._openssl(
            *split("req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout root.key -out root.pem"),
            *("-config", "/dev/null", "-subj", f"/CN={name} root"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )
        self._openssl(
            *split("req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr"),
            *("-config", "/dev/null", "-subj", f"/CN={name}"),
        )
        self._openssl(
            *split("x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial"),
            *split("-days 3650 -extfile conf -extensions ext -out tsa.pem"),
        )

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self._openssl(*split("ts -reply -config conf -queryfile query -out reply"))
        return (self.folder / "reply").read_bytes()

    def _openssl(self, *argv: str) -> None:
        done = subprocess.run(
            ["/usr/bin/env", "openssl", *argv], cwd=self.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def served(authority: OpensslAuthority) -> Iterator[OpensslAuthority]:
    """Serve an authority on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            faulty = authority.faulty.encode()
            reply = faulty or authority.answer(query)
            self.send_response(500 if faulty == b"500" else 200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/tsa"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
