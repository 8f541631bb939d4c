"""The signing process without its socket: alone reads private keys, signs what the rules allow.

Each signature takes one way, inside a section that one thread or process holds at a time, so that
no key is rotated meanwhile:

1. The rules (`infra.keys.signer_rules`) look at what was asked and at what was signed last.
2. The signature is made, in memory.
3. The tree is noted and a line is added to the log of signatures; both are on the disk.
4. The signature leaves.

A crash before 4 leaves a note of what nobody got: asked again, the same tree is signed, and no
other of as many leaves ever is.
"""

from __future__ import annotations

import os
import pwd
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import BadInput, Misconfigured, NotFound
from footage.instant import Elapsed
from footage.ledger_objects import ORIGIN
from infra.host.file_lock import locked
from infra.host.private import OTHERS
from infra.keys import signer_rules
from infra.keys.key_folder import FolderSealer, FolderSigner, KeyFolder
from infra.keys.signer_notes import CHECKPOINT, SignerNotes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.seal import SealCertificate
    from footage.clock import Clock
    from footage.instant import Instant
    from footage.signed_note import Checkpoint
    from infra.keys.ledger_keys import KeySet
    from infra.keys.signer_rules import Growth

_LOCK: Final = "keys.lock"
_SHA256: Final = 32
_WAIT: Final = Elapsed.parse("10s")


@dataclass(frozen=True, slots=True)
class Peer:
    """The process that asks for a signature, as the kernel names it."""

    uid: int
    pid: int

    @property
    def user(self) -> str:
        """Name of the user; the number of a user without a name."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def facts(self) -> dict[str, object]:
        """Return what the log of signatures says of the process."""
        return {"user": self.user, "uid": self.uid, "pid": self.pid}


class Signer:
    """Signs with the keys of a folder.

    Args:
        keys: The folder, which this process's user alone may enter.
        clock: Says what time it is.
    """

    def __init__(self, keys: KeyFolder, clock: Clock) -> None:
        self.keys = keys
        self.notes = SignerNotes(keys.folder)
        self._clock = clock

    def require_private(self) -> None:
        """Refuse a folder that others may enter.

        Raises:
            NotFound: There is no folder yet.
            Misconfigured: The folder is another user's, or others may enter.
        """
        folder = self.keys.folder
        with durable.seam(folder):
            if not folder.is_dir():
                raise NotFound(f"no keys in {folder}", hint="footage keys init --origin NAME")
            found = folder.stat()
        if found.st_uid != os.geteuid():
            raise Misconfigured(f"{folder} is another user's", hint="run as the user of the keys")
        if found.st_mode & OTHERS:
            raise Misconfigured(f"others may enter {folder}", hint=f"chmod 700 {folder}")

    def checkpoint(
        self, asked: Checkpoint, at: Instant, growth: Growth | None, peer: Peer
    ) -> Checkpoint | int:
        """Sign a checkpoint.

        Args:
            asked: The checkpoint, without signatures.
            at: The time that signatures are to state.
            growth: The proof that the tree continues the last one signed, as far as that is known.
            peer: Who asks.

        Returns:
            The signed checkpoint; or the number of leaves from which growth is to be proven.

        Raises:
            BadInput: The checkpoint states another time than that of now.
            Conflict: The checkpoint does not continue the last one signed.
            NotFound, Misconfigured: No key is in force, a key cannot be used, or signs another log.
            DataLoss: What was signed last cannot be read.
            Unavailable: The disk cannot be written, or keys are being made.
        """
        with self._alone():
            now = self._clock.now()
            signer_rules.require_now(at, now)
            last = self.notes.last(asked.origin)
            wanted = signer_rules.require_continued(last, asked, growth)
            if wanted is not None:
                return wanted
            made = FolderSigner(self.keys).sign(asked, at)
            self.notes.note(asked.origin, signer_rules.Tree(asked.size, asked.root))
            facts = {"log": asked.origin, "leaves": asked.size, "root": asked.root.hex()}
            self.notes.add(now, CHECKPOINT, {**facts, "for": peer.facts()})
            return made

    def seal(self, manifest: bytes, peer: Peer) -> bytes:
        """Return the detached CMS signature over the manifest of a bundle, DER.

        Raises:
            BadInput: The bytes are no manifest that promises this signature.
            NotFound, Misconfigured: No key is in force, or the key cannot be used.
            Unavailable: The disk cannot be written, or keys are being made.
        """
        bundle = signer_rules.bundle_of(manifest, self.keys.seal_certificate().sha256)
        with self._alone():
            now = self._clock.now()
            made = FolderSealer(self.keys).seal(manifest, now)
            facts = {"bundle": bundle, "manifest": str(Digest.of(manifest))}
            self.notes.add(now, "seal", {**facts, "for": peer.facts()})
            return made

    def seal_clip(self, sha256: bytes, peer: Peer) -> bytes:
        """Return the bare signature over a film with this SHA-256, which tells nothing of the film.

        Raises:
            BadInput: The bytes are no SHA-256.
            NotFound, Misconfigured: No key is in force, or the key cannot be used.
            Unavailable: The disk cannot be written, or keys are being made.
        """
        if len(sha256) != _SHA256:
            raise BadInput("not a SHA-256")
        with self._alone():
            now = self._clock.now()
            made = FolderSealer(self.keys).seal_clip(sha256, now)
            self.notes.add(now, "clip", {"sha256": sha256.hex(), "for": peer.facts()})
            return made

    # ------------------------------------------------------------ by the user of the keys

    def make(self, origin: str, *, first: bool) -> KeySet:
        """Make a set of keys that signs from now on, and end the set before.

        Args:
            origin: Name of the ledger; "" for the one that the keys are of already.
            first: Whether this is to be the first set.

        Raises:
            BadInput: The name is none of a ledger, or there are keys of another.
            Conflict: There are keys and `first` is said; or there are none and it is not.
            Misconfigured: The folder may not be written.
        """
        folder = self.keys.folder
        with durable.seam(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.require_private()
        with self._alone():
            if not first and not origin:
                origin = self._name()
            if not origin.startswith(ORIGIN) or not origin.removeprefix(ORIGIN):
                raise BadInput(
                    f"not the name of a ledger: {origin!r}", hint="footage ledger status tells it"
                )
            made = self.keys.make(origin, self._clock.now(), first=first)
            certificate = self.keys.seal_certificate().sha256
            facts = {"set": made.number, "origin": origin, "until": made.valid.end}
            self._note("keys", {**facts, "sha256": made.fingerprints, "certificate": certificate})
        return made

    def install(self, chain: bytes, where: str) -> SealCertificate:
        """Take a certificate of an authority; errors are those of `KeyFolder`."""
        with self._alone():
            found = self.keys.install_certificate(chain, where)
            self._note("certificate", {"sha256": found.sha256, "subject": found.subject})
        return found

    def _note(self, what: str, facts: dict[str, object]) -> None:
        self.notes.add(
            self._clock.now(), what, {**facts, "for": Peer(os.geteuid(), os.getpid()).facts()}
        )

    def _name(self) -> str:
        sets = self.keys.sets()
        if not sets:
            raise NotFound(f"no keys in {self.keys.folder}", hint="footage keys init --origin NAME")
        return sets[-1].keys[0].name

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with locked(self.keys.folder / _LOCK, clock=self._clock, wait=_WAIT):
            yield
