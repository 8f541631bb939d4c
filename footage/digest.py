"""Digests of bytes and files, always written with the name of the algorithm."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A digest: algorithm and value, written "sha256:" and 64 lower-case hexadecimal digits.

    Raises:
        BadInput: The hexadecimal value is malformed.
    """

    hex: str
    algorithm: str = "sha256"

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(str(self)):
            raise BadInput(f"not a digest: {str(self)!r}", hint="sha256: and 64 hexadecimal digits")

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read a digest written "sha256:..."; raises BadInput."""
        algorithm, _, value = text.partition(":")
        return cls(value, algorithm)

    @classmethod
    def of(cls, data: bytes | memoryview) -> Digest:
        """Return the SHA-256 of bytes in memory."""
        return cls(hashlib.sha256(data).hexdigest())

    @classmethod
    def of_file(cls, path: Path) -> Digest:
        """Return the SHA-256 of a file, read in pieces of 1 MiB; OSError passes through."""
        with path.open("rb") as file:
            return cls.of_open(file)

    @classmethod
    def of_open(cls, file: BinaryIO) -> Digest:
        """Return the SHA-256 of the rest of an open file; OSError passes through."""
        hasher = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
        return cls(hasher.hexdigest())

    @property
    def raw(self) -> bytes:
        """The digest as 32 raw bytes."""
        return bytes.fromhex(self.hex)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"
