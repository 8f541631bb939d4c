"""Keys of a ledger whose private parts a signing process has: asks that process by its socket.

The public list of keys is copied into a folder of this process's user whenever the signer has
another one, so that proofs are checked and bundles written while the signer is away. No code here
opens a private key.
"""

from __future__ import annotations

import base64
import socket
from typing import TYPE_CHECKING, Any, Final

from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed
from footage.ledger_objects import custody_log
from footage.log_keys import Standing, judged, renamed
from footage.signed_note import Checkpoint
from infra.keys import ledger_keys
from infra.keys.signer_wire import Wire, raised

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.seal import SealCertificate, Sealer
    from footage.clock import Clock
    from footage.instant import Instant
    from footage.log_keys import CheckpointSigner, Grown, LogKey
    from infra.keys.key_folder import KeyFolder
    from infra.keys.ledger_keys import KeySet

WITHIN: Final = Elapsed.parse("15s")
"""Time that a question may take, its answer included: longer than the signer's own limit."""
_TRIES: Final = 3
"""Questions for a checkpoint: the signer says from which tree the proof is to begin, and another
process may have a checkpoint signed between."""
_PATIENCE: Final = Elapsed.parse("2m")
"""Time that a bundle waits for its turn."""
_AWAY: Final = "does `footage keys serve` run? docs/keys.md"


class SocketKeys:
    """`infra.keys.ledger_keys.LedgerKeys` by the socket of a signing process.

    Args:
        path: The socket.
        copy: Folder for the copy of the public list.
        clock: Measures how long an answer takes.
        within: Time that a question may take.
    """

    def __init__(
        self, path: Path, copy: KeyFolder, clock: Clock, *, within: Elapsed = WITHIN
    ) -> None:
        self._path, self._copy, self._clock, self._within = path, copy, clock, within

    @property
    def where(self) -> str:
        """The socket, in words."""
        return f"the signer at {self._path}"

    def sets(self) -> list[KeySet]:
        """Return all sets; the copy's while the signer is away."""
        try:
            return self.asked_sets()
        except Unavailable:
            if found := self._copy.sets():
                return found
            raise

    def asked_sets(self) -> list[KeySet]:
        """Return all sets, as the signer tells now, and keep the copy.

        Raises:
            Misconfigured: The signer's answer cannot be read.
            NotPermitted: The signer does not answer this user.
            Unavailable: The signer is away.
        """
        try:
            found = ledger_keys.sets_from(self._asked({"do": "keys"})[0]["ok"])
        except (ValueError, KeyError, TypeError, BadInput) as exc:
            raise Misconfigured(f"{self.where} tells no list of keys: {exc}") from exc
        self._copy.keep_public(found)
        return found

    def log_keys(self) -> list[LogKey]:
        """Return all public keys that are known here; none while a signer never seen is away."""
        try:
            return ledger_keys.as_log_keys(self.sets())
        except Unavailable:
            return []

    def seal_certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals, as the signer tells."""
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        answer, _ = self._asked({"do": "keys"})
        if not answer.get("certificate"):
            raise raised(answer.get("no_certificate") or {})
        try:
            return seal_crypto.certificate(str(answer["certificate"]).encode(), self.where)
        except BadInput as exc:
            raise Misconfigured(str(exc)) from exc

    def private_here(self) -> bool:
        """Whether this process can read private keys: never."""
        return False

    def can_sign(self) -> bool:
        """Whether the signer has the private keys of its last set; raises as `asked_sets`."""
        return bool(self._asked({"do": "keys"})[0].get("can_sign"))

    def signer(self) -> CheckpointSigner | None:
        """Return what signs checkpoints."""
        return _SocketSigner(self)

    def sealer(self) -> Sealer:
        """Return what seals bundles."""
        return _SocketSealer(self)

    def sign(self, checkpoint: Checkpoint, at: Instant, grown: Grown | None) -> Checkpoint:
        """Have a checkpoint signed; what comes back is checked by the public keys."""
        question: dict[str, Any] = {
            "do": "checkpoint",
            "note": checkpoint.note(),
            "at": at.us // 1_000_000,
        }
        for _ in range(_TRIES):
            answer, _ = self._asked(question)
            if "wait" in answer:
                raise _too_many(self.where)
            if "prove" not in answer:
                return self._checked(checkpoint, str(answer.get("ok")))
            old = int(answer["prove"])
            proof = grown(old) if grown else ()
            question |= {"old": old, "proof": [base64.b64encode(one).decode() for one in proof]}
        raise Unavailable(f"{self.where} signed other checkpoints meanwhile")

    def seal(self, what: str, data: bytes) -> bytes:
        """Have the manifest of a bundle ("seal") or the digest of a film ("clip") signed.

        Where the signer has given enough for now, this call waits: an export of many clips takes
        longer, and does not fail.
        """
        until = self._clock.monotonic() + _PATIENCE
        while True:
            answer, body = self._asked({"do": what}, data)
            wait = Elapsed(int(answer.get("wait", 0)))
            if not wait:
                break
            if self._clock.monotonic() + wait > until:
                raise _too_many(self.where)
            self._clock.sleep(wait)
        if not answer.get("ok") or not body:
            raise Unavailable(f"{self.where} answers with no signature")
        return body

    def _checked(self, asked: Checkpoint, note: str) -> Checkpoint:
        from infra.keys.note_crypto import is_right  # noqa: PLC0415 - loads the library

        try:
            made = Checkpoint.parse(note)
        except BadInput as exc:
            raise Unavailable(f"{self.where} answers with no checkpoint") from exc
        keys = self.log_keys()
        if keys and asked.origin == custody_log(keys[0].key.name):
            keys = renamed(keys, asked.origin)
        standing = judged(made, asked.origin, keys, is_right)
        if made.text != asked.text or standing.standing is not Standing.SIGNED:
            raise Unavailable(f"what {self.where} answers is {standing.words}")
        return made

    def _asked(self, question: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Ask once.

        Raises:
            Unavailable: The signer is away, or does not answer in time.
            FootageError: What the signer says to be wrong.
        """
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
                made.settimeout(self._within.in_seconds)
                made.connect(str(self._path))
                wire = Wire(made, self._clock, self._within)
                answer, found = _answer(wire, question, body)
        except PermissionError as exc:
            raise Misconfigured(
                f"{self.where} cannot be asked by this user",
                hint="the user must be in the socket's group: docs/keys.md",
            ) from exc
        except OSError as exc:
            raise Unavailable(f"{self.where} is away: {exc.strerror or exc}", hint=_AWAY) from exc
        if "error" in answer:
            raise raised(answer)
        return answer, found


def _too_many(where: str) -> Unavailable:
    return Unavailable(
        f"{where} was asked for too many signatures within a minute", hint="[signer] a_minute"
    )


def _answer(wire: Wire, question: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Ask, and return the answer; a signer that refuses may answer before all was sent."""
    try:
        wire.send(question, body)
    except Unavailable as exc:
        try:
            return wire.line(), wire.body()
        except Unavailable:
            raise exc from None
    return wire.line(), wire.body()


class _SocketSigner:
    """`footage.log_keys.CheckpointSigner` by the socket."""

    def __init__(self, keys: SocketKeys) -> None:
        self._keys = keys

    def sign(self, checkpoint: Checkpoint, at: Instant, grown: Grown | None = None) -> Checkpoint:
        """Return the checkpoint signed by each key in force."""
        return self._keys.sign(checkpoint, at, grown)


class _SocketSealer:
    """`evidence.seal.Sealer` by the socket."""

    def __init__(self, keys: SocketKeys) -> None:
        self._keys = keys

    def certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals now."""
        return self._keys.seal_certificate()

    def seal(self, data: bytes, at: Instant) -> bytes:
        """Return the signature over a manifest; the signer says what time it is."""
        del at
        return self._keys.seal("seal", data)

    def seal_clip(self, sha256: bytes, at: Instant) -> bytes:
        """Return the bare signature over a film; the signer says what time it is."""
        del at
        return self._keys.seal("clip", sha256)
