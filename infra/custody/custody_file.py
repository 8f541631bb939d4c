"""The custody log in a file: a line an entry, on the disk before the entered action may begin.

Entries of threads and processes that ask at the same time are written as a group, by whichever of
them holds the log's lock (`request_queue`):

1. set aside what a crash left unfinished at the end (its action never began), for people to see
2. compare the last entry with the anchor in the register; heal what a crash can leave
3. chain the entries; of a group, announce their hashes in the register, in order
4. note in each request which entry is about to be written for the request
5. append the lines in one write and sync them
6. move the anchor to the last entry, which ends the announcement
7. answer the requests

Nobody learns the number of an entry, and so no action begins, before 6 is done (invariant 7).

Crashes. Before 5 nothing was written: an announcement that no line follows is replaced or ended by
the next writing. Between 5 and 6 the log ends behind its anchor: with a single entry, or with some
or all entries of the group announced, since a power cut may leave any number of whole lines, and a
piece of a line, which 1 takes. Step 2 of the next writing moves the anchor to the end of the log.
Where the process alone died, and others wait, the next holder of the lock finds by the notes which
of their entries stand, and answers them; no entry is written twice. The action of the dead process
never began, and its intent stays open. Anything else that does not fit is tampering or loss: then
nothing more is entered, and so nothing is done either (invariant 7), until someone has looked.

Who can write the log, but not the register, can add a single entry behind the anchor, as a crash
leaves one; the next writing anchors that entry. Groups add nothing to this: several entries are
anchored only where the last has the hash announced for its place before the file was written, and
a hash stands for all entries before. An announcement is no excuse for a missing entry either, since
only the anchor says how far the log reached.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from evidence import custody, custody_check
from evidence.canonical import canonical, parse
from evidence.custody import EMPTY, Entry, Head
from evidence.custody_check import Check, Finding, Kind, is_announced
from evidence.custody_facts import facts_of
from evidence.custody_published import Comparison
from evidence.custody_terms import Looked, terms_of_entry
from footage.action import Action, Deed, Purpose
from footage.durable import make_folder, seam
from footage.errors import BadInput, Conflict, DataLoss, FootageError, NotFound, Unavailable
from infra.custody.entry_index import EntryIndex, NoIndexError
from infra.custody.log_file import (
    HINT,
    TORN,
    Lines,
    last_entry,
    last_hashes,
    lines_back,
    offset_of,
    opened,
    set_torn_aside,
    write,
)
from infra.custody.presence import require_log
from infra.custody.request_queue import Request, RequestQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from evidence.custody_check import Compared
    from evidence.custody_facts import Facts
    from evidence.custody_published import PublishedLog
    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import CustodyAnchor
    from infra.custody.entry_index import Place

LOG: Final = "custody.jsonl"
GROUP: Final = 64
"""Most entries of a group, which bounds the announcement in the register (5 kB)."""
LOCK: Final = "custody.lock"
_WAITING: Final = "waiting"
_TELL_EVERY: Final = 10_000
"""Lines after which a check tells how far it is: a tenth of a second."""
_MOST_TOLD: Final = 1_000
_LOOK: Final = canonical({"look": True})


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The log between two writings: its size in bytes, its anchor, and what is announced."""

    size: int
    anchor: Head
    announced: tuple[str, ...]


def _new_salt() -> str:
    return secrets.token_hex(16)


class CustodyFile:
    """Keeps the contract of `footage.ports.Custody` in a folder.

    Args:
        folder: Made where it is missing; holds the log, the log's lock, the requests of those who
            wait, and lines set aside.
        register: Keeps the anchor of the newest entry.
        clock: Gives entries their instants.
        require_case: Refuse searches, views, exports, holds and releases without case and purpose.
        shared: Whether homes on other machines may use the register too: one of them keeps the log.
        admit: Raises where the actor may not act for the case; None: all are admitted.
        published: Reads the signed checkpoints that checks compare the log with; None: none.
        salt: Gives the salt of each personal part, which nobody can guess; another for tests alone.

    Raises:
        Misconfigured: The folder cannot be made.
    """

    def __init__(  # noqa: PLR0913 - what entering and checking need
        self,
        folder: Path,
        register: CustodyAnchor,
        clock: Clock,
        *,
        require_case: bool,
        shared: bool = False,
        admit: Callable[[Purpose, Action], None] | None = None,
        published: PublishedLog | None = None,
        salt: Callable[[], str] = _new_salt,
    ) -> None:
        self._folder = folder
        self._path = folder / LOG
        self._register = register
        self._clock = clock
        self._require_case = require_case
        self._shared = shared
        self._admit = admit
        self._published = published
        self._salt = salt
        self._index = EntryIndex(self._path)
        self._queue = RequestQueue(
            folder / _WAITING, folder / LOCK, self._answer, clock, most=GROUP
        )
        with seam(folder):
            make_folder(folder)

    def intent(self, deed: Deed) -> int:
        """Enter what is about to be done.

        Raises:
            FootageError: As `require_admitted`.
            BadInput: The facts are no JSON.
            KeptElsewhere: The log may be kept on another machine.
            DataLoss: The log does not fit its anchor.
            NoSpace: The disk is full.
            Unavailable: Log or register cannot be reached.
        """
        self.require_admitted(deed.purpose, deed.action)
        return self._enter(_facts(deed))

    def require_admitted(self, purpose: Purpose, action: Action) -> None:
        """Refuse an act that `intent` would refuse for its actor, case or purpose code.

        Raises:
            BadInput: Nobody is named; or the purpose code is none of those of the settings.
            CaseRequired: Case or purpose code is missing.
            Refused: The actor may not act for the case.
            Unavailable: The record of cases cannot be reached.
        """
        custody.require_purpose(purpose, action, require_case=self._require_case)
        if self._admit:
            self._admit(purpose, action)

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        """Enter the outcome of an action; raises as `intent` does, but asks for no case again."""
        return self._enter(_facts(deed) | {"intent": intent, "ok": ok, "result": result})

    def read(self, first: int = 1) -> Iterator[Entry]:
        """All entries from entry `first` on, in order; entries before are not read.

        Raises:
            DataLoss: A line is no entry, or the anchored log was lost.
            KeptElsewhere: The log may be kept on another machine.
        """
        now, begin = self._snapshot(), 0
        size = now.size
        require_log(self._path, now.anchor.count, shared=self._shared)
        if first > 1 and size:
            with seam(self._path):
                begin = offset_of(self._path, first, size)
        with closing(Lines(self._path, begin, size)) as lines:
            for number, line in enumerate(lines, first):
                try:
                    yield custody.read_line(line)
                except BadInput as exc:
                    raise DataLoss(f"{self._path}, line {number}: {exc}", hint=HINT) from exc

    def anchored(self) -> Head:
        """The anchor: number and hash of the last entry."""
        return Head(*self._register.custody_head())

    def facts(self, first: int = 1) -> Iterator[Facts]:
        """Facts of the anchored entries from entry `first` on, in order; their hashes are unjudged.

        Raises:
            DataLoss: A line is no entry, or the anchored log was lost.
            KeptElsewhere: The log may be kept on another machine.
        """
        now = self._snapshot()
        require_log(self._path, now.anchor.count, shared=self._shared)
        with seam(self._path):
            begin = offset_of(self._path, first, now.size) if first > 1 and now.size else 0
        with closing(Lines(self._path, begin, now.size)) as lines:
            for line in lines:
                try:
                    facts = facts_of(line)
                except BadInput as exc:
                    raise DataLoss(f"{self._path} has a line that is no entry: {exc}") from exc
                if facts.number > now.anchor.count:
                    break
                yield facts

    def read_back(self) -> Iterator[Entry]:
        """All entries from the last to the first; what is not asked for is not read.

        Raises:
            DataLoss: A line is no entry, or the anchored log was lost.
            KeptElsewhere: The log may be kept on another machine.
        """
        now = self._snapshot()
        require_log(self._path, now.anchor.count, shared=self._shared)
        if not now.size:
            return
        with seam(self._path), opened(self._path) as log:
            for start, line in lines_back(log, now.size):
                try:
                    yield custody.read_line(line)
                except BadInput as exc:
                    what = f"{self._path}, line at byte {start}: {exc}"
                    raise DataLoss(what, hint=HINT) from exc

    def about(self, terms: Collection[str]) -> Looked:
        """Look up the entries of any of these terms (`evidence.custody_terms`), in order.

        The index beside the log tells where the entries stand. Each line found is read, and is the
        entry of that number and term; else the index is made anew from the log. Where the index
        cannot be written, the whole log is read.

        Raises:
            DataLoss: A line is no entry, or the anchored log was lost.
            KeptElsewhere: The log may be kept on another machine.
        """
        found, by_index = self.located(terms)
        return Looked([entry for _, entry in found], by_index)

    def located(self, terms: Collection[str]) -> tuple[list[tuple[int, Entry]], bool]:
        """Look up entries as `about` does; return each with the byte of the log where it stands."""
        now, wanted = self._snapshot(), set(terms)
        require_log(self._path, now.anchor.count, shared=self._shared)
        if not now.size:
            return [], True
        for _ in range(2):
            try:
                places = self._index.places(wanted, now.size, now.anchor)
            except NoIndexError:
                break
            with seam(self._path), opened(self._path) as log:
                found = [(each.place, _entry_at(log, each, wanted)) for each in places]
            whole = [(place, entry) for place, entry in found if entry]
            if len(whole) == len(found):
                return whole, True
            self._index.drop()  # damaged, or written by somebody
        place, there = 0, list[tuple[int, Entry]]()
        for entry in self.read():
            if not wanted.isdisjoint(terms_of_entry(entry)):
                there.append((place, entry))
            place += len(entry.line)
        return there, False

    def mend_index(self) -> list[int]:
        """Compare the index with every entry; make the index anew where it says something else.

        Returns:
            Numbers of the entries that the index did not have as they are, the first thousand.

        Raises:
            DataLoss: A line is no entry, or the anchored log was lost.
            KeptElsewhere: The log may be kept on another machine.
        """
        now = self._snapshot()
        require_log(self._path, now.anchor.count, shared=self._shared)
        try:
            wrong = list(islice(self._index.differences(now.size, now.anchor), _MOST_TOLD))
            if wrong:
                self._index.drop()
                self._index.extend(now.size, now.anchor)
        except NoIndexError:
            return []  # none is used here
        return wrong

    def verify(self) -> list[Finding]:
        """Everything wrong with the log, by line, and the lines set aside after crashes."""
        return list(self.check().findings)

    def check(
        self,
        checkpoint: Head = EMPTY,
        told: Callable[[int, int], None] | None = None,
        *,
        every: bool = False,
    ) -> Check:
        """Check the log, whole, or from the entry of a checkpoint on.

        The log is compared with the signed checkpoints in the object store too; where these cannot
        be read the check says so. The lines set aside after crashes are named.

        Args:
            checkpoint: Number of the entry to begin with, and the hash that entry is to have, ""
                where that is not known.
            told: Told each some thousand lines how many were read, of how many to be read.
            every: Compare with every stored checkpoint, not with one a day.

        Raises:
            BadInput: The log never reached the checkpoint's entry.
            DataLoss: The entry cannot be looked for, because a line on the way is no entry.
            KeptElsewhere: The log may be kept on another machine.
        """
        first = max(checkpoint.count, 1)
        # Read before the log: what is signed meanwhile stands for entries not looked at.
        beside, trouble = self._comparison(first, every=every)
        now = self._snapshot()
        size, anchor = now.size, now.anchor
        if self._shared:  # else the findings tell that the anchored entries are missing
            require_log(self._path, anchor.count, shared=True)
        begin = 0
        if checkpoint.count > 1:
            with seam(self._path):
                begin = offset_of(self._path, checkpoint.count, size)
            if begin == size and anchor.count < checkpoint.count:
                raise BadInput(
                    f"the custody log has no entry {checkpoint.count} yet",
                    hint=f"its last is entry {anchor.count}",
                )
        with closing(Lines(self._path, begin, size)) as lines:
            counted = _counted(lines, anchor.count - first + 1, told)
            purged: dict[int, int] = {}
            found = custody_check.verify(
                counted,
                anchor,
                checkpoint,
                announced=now.announced,
                leaf=beside.step if beside else str,
                purged=purged,
            )
        if beside:
            with closing(Lines(self._path, begin, size)) as lines:
                found += beside.findings(lambda: lines)
        aside = [
            Finding(Kind.TORN, 0, f"a line cut short by a crash was set aside in {path.name}")
            for path in sorted(self._folder.glob(f"{TORN}*"))
        ]
        compared = beside.told() if beside else trouble
        found.sort(key=lambda finding: finding.line)
        return Check((*found, *aside), anchor, first, compared, purged)

    def _comparison(self, first: int, *, every: bool) -> tuple[Comparison | None, Compared | None]:
        """Return what compares the log with its checkpoints; else why not, if that is known."""
        if self._published is None:
            return None, None
        published = self._published.read(first, every=every)
        try:
            return Comparison(published, first), None
        except (NotFound, DataLoss, Unavailable) as exc:
            return None, replace(published.told, trouble=f"the stored tree cannot be read: {exc}")

    def _enter(self, facts: Mapping[str, object]) -> int:
        return int(self._ask(canonical(facts)))

    def _snapshot(self) -> _Snapshot:
        """Look at the log between two writings; later entries are not seen."""
        size, count, head, announced = json.loads(self._ask(_LOOK))
        return _Snapshot(size, Head(count, head), tuple(announced))

    def _ask(self, body: bytes) -> bytes:
        done = self._queue.ask(body)
        if done.error:
            raise done.error
        return done.answer or b""

    def _answer(self, requests: Sequence[Request]) -> None:
        """Settle requests, holding the lock."""
        entering = [request for request in requests if request.body != _LOOK]
        try:
            if entering:
                with seam(self._path), opened(self._path) as log:
                    self._write_group(log, entering)
        except FootageError as exc:
            _fail(entering, exc)
        looking = [request for request in requests if request.body == _LOOK]
        try:
            for request in looking:
                request.settle(self._look())
        except FootageError as exc:
            _fail(looking, exc)

    def _write_group(self, log: int, requests: Sequence[Request]) -> None:
        set_torn_aside(log, self._path, self._clock)  # (1)
        head = self._checked_head(log)  # (2)
        _answer_written(log, requests)
        group: list[tuple[Request, Entry]] = []
        for request in requests:
            if request.is_settled:
                continue
            try:
                entry = _entry(request.body, head, self._clock.now(), self._salt())
            except FootageError as exc:  # this one alone
                request.fail(exc)
                continue
            group.append((request, entry))
            head = entry.head
        if not group:
            return
        if len(group) > 1:
            self._register.announce_custody([entry.hash for _, entry in group])  # (3)
        for request, entry in group:
            request.note(_note(entry.number, entry.hash))  # (4)
        write(log, b"".join(entry.line for _, entry in group), self._path)  # (5)
        self._move_anchor(head)  # (6)
        for request, entry in group:
            request.settle(b"%d" % entry.number)  # (7)

    def _look(self) -> bytes:
        with seam(self._path):
            size = self._path.stat().st_size if self._path.exists() else 0
        announced = self._register.custody_announced()
        return json.dumps([size, *self._register.custody_head(), announced]).encode()

    def _checked_head(self, log: int) -> Head:
        last = last_entry(log, self._path)
        anchor = Head(*self._register.custody_head())
        if last is None:
            require_log(self._path, anchor.count, shared=self._shared)
        head = last.head if last else EMPTY
        if head == anchor:
            return head
        if last and self._can_crash_leave(last, anchor):
            self._move_anchor(head)
            return head
        if anchor == EMPTY:
            raise DataLoss(
                f"the custody log has {head.count} entries, but the register is empty: it was lost",
                hint="footage restore FOLDER",
            )
        raise DataLoss(
            f"the custody log ends with entry {head.count}, but was anchored at {anchor.count}",
            hint=HINT,
        )

    def _can_crash_leave(self, last: Facts, anchor: Head) -> bool:
        """Whether a crash can leave a log that ends with entry `last` behind its anchor."""
        ahead = last.number - anchor.count
        if ahead == 1:
            return last.previous == anchor.hash
        return is_announced(last.hash, ahead, self._register.custody_announced())

    def _move_anchor(self, head: Head) -> None:
        try:
            self._register.anchor_custody(head.count, head.hash)
        except Conflict as exc:
            raise DataLoss(f"the custody log does not fit its anchor: {exc}", hint=HINT) from exc


def _counted(
    lines: Iterable[bytes], total: int, told: Callable[[int, int], None] | None
) -> Iterator[bytes]:
    """Yield lines, and tell how many were yielded, of how many."""
    for number, line in enumerate(lines):
        if told and number % _TELL_EVERY == 0:
            told(number, max(total, number))
        yield line


def _facts(deed: Deed) -> dict[str, object]:
    purpose = deed.purpose
    return {
        "action": deed.action,
        "actor": purpose.actor,
        "case": purpose.case,
        "code": purpose.code,
        "what": deed.what,
    }


def _entry(body: bytes, head: Head, now: Instant, salt: str) -> Entry:
    """Make the entry that a request asks for, to follow `head`."""
    facts = parse(body)
    if not isinstance(facts, dict):
        raise BadInput("not a request for an entry")
    try:
        purpose = Purpose(facts["actor"], facts["case"], facts["code"])
        deed = Deed(Action(facts["action"]), purpose, facts["what"])
        if "intent" not in facts:
            return custody.intent_entry(deed, head, now, salt)
        ok, result, intent = facts["ok"], facts["result"], facts["intent"]
        return custody.outcome_entry(deed, intent, head, now, ok=ok, result=result, salt=salt)
    except (KeyError, ValueError, TypeError) as exc:
        raise BadInput(f"not a request for an entry: {exc}") from exc


def _note(number: int, head: str) -> str:
    return f"{number} {head}"


def _answer_written(log: int, requests: Sequence[Request]) -> None:
    """Answer the requests whose entries stand, written by a process that died before answering."""
    noted = {request.noted for request in requests if request.noted}
    if not noted:
        return
    written = {_note(*entry): entry[0] for entry in last_hashes(log, 2 * GROUP).items()}
    for request in requests:
        if request.noted in written:
            request.settle(b"%d" % written[request.noted])


def _entry_at(log: int, place: Place, terms: set[str]) -> Entry | None:
    """Return the entry at a place of the index; None where that is another, or of other terms."""
    try:
        entry = custody.read_line(os.pread(log, place.length, place.place))
    except BadInput:
        return None
    fits = entry.number == place.number and not terms.isdisjoint(terms_of_entry(entry))
    return entry if fits else None


def _fail(requests: Sequence[Request], error: FootageError) -> None:
    for request in requests:
        if not request.is_settled:
            request.fail(error)
