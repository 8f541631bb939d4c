"""Checkpoints and proofs as text: C2SP `signed-note`, `tlog-checkpoint`, `tlog-proof`.

A checkpoint is three lines, origin, size and root of a tree, an empty line and signature lines.
Readers ignore signatures of keys that they do not know, so signatures of several algorithms stand
side by side. Nothing here signs or checks a signature: this module says which bytes are signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"
MOST_NOTE: Final = 1 << 20
"""Characters of a note or proof; more is an attack on memory."""
_MARK: Final = "\u2014"
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME: Final = re.compile(r"[^\s+]+")


class SignatureType(IntEnum):
    """Kinds of signature lines; the numbers are assigned by `signed-note`."""

    ED25519 = 0x01
    """Ed25519 over the note's text."""
    ED25519_TIMED = 0x04
    """Ed25519 over the note's text and a time (`tlog-cosignature`)."""
    ML_DSA_44 = 0x06
    """ML-DSA-44 over name, time, origin, size and root (`tlog-cosignature`)."""

    @property
    def timed(self) -> bool:
        """Whether the signature says when it was made."""
        return self is not SignatureType.ED25519


def key_id(name: str, kind: SignatureType, public: bytes) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID_BYTES]


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under the name of its log, for one kind of signature."""

    name: str
    kind: SignatureType
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """The key as text: name, id and public key with "+" between (a *verifier key*)."""
        data = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{data}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read a verifier key.

        Raises:
            BadInput: The text is no verifier key, or of a kind not known.
        """
        hint = "NAME+8 hexadecimal digits+base64, as a log publishes"
        name, _, rest = text.strip().partition("+")
        stated, _, data = rest.partition("+")
        try:
            raw = _bytes(data)
            key = cls(name, SignatureType(raw[0]), raw[1:])
        except (BadInput, IndexError, ValueError) as exc:
            raise BadInput(f"not a verifier key: {text[:80]!r}", hint=hint) from exc
        if key.id.hex() != stated or not _NAME.fullmatch(name):
            raise BadInput(f"not a verifier key: {text[:80]!r}", hint=hint)
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line.

    Attributes:
        name: Name of the key.
        key_id: The four bytes that name the key.
        data: The signature, with its time before it where the kind has a time.
    """

    name: str
    key_id: bytes
    data: bytes

    def is_by(self, key: NoteKey) -> bool:
        """Whether the line says to be by this key."""
        return self.name == key.name and self.key_id == key.id

    def split(self, kind: SignatureType) -> tuple[int, bytes]:
        """Return time in seconds since 1970 (0: none) and bare signature."""
        if not kind.timed:
            return 0, self.data
        return int.from_bytes(self.data[:_TIME_BYTES], "big"), self.data[_TIME_BYTES:]

    @classmethod
    def made(cls, key: NoteKey, seconds: int, bare: bytes) -> Signature:
        """Return the line of a signature that `key` made at an instant."""
        time = struct.pack(">Q", seconds) if key.kind.timed else b""
        return cls(key.name, key.id, time + bare)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin, size and root of a tree, and the signatures of the text that says them."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...] = ()

    @property
    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def note(self) -> str:
        """Return text and signature lines."""
        lines = (
            f"{_MARK} {one.name} {base64.b64encode(one.key_id + one.data).decode()}\n"
            for one in self.signatures
        )
        return f"{self.text}\n{''.join(lines)}"

    def message(self, key: NoteKey, seconds: int) -> bytes:
        """Return the bytes that `key` signs.

        Args:
            key: The key that signs.
            seconds: When, in seconds since 1970; used by kinds of signature with a time.
        """
        if key.kind is SignatureType.ED25519:
            return self.text.encode()
        if key.kind is SignatureType.ED25519_TIMED:
            return f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
        return b"".join(
            (
                b"subtree/v1\n\x00",
                _short(key.name),
                struct.pack(">Q", seconds),
                _short(self.origin),
                struct.pack(">QQ", 0, self.size),
                self.root,
            )
        )

    @classmethod
    def parse(cls, note: str) -> Checkpoint:
        """Read a checkpoint.

        Raises:
            BadInput: The text is no checkpoint in the one spelling that `note` writes; a
                checkpoint with extension lines is none of this ledger.
        """
        if len(note) > MOST_NOTE:
            raise BadInput("a checkpoint is longer than a checkpoint can be")
        text, found, lines = note.partition("\n\n")
        parts = text.split("\n")
        if not found or len(parts) != 3 or not _NUMBER.fullmatch(parts[1]):  # noqa: PLR2004
            raise BadInput("not a checkpoint: origin, size and root in three lines")
        signatures = tuple(_signature(line) for line in lines.splitlines())
        root = _bytes(parts[2])
        made = cls(parts[0], int(parts[1]), root, signatures)
        if len(root) != HASH_BYTES or not parts[0] or made.note() != note:
            raise BadInput("not a checkpoint: spelled otherwise")
        return made


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf, where it stands in the tree of a checkpoint, and the hashes that prove it.

    Attributes:
        leaf: Bytes of the leaf, the "extra data" of the format.
        index: Position of the leaf in the tree.
        hashes: Inclusion proof, leaf to root.
        checkpoint: The signed checkpoint, as text.
    """

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """Write the proof."""
        extra = base64.b64encode(self.leaf).decode()
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.hashes)
        return f"{PROOF_HEADER}\nextra {extra}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read a proof.

        Raises:
            BadInput: The text is no proof in the one spelling that `text` writes.
        """
        head, found, checkpoint = text[:MOST_NOTE].partition("\n\n")
        lines = head.split("\n")
        if not found or len(lines) < 3 or lines[0] != PROOF_HEADER:  # noqa: PLR2004
            raise BadInput(f"not a proof: does not begin with {PROOF_HEADER}")
        extra, index = lines[1].removeprefix("extra "), lines[2].removeprefix("index ")
        if not _NUMBER.fullmatch(index):
            raise BadInput("not a proof: no index")
        made = cls(_bytes(extra), int(index), tuple(map(_bytes, lines[3:])), checkpoint)
        if made.text() != text or any(len(one) != HASH_BYTES for one in made.hashes):
            raise BadInput("not a proof: spelled otherwise")
        return made


def signed(checkpoint: Checkpoint, signatures: Sequence[Signature]) -> Checkpoint:
    """Return a checkpoint with these signatures added."""
    both = (*checkpoint.signatures, *signatures)
    return Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root, both)


def _signature(line: str) -> Signature:
    mark, _, rest = line.partition(" ")
    name, _, data = rest.partition(" ")
    raw = _bytes(data)
    if mark != _MARK or not _NAME.fullmatch(name) or len(raw) <= _ID_BYTES:
        raise BadInput("not a signature line of a checkpoint")
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def _short(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise BadInput(f"not base64: {text[:40]!r}") from exc
