"""For tests of the signing process: a signer served in threads of the test, and questions to it."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.canonical import canonical
from footage.clock import SystemClock
from footage.ledger_objects import ORIGIN
from footage.merkle import Frontier, consistency_proof, leaf_hash, node_hash
from footage.signed_note import Checkpoint
from infra.keys.key_folder import KeyFolder
from infra.keys.signer import Peer, Signer
from infra.keys.signer_rules import Growth
from infra.keys.signer_server import WITHIN, SignerServer, listening_at
from infra.keys.socket_keys import SocketKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Elapsed

LEDGER = ORIGIN + "0011223344556677"
CUSTODY = LEDGER + "-custody"
PEER = Peer(1000, 4711)


@dataclass
class Grower:
    """A tree of numbered leaves, of which any size can be asked for."""

    mark: bytes = b""
    hashes: list[bytes] = field(default_factory=list)

    def to(self, size: int) -> Grower:
        while len(self.hashes) < size:
            self.hashes.append(leaf_hash(self.mark + str(len(self.hashes)).encode()))
        return self

    def node(self, level: int, position: int) -> bytes:
        if not level:
            return self.hashes[position]
        below = (self.node(level - 1, 2 * position + one) for one in (0, 1))
        return node_hash(*below)

    def checkpoint(self, size: int, origin: str = LEDGER) -> Checkpoint:
        return Checkpoint(origin, size, Frontier(size, self.to(size).node).root())

    def grown(self, size: int) -> Callable[[int], Sequence[bytes]]:
        """Proves of the tree of `size` leaves that it continues a smaller one."""
        return lambda old: consistency_proof(old, size, self.to(size).node)

    def growth(self, size: int, old: int) -> Growth:
        return Growth(old, self.grown(size)(old))


def manifest(certificate: str, **more: object) -> bytes:
    """The least that is a manifest of a bundle which promises the signature of a certificate."""
    crypto = {"hash": "sha256", "signers": [{"sha256": certificate}]}
    return canonical({"schema": "footage.bundle/1", "bundle_id": "b1", "crypto": crypto, **more})


@dataclass
class Served:
    """A signer that is served."""

    folder: Path
    path: Path
    signer: Signer
    server: SignerServer
    keys: SocketKeys

    def raw(self) -> socket.socket:
        """A connection on which anything may be sent."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(20)
        made.connect(str(self.path))
        return made


@contextmanager
def served(
    root: Path,
    *,
    users: Sequence[int] | None = None,
    a_minute: int = 0,
    within: Elapsed = WITHIN,
    clock: Clock | None = None,
) -> Iterator[Served]:
    """Serve a signer with keys of its own, below `root`, until the block ends."""
    chosen = clock or SystemClock()
    signer = Signer(KeyFolder(root / "signer"), chosen)
    if not signer.keys.folder.exists():
        signer.make(LEDGER, first=True)  # an empty folder stays without keys
    path, stopping = root / "run" / "sign.sock", threading.Event()
    asked_by = [os.geteuid()] if users is None else users
    server = SignerServer(signer, SystemClock(), asked_by, a_minute=a_minute, within=within)
    with listening_at(path, "") as listening:
        thread = threading.Thread(target=server.serve, args=(listening, stopping))
        thread.start()
        try:
            copy = KeyFolder(root / "copy")
            yield Served(
                root / "signer", path, signer, server, SocketKeys(path, copy, SystemClock())
            )
        finally:
            stopping.set()
            thread.join()
