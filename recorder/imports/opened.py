"""A file from outside, opened once: what is hashed and what is cut are the same bytes.

FFmpeg reads the open file by its standard input, never by the name again: a name may come to mean
another file between two looks, and may hold any bytes. That the bytes themselves were not changed
meanwhile is told by facts that the kernel keeps, the time of the last change of status among them,
which no program can set back.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.digest import Digest
from footage.errors import BadInput
from recorder.capture.command_line import FED
from recorder.capture.messages import Messages
from recorder.imports.container import HEAD_BYTES
from recorder.imports.ledger import Stamp
from recorder.imports.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOTHING: Final = "it says nothing"
_COMMAND: Final = re.compile(r"\A`[^`]*`[^:\n]*:?")
"""The command line at the beginning of what a failed FFmpeg said: nothing about the file."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An open file from outside.

    Attributes:
        name: File name for people, escaped.
        stamp: Facts of the file when it was opened.
        head: The first bytes.
    """

    path: Path
    name: str
    file: BinaryIO
    stamp: Stamp
    head: bytes

    def digest(self) -> Digest:
        """The digest of the bytes, read through."""
        self.file.seek(0)
        return Digest.of_open(self.file)

    def check_unchanged(self) -> None:
        """Raise BadInput when the bytes were changed, or the name means another file by now."""
        try:
            there = Stamp.of(self.path.stat())
        except OSError:
            there = None
        if not self.stamp == Stamp.of(os.fstat(self.file.fileno())) == there:
            raise BadInput(f"{self.name} changed while it was read", hint="import it again later")

    def words(self, said: str) -> str:
        """FFmpeg's last words of what it said, with the file's name in them."""
        messages = Messages()
        for line in _COMMAND.sub("", said).splitlines():
            messages.add(line)
        return (messages.last_words() or _NOTHING).replace(f"file:{FED}", self.name)


@contextmanager
def opened(path: Path) -> Iterator[OpenedFile]:
    """Open a file from outside; raises BadInput for an unreadable or empty file."""
    try:
        file = path.open("rb")
    except OSError as exc:
        raise BadInput(f"cannot read {shown(path)}: {exc.strerror}") from exc
    with file:
        try:
            stamp, head = Stamp.of(os.fstat(file.fileno())), file.read(HEAD_BYTES)
        except OSError as exc:
            raise BadInput(f"cannot read {shown(path)}: {exc.strerror}") from exc
        if not head:
            raise BadInput(f"{shown(path.name)} is empty")
        yield OpenedFile(path, shown(path.name), file, stamp, head)
