"""Judge a stand-alone proof that a segment was stored: by the log's public keys alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.leaf import Leaf
from footage.log_keys import Standing, judged
from footage.merkle import leaf_hash, root_from_inclusion
from footage.signed_note import Checkpoint, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.digest import Digest
    from footage.instant import Instant
    from footage.log_keys import LogKey
    from footage.signed_note import NoteKey

PROVEN: Final = "proven"
ALTERED: Final = "altered"
NOT_PROVEN: Final = "not proven"
UNREADABLE: Final = "unreadable"
_EXIT: Final = {PROVEN: 0, ALTERED: 1, NOT_PROVEN: 2, UNREADABLE: 3}


@dataclass(frozen=True, slots=True)
class ProofJudgement:
    """Facts that a proof proves.

    Attributes:
        verdict: "proven", "altered", "not proven" or "unreadable".
        why: The reason in words.
        leaf: What the leaf says; None where it cannot be read.
        signed_at: When the checkpoint was signed, by its own signatures.
        compared: Whether a file was compared with the leaf.
    """

    verdict: str
    why: str
    leaf: Leaf | None = None
    signed_at: Instant | None = None
    compared: bool = False

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ends with this verdict."""
        return _EXIT[self.verdict]

    def document(self) -> dict[str, object]:
        """Return the judgement as plain values."""
        leaf = None if self.leaf is None else self.leaf.draft.document()
        appended = None if self.leaf is None else str(self.leaf.appended)
        return {
            "verdict": self.verdict,
            "why": self.why,
            "leaf": leaf,
            "appended": appended,
            "signed_at": str(self.signed_at) if self.signed_at else None,
            "file_compared": self.compared,
        }

    def words(self) -> str:
        """Return the judgement as text for people."""
        lines = [f"{self.verdict}: {self.why}"]
        if self.leaf is not None and self.verdict == PROVEN:
            draft = self.leaf.draft
            time = f"{draft.interval.start} to {draft.interval.end}"
            signed_at = self.signed_at or "a time it does not state"
            lines += [
                f"segment {draft.key} of camera {draft.camera}, {time}, sha256:{draft.digest.hex}",
                f"entered at {self.leaf.appended}, under a checkpoint signed at {signed_at}",
                "on time: entered when recorded"
                if draft.late is None
                else f"LATE ({draft.late.value}): proves the bytes since then, not before",
                "the file has these bytes"
                if self.compared
                else "no file was compared: --segment FILE does so",
            ]
        return "\n".join(lines)


def judge_proof(
    text: str,
    digest: Digest | None,
    keys: Sequence[LogKey],
    is_right: Callable[[NoteKey, bytes, bytes], bool],
) -> ProofJudgement:
    """Judge a proof.

    Args:
        text: The proof's file.
        digest: Digest of the file that the proof is said to be of; None: none is compared.
        keys: Public keys of the log that the judge trusts.
        is_right: Whether a bare signature over some bytes is by a key.
    """
    try:
        proof = Proof.parse(text)
        checkpoint, leaf = Checkpoint.parse(proof.checkpoint), Leaf.decode(proof.leaf)
    except BadInput as exc:
        return ProofJudgement(UNREADABLE, str(exc))
    try:
        hashed = leaf_hash(proof.leaf)
        root = root_from_inclusion(hashed, proof.index, checkpoint.size, proof.hashes)
    except BadInput as exc:
        return ProofJudgement(ALTERED, f"the proof does not fit its checkpoint: {exc}", leaf)
    if root != checkpoint.root:
        why = "the leaf is not in the tree of the checkpoint: one of both was altered"
        return ProofJudgement(ALTERED, why, leaf)
    return _of_signatures(checkpoint, leaf, digest, keys, is_right)


def _of_signatures(
    checkpoint: Checkpoint,
    leaf: Leaf,
    digest: Digest | None,
    keys: Sequence[LogKey],
    is_right: Callable[[NoteKey, bytes, bytes], bool],
) -> ProofJudgement:
    origin = keys[0].key.name if keys else checkpoint.origin
    judgement = judged(checkpoint, origin, keys, is_right)
    why = f"the checkpoint is {judgement.words}"
    if judgement.standing is Standing.FORGED:
        return ProofJudgement(ALTERED, why, leaf, judgement.signed_at)
    if judgement.standing is not Standing.SIGNED:
        return ProofJudgement(NOT_PROVEN, why, leaf, judgement.signed_at)
    if digest is not None and digest != leaf.draft.digest:
        why = f"the file is not what was stored: it is {digest}, the leaf says {leaf.draft.digest}"
        return ProofJudgement(ALTERED, why, leaf, judgement.signed_at, compared=True)
    why = "the segment's leaf is in the ledger, and the checkpoint is signed by the log"
    return ProofJudgement(PROVEN, why, leaf, judgement.signed_at, compared=digest is not None)
