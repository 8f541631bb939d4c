"""Public keys of a log, with the time in which each signs; and whether a checkpoint is theirs.

Pure: a function that checks a bare signature is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from footage.instant import Elapsed, Instant, Interval
from footage.signed_note import NoteKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from footage.signed_note import Checkpoint, Signature


_ROUNDED = Elapsed.seconds(1)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A public key of a log.

    Attributes:
        valid: The time in which the key signs.
    """

    key: NoteKey
    valid: Interval

    def signs_at(self, at: Instant) -> bool:
        """Whether the key signs at an instant, which a signature states in whole seconds."""
        return self.valid.start - _ROUNDED <= at <= self.valid.end + _ROUNDED


def renamed(keys: Iterable[LogKey], origin: str) -> list[LogKey]:
    """Return the same public keys under the name of another log that they sign too."""
    return [LogKey(NoteKey(origin, one.key.kind, one.key.public), one.valid) for one in keys]


class Standing(StrEnum):
    """Standing of a checkpoint's signatures."""

    SIGNED = "signed"
    """Signed by keys of the log, in their time."""
    FOREIGN = "foreign"
    """No signature is by a key of the log that is known here."""
    FORGED = "forged"
    """A line says to be by a key of the log, and is not."""
    PARTLY = "partly"
    """Signed by some of the keys that sign together, and not by all of them."""
    EXPIRED = "expired"
    """Signed by a key of the log outside the time in which that key signs."""
    ANOTHER = "another log"
    """The checkpoint is one of another log."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a checkpoint is the log's.

    Attributes:
        signed_at: When the checkpoint was signed, as its signatures say; None where none says.
        by: The keys whose signatures are right.
    """

    standing: Standing
    signed_at: Instant | None = None
    by: tuple[NoteKey, ...] = ()

    @property
    def words(self) -> str:
        """The judgement in words."""
        return _WORDS[self.standing]


_WORDS = {
    Standing.SIGNED: "signed by the log's own keys",
    Standing.FOREIGN: "not signed by any key of this log that is known here",
    Standing.FORGED: "carries a signature in the log's name that is not the log's: forged",
    Standing.PARTLY: "not signed by each of the keys that sign together: a line is missing",
    Standing.EXPIRED: "signed outside the time in which the key was valid",
    Standing.ANOTHER: "a checkpoint of another log",
}


class Grown(Protocol):
    """Proves of a tree that a smaller tree is its beginning."""

    def __call__(self, old: int, /) -> Sequence[bytes]:
        """Return the consistency proof from `old` leaves to all of the tree (RFC 6962).

        Raises:
            Unavailable, DataLoss: The tree cannot be read.
        """
        ...


class CheckpointSigner(Protocol):
    """Signs checkpoints with the private keys of a log, which nothing else sees."""

    def sign(self, checkpoint: Checkpoint, at: Instant, grown: Grown | None = None) -> Checkpoint:
        """Return the checkpoint with a signature of each key in force.

        Args:
            checkpoint: What is to be signed.
            at: The time that signatures state.
            grown: Proves that the tree continues a smaller one; asked by signers that note what
                was signed.

        Raises:
            Conflict: The signer noted another tree: the checkpoint does not continue that one.
            Misconfigured: No key is in force, or a key cannot be read.
            Unavailable: What signs cannot be reached.
        """
        ...


def judged(
    checkpoint: Checkpoint,
    origin: str,
    keys: Iterable[LogKey],
    is_right: Callable[[NoteKey, bytes, bytes], bool],
) -> Judgement:
    """Judge the signatures of a checkpoint.

    Keys of the same time sign together: `SIGNED` needs a right signature of each of these that is
    known here. Else whoever breaks one algorithm would cut out the line of the other.

    Args:
        checkpoint: The checkpoint.
        origin: The log's origin.
        keys: Keys of the log that are known here, former ones too.
        is_right: Whether a bare signature over some bytes is by a key.
    """
    if checkpoint.origin != origin:
        return Judgement(Standing.ANOTHER)
    known = list(keys)
    found = [(one, line) for line in checkpoint.signatures for one in known if line.is_by(one.key)]
    if not found:
        return Judgement(Standing.FOREIGN)
    for one, line in found:
        seconds, bare = line.split(one.key.kind)
        if not is_right(one.key, checkpoint.message(one.key, seconds), bare):
            return Judgement(Standing.FORGED)
    at = _signed_at(found)
    by = tuple(one.key for one, _ in found)
    if at is not None and any(not one.signs_at(at) for one, _ in found):
        return Judgement(Standing.EXPIRED, at, by)
    together = [each for each in known if any(each.valid == one.valid for one, _ in found)]
    if {each.key.public for each in together} - {key.public for key in by}:
        return Judgement(Standing.PARTLY, at, by)
    return Judgement(Standing.SIGNED, at, by)


def _signed_at(found: Sequence[tuple[LogKey, Signature]]) -> Instant | None:
    """Return the latest time that signatures state: a key past its end gains nothing by others."""
    times = [line.split(one.key.kind)[0] for one, line in found if one.key.kind.timed]
    return Instant(max(times) * 1_000_000) if times else None
