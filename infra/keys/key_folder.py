"""The folder of the ledger's keys: public keys with their times, and private keys of their own.

keys.json             public: each set of keys, when it begins and ends, as verifier keys
<set>-<algorithm>.pem private, mode 0600: read where checkpoints are signed, and nowhere else
<set>-seal.pem        private, mode 0600: read where bundles are signed, and nowhere else
<set>-seal.crt        public: certificate of that key, self-signed or by an authority

A set is a key of each algorithm, made together; both sign each checkpoint. A new set begins when
the former ends, so that at any time one set signs. The private keys of a former set are removed.
"""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.errors import BadInput, Conflict, Misconfigured, NotFound
from footage.instant import Elapsed, Interval
from footage.ledger_objects import custody_log
from footage.signed_note import NoteKey, Signature, signed
from infra.host.file_lock import tried
from infra.keys import ledger_keys
from infra.keys.ledger_keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.seal import SealCertificate, Sealer
    from footage.instant import Instant
    from footage.log_keys import CheckpointSigner, Grown, LogKey
    from footage.signed_note import Checkpoint
    from infra.keys.note_crypto import PrivateKey

LASTS: Final = Elapsed.parse("730d")
"""Time in which a set of keys signs, unless rotated before: two years."""
_PUBLIC: Final = "keys.json"
_SEAL: Final = "seal"
_COPYING: Final = "keys.copying"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyFolder:
    """Keys of a log in a folder: `infra.keys.ledger_keys.LedgerKeys` of a process that reads them.

    Args:
        folder: The folder; made, closed to others, by `make`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._folder

    @property
    def where(self) -> str:
        """The folder, in words."""
        return str(self._folder)

    def sets(self) -> list[KeySet]:
        """Return all sets, the oldest first; none before the first is made.

        Raises:
            Misconfigured: The file cannot be read.
        """
        path = self._folder / _PUBLIC
        with durable.seam(path):
            if not path.exists():
                return []
            data = path.read_bytes()
        try:
            return ledger_keys.read(data)
        except (ValueError, KeyError, TypeError, BadInput) as exc:
            raise Misconfigured(f"{path} is no list of keys: {exc}") from exc

    def log_keys(self) -> list[LogKey]:
        """Return all public keys, former ones too, with the time in which each signs."""
        return ledger_keys.as_log_keys(self.sets())

    def make(self, origin: str, now: Instant, *, first: bool) -> KeySet:
        """Make a set of keys that signs from now on, and end the set before.

        The order: private keys are durable, then the public list names the set, then the former
        set's private keys are removed. A crash between leaves files that nothing names.

        Args:
            origin: Name of the keys: the log's origin.
            now: From when on the set signs.
            first: Whether this is to be the first set.

        Raises:
            Conflict: There are keys and `first` is said; or there are none and it is not.
            Misconfigured: The folder may not be written.
        """
        from infra.keys import note_crypto  # noqa: PLC0415 - loads the library

        former = self.sets()
        if first and former:
            raise Conflict(f"{self._folder} has keys", hint="footage keys rotate")
        if not first and not former:
            raise Conflict(f"{self._folder} has no keys", hint="footage keys init")
        now = now.floor(Elapsed.seconds(1))  # signatures state whole seconds
        number = len(former) + 1
        keys = []
        with durable.seam(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for algorithm in note_crypto.ALGORITHMS:
                private = note_crypto.new_key(algorithm)
                path = self._private(number, algorithm)
                path.unlink(missing_ok=True)  # of a set that never came to be named
                durable.write_new(path, note_crypto.private_bytes(private), mode=0o600)
                public = note_crypto.public_bytes(private)
                keys += [NoteKey(origin, kind, public) for kind in note_crypto.KINDS[algorithm]]
            valid = Interval(now, now + LASTS)
            self._make_seal(number, origin, valid)
            durable.sync_folder(self._folder)
            made = KeySet(number, valid, tuple(keys))
            self._write([*(_ended(one, now) for one in former), made])
            for one in former:
                for algorithm in note_crypto.ALGORITHMS:
                    self._private(one.number, algorithm).unlink(missing_ok=True)
                self._private(one.number, _SEAL).unlink(missing_ok=True)
            durable.sync_folder(self._folder)
        return made

    # ------------------------------------------------------------ the key that seals bundles

    def seal_certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals bundles, the one of the last set.

        Raises:
            NotFound: There is no such key: the set is of an earlier version, or there is none.
            Misconfigured: The certificate cannot be read.
        """
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        path = self._seal_path()
        with durable.seam(path):
            data = path.read_bytes()
        try:
            return seal_crypto.certificate(data, str(path))
        except BadInput as exc:
            raise Misconfigured(str(exc), hint="footage keys certificate --install FILE") from exc

    def seal_request(self, name: str) -> bytes:
        """Return a request, PEM, that a certificate authority signs for the key that seals.

        Raises:
            NotFound: There is no such key.
            Misconfigured: The private key is not here, or others may read it.
        """
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        return seal_crypto.request(self._seal_private(), name)

    def install_certificate(self, chain: bytes, where: str) -> SealCertificate:
        """Take a certificate for the key that seals, with its issuers, in place of the present.

        Raises:
            NotFound: There is no such key.
            BadInput: The certificate is of another key, or the chain is broken.
            Misconfigured: The private key is not here; or the folder may not be written.
        """
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        seal_crypto.require_of_key(chain, self._seal_private(), where)
        found = seal_crypto.certificate(chain, where)
        path = self._seal_path()
        with durable.seam(path):
            durable.replace(path, found.pem.encode())
        return found

    def seal(self, data: bytes) -> bytes:
        """Return the detached CMS signature over data, DER.

        Raises:
            NotFound: There is no key that seals.
            Misconfigured: Key or certificate cannot be used.
        """
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        path = self._seal_path()
        with durable.seam(path):
            chain = path.read_bytes()
        return seal_crypto.cms(self._seal_private(), chain, data, str(path))

    def seal_clip(self, digest: bytes) -> bytes:
        """Return the bare signature (RSASSA-PSS) over a film with this SHA-256.

        Raises:
            NotFound: There is no key that seals.
            Misconfigured: The key cannot be used.
        """
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        return seal_crypto.pss(self._seal_private(), digest, str(self._seal_path()))

    def _make_seal(self, number: int, name: str, valid: Interval) -> None:
        from infra.keys import seal_crypto  # noqa: PLC0415 - loads the library

        private, path = seal_crypto.new_key(), self._private(number, _SEAL)
        path.unlink(missing_ok=True)  # of a set that never came to be named
        durable.write_new(path, private, mode=0o600)
        certificate = seal_crypto.self_signed(private, name, valid)
        durable.replace(self._certificate(number), certificate)

    def _seal_path(self) -> Path:
        """Return the path of the certificate of the last set; raises NotFound."""
        sets = self.sets()
        if not sets:
            raise NotFound(f"no keys in {self._folder}", hint="footage keys init")
        path = self._certificate(sets[-1].number)
        with durable.seam(path):
            if not path.exists():
                raise NotFound("no key that signs bundles", hint="footage keys rotate")
        return path

    def _seal_private(self) -> bytes:
        self._seal_path()
        return self._read_private(self._private(self.sets()[-1].number, _SEAL))

    def _certificate(self, number: int) -> Path:
        return self._folder / f"{number}-{_SEAL}.crt"

    def _read_private(self, path: Path) -> bytes:
        with durable.seam(path):
            if not path.exists():
                raise Misconfigured(f"no private key at {path}", hint="footage keys rotate")
            if path.stat().st_mode & _OTHERS:
                raise Misconfigured(f"others may read {path}", hint=f"chmod 600 {path}")
            return path.read_bytes()

    def in_force(self, now: Instant) -> KeySet:
        """Return the set that signs now.

        Raises:
            NotFound: There are no keys.
            Misconfigured: The last set has expired, or begins later.
        """
        sets = self.sets()
        if not sets:
            raise NotFound(f"no keys in {self._folder}", hint="footage keys init")
        if now not in sets[-1].valid:
            said = (
                f"the ledger's keys are valid from {sets[-1].valid.start} to {sets[-1].valid.end}"
            )
            raise Misconfigured(said, hint="footage keys rotate")
        return sets[-1]

    def private_keys(self, one: KeySet) -> Iterator[tuple[str, PrivateKey]]:
        """Yield algorithm and private key of each key of a set.

        Raises:
            Misconfigured: A file is absent, no key, another key, or others may read it.
        """
        from infra.keys import note_crypto  # noqa: PLC0415 - loads the library

        for algorithm in note_crypto.ALGORITHMS:
            path = self._private(one.number, algorithm)
            private = note_crypto.read_private(self._read_private(path), str(path))
            public = note_crypto.public_bytes(private)
            if not any(public == key.public for key in one.keys):
                raise Misconfigured(f"{path} is not the key that {_PUBLIC} names")
            yield algorithm, private

    def signer(self) -> CheckpointSigner | None:
        """Return what signs checkpoints; None where the folder has no private keys."""
        return FolderSigner(self) if self.private_here() else None

    def sealer(self) -> Sealer:
        """Return what seals bundles."""
        return FolderSealer(self)

    def private_here(self) -> bool:
        """Whether the folder has private keys of the last set; says nothing of their validity."""
        from infra.keys import note_crypto  # noqa: PLC0415 - loads the library

        sets = self.sets()
        return bool(sets) and all(
            self._private(sets[-1].number, algorithm).exists()
            for algorithm in note_crypto.ALGORITHMS
        )

    def _private(self, number: int, algorithm: str) -> Path:
        return self._folder / f"{number}-{algorithm}.pem"

    def keep_public(self, sets: list[KeySet]) -> None:
        """Keep a copy of the public list of a signer, where the folder has another one.

        Raises:
            Misconfigured, NoSpace, Unavailable: The folder cannot be written.
        """
        if self.sets() == sets:
            return
        with durable.seam(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tried(self._folder / _COPYING) as alone:
                if alone:  # else another process of this home keeps the same
                    self._write(sets)

    def _write(self, sets: list[KeySet]) -> None:
        data = json.dumps(ledger_keys.written(sets), indent=2).encode()
        durable.replace(self._folder / _PUBLIC, data)


class FolderSigner:
    """`footage.log_keys.CheckpointSigner` with the private keys of a folder, read at each use."""

    def __init__(self, keys: KeyFolder) -> None:
        self._keys = keys

    def sign(self, checkpoint: Checkpoint, at: Instant, grown: Grown | None = None) -> Checkpoint:
        """Return the checkpoint signed by each key in force; whether it continues is not asked."""
        del grown
        from infra.keys import note_crypto  # noqa: PLC0415 - loads the library

        one = self._keys.in_force(at)
        seconds = at.us // 1_000_000
        private = dict(self._keys.private_keys(one))
        lines = []
        for algorithm, kinds in note_crypto.KINDS.items():
            for key in one.keys:
                if key.kind in kinds:
                    key = _named(key, checkpoint.origin)  # noqa: PLW2901 - the same key
                    bare = note_crypto.sign(private[algorithm], checkpoint.message(key, seconds))
                    lines.append(Signature.made(key, seconds, bare))
        return signed(checkpoint, lines)


def _named(key: NoteKey, origin: str) -> NoteKey:
    """Return a key under the name of a log that it signs: the ledger, or its custody log."""
    if origin not in {key.name, custody_log(key.name)}:
        raise Misconfigured(
            f"the keys are those of {key.name}, not of {origin}",
            hint="each ledger has keys of its own: docs/keys.md",
        )
    return NoteKey(origin, key.kind, key.public)


class FolderSealer:
    """`evidence.seal.Sealer` with the private key of a folder, read at each use."""

    def __init__(self, keys: KeyFolder) -> None:
        self._keys = keys

    def certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals now."""
        return self._keys.seal_certificate()

    def seal(self, data: bytes, at: Instant) -> bytes:
        """Return the signature over data."""
        self._require_valid(at)
        return self._keys.seal(data)

    def seal_clip(self, sha256: bytes, at: Instant) -> bytes:
        """Return the bare signature over a film with this SHA-256."""
        self._require_valid(at)
        return self._keys.seal_clip(sha256)

    def _require_valid(self, at: Instant) -> None:
        if at not in (found := self._keys.seal_certificate()).valid:
            raise Misconfigured(
                f"the certificate is valid from {found.valid.start} to {found.valid.end}",
                hint="footage keys rotate",
            )


def _ended(one: KeySet, now: Instant) -> KeySet:
    if now >= one.valid.end:
        return one
    start = one.valid.start
    end = now if now > start else start + Elapsed(1)
    return KeySet(one.number, Interval(start, end), one.keys)
