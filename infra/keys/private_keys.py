"""Where the private keys of a folder lie: files beside the public list, or a token.

A key is named by the number of its set and its algorithm. What is loaded is a key of `cryptography`
that signs; a key in a token has no bytes in this process.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from footage import durable
from footage.errors import Misconfigured
from infra.keys import note_crypto, seal_crypto

if TYPE_CHECKING:
    from pathlib import Path

    from infra.keys.note_crypto import PrivateKey

SEAL: Final = "seal"
"""Name of the RSA key that signs bundles, beside the algorithms of checkpoints."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

SealKey = RSAPrivateKey
AnyKey = note_crypto.PrivateKey | SealKey


class PrivateKeys(Protocol):
    """Makes, uses and removes private keys."""

    def make(self, number: int, algorithm: str) -> AnyKey:
        """Make a key, durably; one of a set that never came to be named is replaced.

        Raises:
            Misconfigured: The algorithm cannot be done, or the place may not be written.
            Unavailable: The place cannot be reached.
        """
        ...

    def load(self, number: int, algorithm: str) -> AnyKey:
        """Return a key that signs.

        Raises:
            Misconfigured: There is no such key, it is of another kind, or others may read it.
            Unavailable: The place cannot be reached.
        """
        ...

    def has(self, number: int, algorithm: str) -> bool:
        """Whether there is such a key."""
        ...

    def remove(self, number: int, algorithm: str) -> None:
        """Remove a key, where there is one."""
        ...


class KeyFiles:
    """`PrivateKeys` in files of a folder: `1-ed25519.pem`, mode 0600, PKCS #8.

    Args:
        folder: The folder, which exists when keys are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, number: int, algorithm: str) -> AnyKey:
        """Make a key."""
        made: AnyKey
        made = seal_crypto.new_key() if algorithm == SEAL else note_crypto.new_key(algorithm)
        path = self._path(number, algorithm)
        path.unlink(missing_ok=True)  # of a set that never came to be named
        durable.write_new(path, note_crypto.private_bytes(made), mode=0o600)
        return made

    def load(self, number: int, algorithm: str) -> AnyKey:
        """Return a key."""
        path = self._path(number, algorithm)
        with durable.seam(path):
            if not path.exists():
                raise Misconfigured(f"no private key at {path}", hint="footage keys rotate")
            if path.stat().st_mode & _OTHERS:
                raise Misconfigured(f"others may read {path}", hint=f"chmod 600 {path}")
            data = path.read_bytes()
        if algorithm == SEAL:
            return seal_crypto.read_private(data, str(path))
        return note_crypto.read_private(data, str(path))

    def has(self, number: int, algorithm: str) -> bool:
        """Whether there is such a file."""
        return self._path(number, algorithm).exists()

    def remove(self, number: int, algorithm: str) -> None:
        """Remove the file."""
        self._path(number, algorithm).unlink(missing_ok=True)

    def _path(self, number: int, algorithm: str) -> Path:
        return self._folder / f"{number}-{algorithm}.pem"


def of_notes(key: AnyKey, where: str) -> PrivateKey:
    """Return a key that signs checkpoints; raises Misconfigured for one of another kind."""
    if isinstance(key, RSAPrivateKey):
        raise Misconfigured(f"{where} is a private key of another kind")
    return key


def of_seals(key: AnyKey, where: str) -> RSAPrivateKey:
    """Return a key that signs bundles; raises Misconfigured for one of another kind."""
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured(f"{where} is a private key of another kind")
    return key
