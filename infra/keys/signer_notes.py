"""Files of a signing process beside the keys: trees signed last, and a log of all acts.

signed.json      the last tree of each log; read and replaced at each signature of a larger tree
signatures.log   a line of canonical JSON for each signature and each change of keys, chained by
                 the SHA-256 of the line before; only added to

Both are on the disk before a signature leaves the process. A line cut short by a crash stands for a
signature that nobody got, and is removed by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from evidence.canonical import canonical
from footage import durable
from footage.errors import DataLoss
from footage.merkle import HASH_BYTES
from infra.keys.signer_rules import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from footage.instant import Instant

CHECKPOINT: Final = "checkpoint"
_SIGNED: Final = "signed.json"
_LOG: Final = "signatures.log"
_FORMAT: Final = "footage.signed/1"
_LONGEST: Final = 1 << 16
"""Bytes of a line at most."""


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Result of a check of the log of signatures.

    Attributes:
        lines: Number of lines.
        head: SHA-256 of the last line; "" for none.
        wrong: Number of the first line that does not follow the one before; 0: none.
    """

    lines: int
    head: str
    wrong: int


class SignerNotes:
    """Notes in the folder of the keys; the caller sees that one thread at a time uses them.

    Args:
        folder: The folder of the keys.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / _LOG

    def last(self, origin: str) -> Tree | None:
        """Return the tree that was signed last for a log; None before the first.

        Raises:
            DataLoss: The notes cannot be read: nothing may be signed.
        """
        return self._read().get(origin)

    def note(self, origin: str, tree: Tree) -> None:
        """Note, durably, that a tree is signed."""
        known = self._read()
        if known.get(origin) == tree:
            return
        logs = {
            name: {"leaves": one.size, "root": one.root.hex()}
            for name, one in {**known, origin: tree}.items()
        }
        path = self._folder / _SIGNED
        with durable.seam(path):
            durable.replace(path, json.dumps({"format": _FORMAT, "logs": logs}).encode())

    def add(self, at: Instant, what: str, facts: Mapping[str, object]) -> None:
        """Add a line to the log, durably."""
        with durable.seam(self._log):
            new = not self._log.exists()
            handle = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "r+b") as file:
                end, last = _end_of(file.fileno())
                before = hashlib.sha256(last).hexdigest() if last else ""
                line = canonical({"at": at, "what": what, "before": before, **facts})
                file.truncate(end)
                file.seek(end)
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                durable.sync_folder(self._folder)

    def check(self) -> LogCheck:
        """Go over the log from its first line."""
        count, before, wrong = 0, "", 0
        for line in self.lines():
            count += 1
            try:
                stated = json.loads(line)["before"]
            except (ValueError, KeyError, TypeError):
                stated = None
            if stated != before and not wrong:
                wrong = count
            before = hashlib.sha256(line).hexdigest()
        return LogCheck(count, before, wrong)

    def lines(self) -> Iterator[bytes]:
        """Yield the whole lines of the log."""
        with durable.seam(self._log):
            if not self._log.exists():
                return
            with self._log.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield line.rstrip(b"\n")

    def _read(self) -> dict[str, Tree]:
        path = self._folder / _SIGNED
        with durable.seam(path):
            data = path.read_bytes() if path.exists() else None
        if data is None:
            return self._from_log()
        try:
            return _trees(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise DataLoss(
                f"what was signed last cannot be read from {path}: {exc}",
                hint="remove the file: the log beside it is read instead",
            ) from exc

    def _from_log(self) -> dict[str, Tree]:
        """Return the last trees as the log tells, for a folder whose note is lost."""
        found: dict[str, Tree] = {}
        for number, line in enumerate(self.lines(), 1):
            try:
                one = json.loads(line)
                if one["what"] == CHECKPOINT:
                    found[str(one["log"])] = _tree(one)
            except (ValueError, KeyError, TypeError) as exc:
                raise DataLoss(f"line {number} of {self._log} cannot be read: {exc}") from exc
        return found


def _trees(document: Mapping[str, Any]) -> dict[str, Tree]:
    if document["format"] != _FORMAT:
        raise ValueError("of another version")
    return {str(name): _tree(one) for name, one in document["logs"].items()}


def _tree(document: Mapping[str, object]) -> Tree:
    size, root = document["leaves"], bytes.fromhex(str(document["root"]))
    if not isinstance(size, int) or len(root) != HASH_BYTES:
        raise ValueError("no tree")
    return Tree(size, root)


def _end_of(handle: int) -> tuple[int, bytes]:
    """Return where the last whole line ends, and that line without its end; 0 and b"" for none."""
    size = os.fstat(handle).st_size
    begin = max(0, size - 2 * _LONGEST)
    tail = os.pread(handle, size - begin, begin)
    end = tail.rfind(b"\n") + 1
    return begin + end, tail[:end].rstrip(b"\n").rpartition(b"\n")[2]
