"""Probe of an S3 server's guarantees: forbidden calls are tried on scratch objects.

One tested server deletes a held object once its retention date has passed, so a server's word or
name is not enough. Scratch objects carry no Footage digest, so no scratch object is ever taken for
footage.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput, DataLoss, Misconfigured, NotFound, Unavailable
from footage.instant import Elapsed
from footage.ports import Guarantees
from infra.objects import s3_rules

if TYPE_CHECKING:
    from footage.clock import Clock
    from footage.instant import Instant
    from infra.objects.s3_rules import Version
    from infra.objects.s3_wire import Wire

PREFIX: Final = "footage-probe/"

_BODY: Final = b"scratch object of Footage; may be deleted"
_RETENTION: Final = Elapsed.parse("2s")
_STEP: Final = Elapsed.parse("250ms")
_STEPS: Final = 60  # 15 s: the server's clock decides when the date has passed, and may be slow


class Fate(Enum):
    """State of a scratch object after a deletion was tried."""

    THERE = "refused"
    HIDDEN = "hidden, its bytes stay"
    """A delete marker lies above: whoever asks by key finds nothing, yet nothing was deleted."""
    GONE = "done: not protected"


def probe(wire: Wire, clock: Clock) -> Guarantees:
    """Try every guarantee on scratch objects and clean up; takes some seconds.

    Raises:
        Unavailable: The server went away, or a scratch object's retention never ended.
    """
    # Where a bucket gives every object a retention, each scratch object gets a short one of its
    # own, lest each probe leave objects that nobody can delete.
    trial = _Trial(wire, clock, locked=bool(wire.rules().retention_mode))
    try:
        checked = trial.wrong_digest_refused()
        held = trial.hold_alone()
        mixed = trial.hold_in_a_batch()
        retained, outlives = trial.retention_and_hold()
        trial.delete_without_version()
    finally:
        trial.clean_up()
    return Guarantees(
        digest_checked_put=checked,
        retention=retained,
        legal_hold=held and mixed,
        hold_outlives_retention=held and outlives,
        findings=tuple(trial.findings),
    )


@dataclass(slots=True)
class _Trial:
    wire: Wire
    clock: Clock
    locked: bool
    folder: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(8)}")
    findings: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def wrong_digest_refused(self) -> bool:
        key = self._key("wrong-digest")
        until = self._until(2 if self.locked else 0)
        headers = s3_rules.checksum(Digest.of(b"something else")) | s3_rules.retention(until)
        try:
            self.wire.put(key, _BODY, headers)
        except (DataLoss, BadInput):
            return self._found("put with a wrong digest", "refused", good=True)
        return self._found("put with a wrong digest", "accepted", good=False)

    def hold_alone(self) -> bool:
        """Whether a hold forbids deletion, by a request for that object alone and by a batch."""
        key = self._held("hold", seconds=0)
        (version,) = self.wire.versions([key])
        self.wire.delete_one(version)
        alone = self._refused("delete of a held object, alone", key)
        self.wire.delete([version])
        return self._refused("delete of a held object, in a batch of its own", key) and alone

    def hold_in_a_batch(self) -> bool:
        """Whether a batch that may delete some objects spares those that are held."""
        what = "delete of a held object in a batch with free ones"
        if self.locked:
            self.findings.append(f"{what}: not tried, the bucket keeps free objects too")
            return True
        held = self._held("mixed-held", seconds=0)
        free = [self._scratch(f"mixed-free-{number}", seconds=0) for number in range(2)]
        self.wire.delete(list(self.wire.versions([free[0], held, free[1]])))
        left = [key for key in free if self._fate(key) is not Fate.GONE]
        self.findings.append(f"free objects of that batch: {'kept' if left else 'deleted'}")
        return self._refused(what, held)

    def retention_and_hold(self) -> tuple[bool, bool]:
        """Whether retention forbids deletion, and whether a hold does after the retention date.

        Objects have the same date, and one has a hold too. The deletion of the plain object
        proves, by the server's own clock, that the date has passed; only then does a refusal for
        the held object count.
        """
        plain, held = self._scratch("plain", seconds=2), self._held("held", seconds=2)
        strict = self._compliance("compliance")
        binds = self._refuses("delete before the date of GOVERNANCE retention", plain)
        if strict:
            self._refuses("delete before the date of COMPLIANCE retention", strict)
        for _ in range(_STEPS):
            if self._tried(plain) is Fate.GONE:
                return binds, self._refuses("delete of a held object after that date", held)
            self.clock.sleep(_STEP)
        raise Unavailable(
            f"{self.wire.where}: a retention of {_RETENTION} has not ended",
            hint="synchronise the server's clock by NTP",
        )

    def delete_without_version(self) -> None:
        key = self._scratch("marker", seconds=0)
        self.wire.mark_deleted(key)
        fates = {Fate.HIDDEN: "hides the object, its bytes stay", Fate.GONE: "removes the bytes"}
        self.findings.append(
            f"delete without a version id: {fates.get(self._fate(key), 'refused')}"
        )

    def clean_up(self) -> None:
        """Lift holds and delete the scratch objects, once each retention has passed."""
        for version in self._versions():
            if not version.marker:
                self.wire.hold(version.key, version.id, on=False)
        for _ in range(_STEPS):
            left = self._versions()
            if not left:
                return
            self.wire.delete(left)
            if not self._versions():
                return
            self.clock.sleep(_STEP)
        self.findings.append(f"scratch objects left under {self.folder}: they cannot be deleted")

    # ---------------------------------------------------------------- scratch objects

    def _scratch(self, name: str, *, seconds: int) -> str:
        key = self._key(name)
        until = self._until(max(seconds, 2) if self.locked else seconds)
        self.wire.put(key, _BODY, s3_rules.checksum(Digest.of(_BODY)) | s3_rules.retention(until))
        return key

    def _held(self, name: str, *, seconds: int) -> str:
        key = self._scratch(name, seconds=seconds)
        self.wire.hold(key, self.wire.head(key).version, on=True)
        return key

    def _compliance(self, name: str) -> str:
        """A scratch object under COMPLIANCE for two seconds; "" where the server has none."""
        key = self._key(name)
        headers = s3_rules.retention(self._until(2), s3_rules.COMPLIANCE)
        try:
            self.wire.put(key, _BODY, s3_rules.checksum(Digest.of(_BODY)) | headers)
        except (BadInput, Misconfigured):
            self.findings.append("COMPLIANCE retention: refused to this account")
            return ""
        return key

    def _until(self, seconds: int) -> Instant | None:
        return self.clock.now() + Elapsed.seconds(seconds) if seconds else None

    def _key(self, name: str) -> str:
        self.keys.append(f"{self.folder}/{name}")
        return self.keys[-1]

    def _versions(self) -> list[Version]:
        return list(self.wire.versions(self.keys))

    # ---------------------------------------------------------------- what became of them

    def _fate(self, key: str) -> Fate:
        if all(version.marker for version in self.wire.versions([key])):
            return Fate.GONE
        try:
            self.wire.head(key)
        except NotFound:
            return Fate.HIDDEN
        return Fate.THERE

    def _tried(self, key: str) -> Fate:
        """Try to delete all versions of an object; return the state of the object after that."""
        self.wire.delete(list(self.wire.versions([key])))
        return self._fate(key)

    def _refuses(self, what: str, key: str) -> bool:
        self._tried(key)
        return self._refused(what, key)

    def _refused(self, what: str, key: str) -> bool:
        """Whether the bytes are still there; hidden bytes are said to be hidden."""
        fate = self._fate(key)
        return self._found(what, fate.value, good=fate is not Fate.GONE)

    def _found(self, what: str, outcome: str, *, good: bool) -> bool:
        self.findings.append(f"{what}: {outcome}")
        return good
