"""Serves a signer on a Unix socket, to processes of the allowed users alone.

Who asks is told by the kernel (`SO_PEERCRED`), never by what was sent. Each connection has a
thread, a deadline and a single question; a process may have some connections at once, and a user
so many questions a minute, counted apart for each kind of signature. So whoever asks too much,
too slowly or nonsense is refused, and the others are answered.
"""

from __future__ import annotations

import base64
import grp
import logging
import os
import pwd
import socket
import stat
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from api.allowance import MINUTE, Allowance
from footage import durable
from footage.errors import BadInput, Conflict, FootageError, Misconfigured, NotPermitted, Refused
from footage.instant import Elapsed, Instant
from footage.signed_note import Checkpoint
from infra.keys import ledger_keys
from infra.keys.signer import Peer
from infra.keys.signer_rules import Growth
from infra.keys.signer_wire import Wire, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from footage.clock import Clock
    from infra.keys.signer import Signer

WITHIN: Final = Elapsed.parse("10s")
"""Time for a question and its answer."""
AT_ONCE: Final = 64
"""Connections at a time; more are closed at once, and ask again."""
OF_A_PROCESS: Final = 8
"""Connections of a process at a time."""
SEALS_AT_ONCE: Final = 2
"""Manifests in memory at a time."""
SOCKET_MODE: Final = 0o660
_LONGEST_PATH: Final = 107
"""Bytes of the name of a Unix socket, which is the kernel's limit."""
_TICK: Final = Elapsed.parse("500ms")
_CREDENTIALS: Final = struct.Struct("3i")
_log = logging.getLogger(__name__)


class SignerServer:
    """Answers questions to a signer.

    Args:
        signer: Signs.
        clock: Measures deadlines and allowances.
        users: Numbers of the users that are answered.
        a_minute: Signatures of each kind that a user is given in a minute; 0: any number.
        within: Time for a question and its answer.
    """

    def __init__(
        self,
        signer: Signer,
        clock: Clock,
        users: Iterable[int],
        *,
        a_minute: int,
        within: Elapsed = WITHIN,
    ) -> None:
        self._signer, self._clock = signer, clock
        self._users, self._within = frozenset(users), within
        self._allowance = Allowance(a_minute, MINUTE, clock)
        self._refusals = Allowance(10, MINUTE, clock)
        self._open: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._seals = threading.BoundedSemaphore(SEALS_AT_ONCE)
        self._do: dict[str, Callable[[Wire, dict[str, Any], Peer], tuple[dict[str, Any], bytes]]]
        self._do = {"keys": self._keys, "checkpoint": self._checkpoint, "seal": self._seal}
        self._do["clip"] = self._clip

    def serve(self, listening: socket.socket, stopping: threading.Event) -> None:
        """Answer until `stopping` is set."""
        listening.settimeout(_TICK.in_seconds)
        while not stopping.is_set():
            try:
                connected, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError as exc:  # too many open files, or the asker went away already
                _log.warning("a connection could not be taken: %s", exc)
                stopping.wait(_TICK.in_seconds)
                continue
            self._begin(connected)

    def _begin(self, connected: socket.socket) -> None:
        """Answer in a thread; whoever has too many connections is hung up on."""
        peer = _peer(connected)
        with self._lock:
            full = self._open.total() >= AT_ONCE or self._open[peer.pid] >= OF_A_PROCESS
            if not full:
                self._open[peer.pid] += 1
        if full:
            self._warn(peer, "has too many connections")
            connected.close()
            return
        work = threading.Thread(target=self._work, args=(connected, peer), daemon=True)
        try:
            work.start()
        except RuntimeError as exc:  # the machine has no thread left
            _log.warning("no thread for an asker: %s", exc)
            self._end(connected, peer)

    def _work(self, connected: socket.socket, peer: Peer) -> None:
        wire = Wire(connected, self._clock, self._within)
        try:
            try:
                answer, body = self._answered(wire, peer)
            except FootageError as exc:
                self._warn(peer, str(exc))
                answer, body = failure(exc), b""
            wire.send(answer, body)
        except FootageError as exc:
            _log.debug("process %d of %s was not answered: %s", peer.pid, peer.user, exc)
        finally:
            self._end(connected, peer)

    def _end(self, connected: socket.socket, peer: Peer) -> None:
        connected.close()
        with self._lock:
            self._open[peer.pid] -= 1
            if not self._open[peer.pid]:
                del self._open[peer.pid]

    def _answered(self, wire: Wire, peer: Peer) -> tuple[dict[str, Any], bytes]:
        if peer.uid not in self._users:
            raise NotPermitted(
                f"the signer does not answer the user {peer.user}", hint="[signer] users"
            )
        said = wire.line()
        name = str(said.get("do"))
        if name not in self._do:
            raise BadInput(f"the signer cannot do {name[:40]!r}")
        if name != "keys" and (wait := self._allowance.take(f"{peer.uid} {name}")):
            self._warn(peer, "asked for too many signatures")
            return {"wait": wait.us}, b""
        return self._do[name](wire, said, peer)

    def _keys(
        self, _wire: Wire, _said: dict[str, Any], _peer: Peer
    ) -> tuple[dict[str, Any], bytes]:
        keys = self._signer.keys
        try:
            certificate = keys.seal_certificate().pem
        except FootageError as exc:
            certificate, why = "", failure(exc)
        else:
            why = {}
        public = ledger_keys.written(keys.sets())
        return {
            "ok": public,
            "certificate": certificate,
            "no_certificate": why,
            "can_sign": keys.private_here(),
        }, b""

    def _checkpoint(
        self, _wire: Wire, said: dict[str, Any], peer: Peer
    ) -> tuple[dict[str, Any], bytes]:
        asked, at, growth = _asked(said)
        made = self._signer.checkpoint(asked, at, growth, peer)
        if isinstance(made, int):
            return {"prove": made}, b""
        return {"ok": made.note()}, b""

    def _seal(self, wire: Wire, _said: dict[str, Any], peer: Peer) -> tuple[dict[str, Any], bytes]:
        if not self._seals.acquire(timeout=self._within.in_seconds / 2):
            raise Refused("other manifests are being signed: ask again")
        try:
            return {"ok": True}, self._signer.seal(wire.body(), peer)
        finally:
            self._seals.release()

    def _clip(self, wire: Wire, _said: dict[str, Any], peer: Peer) -> tuple[dict[str, Any], bytes]:
        return {"ok": True}, self._signer.seal_clip(wire.body(), peer)

    def _warn(self, peer: Peer, why: str) -> None:
        """Log a refusal; of a user some a minute alone, lest the log fills the disk."""
        if not self._refusals.take(str(peer.uid)):
            _log.warning("refused to process %d of %s: %s", peer.pid, peer.user, why)


@contextmanager
def listening_at(path: Path, group: str) -> Iterator[socket.socket]:
    """Listen on a Unix socket that `group` may open; the socket is removed at the end.

    Args:
        path: Where; a socket that nobody listens on any more is replaced. The folder is made when
            absent, for the group to enter.
        group: Name or number; "": the group of the process.

    Raises:
        Conflict: Another process listens there, or a file is in the way.
        Misconfigured: The folder may not be written, or there is no such group.
    """
    number = group_number(group) if group else os.getegid()
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise Misconfigured(f"{path} is too long for a socket", hint="[signer] socket")
    with durable.seam(path), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True)
            os.chown(path.parent, -1, number)
            path.parent.chmod(0o750)
        _clear(path)
        before = os.umask(0o177)  # closed until the mode is right
        try:
            made.bind(str(path))
        finally:
            os.umask(before)
        own = path.stat().st_ino
        os.chown(path, -1, number)
        path.chmod(SOCKET_MODE)
        made.listen(AT_ONCE)
        try:
            yield made
        finally:
            if path.exists() and path.stat().st_ino == own:
                path.unlink()


def user_number(name: str) -> int:
    """Return the number of a user, by name or number.

    Raises:
        Misconfigured: There is no such user.
    """
    try:
        return int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid
    except KeyError as exc:
        raise Misconfigured(f"no user {name!r} on this machine", hint="[signer] users") from exc


def group_number(name: str) -> int:
    """Return the number of a group, by name or number.

    Raises:
        Misconfigured: There is no such group.
    """
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError as exc:
        raise Misconfigured(f"no group {name!r} on this machine", hint="[signer] group") from exc


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens on."""
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise Conflict(f"{path} is no socket", hint="[signer] socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise Conflict(f"another process serves at {path}")


def _peer(connected: socket.socket) -> Peer:
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(found)
    return Peer(uid, pid)


def _asked(said: dict[str, Any]) -> tuple[Checkpoint, Instant, Growth | None]:
    try:
        asked = Checkpoint.parse(str(said["note"]))
        at = Instant(int(said["at"]) * 1_000_000)
        hashes = tuple(base64.b64decode(one, validate=True) for one in said.get("proof", ()))
        old = said.get("old")
        growth = None if old is None else Growth(int(old), hashes)
    except (KeyError, ValueError, TypeError, OverflowError) as exc:
        raise BadInput(f"not a question for a checkpoint: {exc}") from exc
    if asked.signatures:
        raise BadInput("the checkpoint carries signatures already")
    return asked, at, growth
