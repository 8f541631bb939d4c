"""The port of a ledger's keys, and sets of public keys as JSON.

Adapters: `infra.keys.key_folder` reads private keys in this process; `infra.keys.socket_keys` asks
the signing process, which alone can read private keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol

from footage.instant import Instant, Interval
from footage.log_keys import LogKey
from footage.signed_note import NoteKey

if TYPE_CHECKING:
    from evidence.seal import SealCertificate, Sealer
    from footage.log_keys import CheckpointSigner

_FORMAT: Final = "footage.keys/1"


@dataclass(frozen=True, slots=True)
class KeySet:
    """A set of public keys.

    Attributes:
        number: 1 for the first set.
        valid: The time in which the set signs.
        keys: A key of each kind of signature.
    """

    number: int
    valid: Interval
    keys: tuple[NoteKey, ...]

    @property
    def fingerprints(self) -> dict[str, str]:
        """SHA-256 of each public key as raw bytes, by algorithm: to be compared by people."""
        from infra.keys import note_crypto  # noqa: PLC0415 - loads the library

        return {
            algorithm: sha256(key.public).hexdigest()
            for algorithm, kinds in note_crypto.KINDS.items()
            for key in self.keys
            if key.kind is kinds[0]
        }

    def document(self) -> dict[str, object]:
        """Return the set as plain values."""
        return {
            "number": self.number,
            "from": str(self.valid.start),
            "until": str(self.valid.end),
            "keys": [key.vkey for key in self.keys],
        }


class LedgerKeys(Protocol):
    """Public keys of a ledger, and what signs with the private ones."""

    @property
    def where(self) -> str:
        """Where the private keys are used, in words: a folder, or a signing process."""
        ...

    def sets(self) -> list[KeySet]:
        """Return all sets of public keys, the oldest first; none before the first is made.

        Raises:
            Misconfigured: The list cannot be read, or this user is not answered.
            Unavailable: What has the keys cannot be reached, and no copy of the list is here.
        """
        ...

    def log_keys(self) -> list[LogKey]:
        """Return all public keys that are known here, former ones too, with their times.

        Raises:
            Misconfigured: The list cannot be read, or this user is not answered.
        """
        ...

    def seal_certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals bundles; errors are those of `sealer`.

        Raises:
            NotFound: There is no such key.
        """
        ...

    def private_here(self) -> bool:
        """Whether this process itself can use private keys of the last set."""
        ...

    def signer(self) -> CheckpointSigner | None:
        """Return what signs checkpoints; None where another home signs."""
        ...

    def sealer(self) -> Sealer:
        """Return what seals bundles; each use says where sealing is not possible."""
        ...


def as_log_keys(sets: list[KeySet]) -> list[LogKey]:
    """Return the keys of all sets, each with the time of its set."""
    return [LogKey(key, one.valid) for one in sets for key in one.keys]


def written(sets: list[KeySet]) -> dict[str, object]:
    """Return the public list of keys as plain values."""
    return {"format": _FORMAT, "sets": [one.document() for one in sets]}


def read(data: bytes) -> list[KeySet]:
    """Read the public list of keys from JSON.

    Raises:
        ValueError, KeyError, TypeError, BadInput: The bytes are no such list.
    """
    return sets_from(json.loads(data))


def sets_from(document: dict[str, Any]) -> list[KeySet]:
    """Return the sets of a public list of keys; raises as `read`."""
    if document["format"] != _FORMAT:
        raise ValueError("of another version")
    return [_set_from(one) for one in document["sets"]]


def _set_from(document: dict[str, object]) -> KeySet:
    start, end = (Instant.parse(str(document[name])) for name in ("from", "until"))
    vkeys = document["keys"]
    if not isinstance(vkeys, list):
        raise TypeError("keys is no list")
    number = int(str(document["number"]))
    return KeySet(number, Interval(start, end), tuple(NoteKey.parse(str(one)) for one in vkeys))
