"""Custody entries of changes: of cameras in the register, of policies and of settings in force.

Cameras: the intent names what each camera, site and district is before and after; then the register
is written; then the outcome. Policies and settings are files that people edit: what is in force is
compared with what was entered last (`in-force.json` beside the log) when a command that acts by it
begins, and the difference is entered before the command acts. A crash between entry and the note
enters the same difference once more.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Protocol

from evidence.canonical import canonical
from footage import durable
from footage.action import Action, Deed, Purpose
from footage.camera import District
from footage.custody import bracket
from footage.digest import Digest
from infra.config.loading import effective
from infra.encoding.encoder_choice import said_in_force
from infra.host.logs import masked
from retention.policy_words import difference, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from footage.camera import Camera, Site
    from footage.ids import HoldId
    from footage.instant import Instant
    from footage.ports import Custody, ReadCamera, Register
    from infra.config.camera_csv import Cameras
    from infra.config.settings import Settings
    from infra.keys.ledger_keys import KeySet
    from retention.policy import Policy

TOGETHER: Final = 100
"""Changes in an entry at most: a list of a thousand cameras is entered in ten."""
_NOTE: Final = "in-force.json"
_SECTIONS: Final = (
    "store",
    "catalogue",
    "database",
    "vectors",
    "limits",
    "retention",
    "cases",
    "four_eyes",
    "ledger",
    "signer",
    "seal",
)
_SINGLE: Final = frozenset({"require_case"})

Facts = dict[str, object]


class Saving(Protocol):
    """The parts of a process that a change of the register's cameras needs."""

    @property
    def register(self) -> Register:
        """The register to write."""
        ...

    @property
    def custody(self) -> Custody:
        """The custody log to enter the change in."""
        ...

    @property
    def settings(self) -> Settings:
        """Settings, which name who acts."""
        ...


def save_cameras(
    read: Cameras,
    parts: Saving,
    *,
    since: Instant | None = None,
    correct: bool = False,
    by: Purpose | None = None,
    as_read: Iterable[ReadCamera] = (),
) -> frozenset[HoldId]:
    """Save cameras, sites and districts, entered in the custody log (invariant 7).

    What is in the register already, unchanged, is not entered.

    Args:
        read: The cameras, sites and districts.
        parts: Register, custody log and settings.
        since: From when on the cameras stand there, as for `Register.add_cameras`.
        correct: The places written down last were wrong, as for `Register.add_cameras`.
        by: Who changes; None: whoever runs the process.
        as_read: Cameras that must be as they were read, as for `Register.add_cameras`.

    Returns:
        The holds that cameras joined, as `Register.add_cameras`.

    Raises:
        Conflict: A camera of `as_read` is another by now.
        FootageError: The custody log cannot be written, and nothing is saved.
    """
    told: Facts = {"since": since} if since else {}
    told |= {"corrects": True} if correct else {}
    found = list(_changes(read, parts.register, anyway=bool(told)))
    purpose = by or Purpose(parts.settings.actor)
    with ExitStack() as entered:
        for at in range(0, len(found), TOGETHER):
            what = {"changes": found[at : at + TOGETHER], **told}
            entered.enter_context(bracket(parts.custody, Deed(Action.CAMERAS, purpose, what)))
        return read.save(parts.register, since=since, correct=correct, as_read=as_read)


class InForce:
    """Enters policies and settings that are used for the first time, or changed since.

    Args:
        custody: Opens the custody log; called only where something is to be entered.
        folder: Folder of the log, which holds the note of what was entered last.
        actor: Who acts.
    """

    def __init__(self, custody: Callable[[], Custody], folder: Path, actor: str) -> None:
        self._custody, self._note, self._actor = custody, folder / _NOTE, actor

    def policies(
        self,
        policies: Sequence[Policy] | None,
        path: Path,
        by: Purpose | None = None,
        write: Callable[[], None] = lambda: None,
    ) -> None:
        """Enter the policies of a file where they are others than were entered last.

        Args:
            policies: The policies; None for no file.
            path: The file.
            by: Who changes the policies, for which case; None: whoever runs the process.
            write: Writes the file, between intent and outcome; called even where nothing is to be
                entered.

        Raises:
            FootageError: The custody log cannot be written; nothing may be planned, and nothing was
                written; or what `write` raised.
        """
        self._enter(Action.POLICIES, str(path), dict(in_words(policies or ())), write, by)

    def settings(self, settings: Settings) -> None:
        """Enter settings of stores, limits, retention, approvals and the encoder, where changed.

        Raises:
            FootageError: The custody log cannot be written.
        """
        encoder = said_in_force(settings.encoder.folder, settings.home)
        self._enter(Action.SETTINGS, "", _settings(settings, encoder))

    def signer_keys(self, sets: Sequence[KeySet]) -> None:
        """Enter the keys of a signing process, where that has others than were entered last.

        The user of those keys cannot write this log, so the keys are entered as soon as seen.

        Raises:
            FootageError: The custody log cannot be written.
        """
        facts = {
            f"set {one.number}": f"{one.valid.start} to {one.valid.end}; "
            + ", ".join(f"{name} sha256:{value}" for name, value in one.fingerprints.items())
            for one in sets
        }
        self._enter(Action.KEYS, "signer", facts)

    def encoder(self, settings: Settings, chosen: str, switch: Callable[[], None]) -> None:
        """Enter that another encoder is chosen, and switch between intent and outcome.

        Args:
            settings: The settings in force.
            chosen: Name and digest of the encoder that will be in force (`encoder_choice.said`).
            switch: Puts the encoder in force; called even where nothing is to be entered.

        Raises:
            FootageError: The custody log cannot be written, and nothing is switched; or what
                `switch` raised.
        """
        self.settings(settings)  # so that the entry of the change names the encoder before
        self._enter(Action.SETTINGS, "", _settings(settings, chosen), switch)

    def _enter(
        self,
        action: Action,
        name: str,
        facts: Mapping[str, object],
        act: Callable[[], None] = lambda: None,
        by: Purpose | None = None,
    ) -> None:
        known = _read(self._note)
        key = f"{action.value} {name}".strip()
        before = known.get(key)
        if before == facts or (before is None and not facts):
            act()
            return
        old = before if isinstance(before, dict) else {}
        changed = difference(old, facts)
        what: Facts = {
            "digest": _digest(facts),
            "before": _digest(old) if before is not None else None,
            "changes": changed[:TOGETHER],
            **({"file": name} if name else {}),
            **({"more": len(changed) - TOGETHER} if len(changed) > TOGETHER else {}),
        }
        with (
            bracket(self._custody(), Deed(action, by or Purpose(self._actor), what)),
            durable.seam(self._note),
        ):
            act()
            durable.make_folder(self._note.parent)
            durable.replace(self._note, json.dumps(known | {key: dict(facts)}).encode())


def _settings(settings: Settings, encoder: str) -> Facts:
    """Settings that are entered; `encoder` is name and digest of the encoder in force."""
    facts: Facts = {
        name: value
        for name, value in effective(settings).items()
        if name.partition(".")[0] in _SECTIONS or name in _SINGLE
    }
    return facts | {"encoder": encoder}


def _read(note: Path) -> dict[str, object]:
    """Return the facts entered last; none of a damaged note, so that all is entered again."""
    try:
        found = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(facts: Mapping[str, object]) -> str:
    """Digest of facts; as a list, since keys of canonical JSON are ASCII."""
    return str(Digest.of(canonical({"facts": [[each, facts[each]] for each in sorted(facts)]})))


def _changes(read: Cameras, register: Register, *, anyway: bool) -> Iterable[Facts]:
    """Yield the changes; with `anyway` also cameras whose place may change in its time alone."""
    districts = {one.id: one for one in register.districts()}
    for district in read.districts:
        yield from _change("district", district.id, districts.get(district.id), district)
    sites = {one.id: one for one in register.sites()}
    for site in read.sites:
        yield from _change("site", site.id, sites.get(site.id), site)
    cameras = {one.id: one for one in register.cameras()}
    for camera in read.cameras:
        before = cameras.get(camera.id)
        yield from _change("camera", camera.id, before, camera, anyway=anyway)


def _change(
    kind: str,
    name: str,
    before: Camera | Site | District | None,
    after: Camera | Site | District,
    *,
    anyway: bool = False,
) -> Iterable[Facts]:
    if before == after and not anyway:
        return
    old, new = _facts(before) if before else None, _facts(after)
    if old == new and before != after:  # masked alike: only what must not be written differs
        new = {**new, "source": f"{new['source']} (other credentials)"}
    yield {kind: name, "before": old, "after": new}


def _facts(one: Camera | Site | District) -> Facts:
    """The fields of a record as texts, a camera's source without credentials."""
    facts: Facts = {name: str(getattr(one, name)) for name in type(one).__dataclass_fields__}
    if "source" in facts:
        facts["source"] = masked(str(facts["source"]))
    if not isinstance(one, District):
        facts["place"] = f"{one.place.lat}, {one.place.lon}"
    return facts
