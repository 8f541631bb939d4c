"""Printing: JSON for programs, tables for people, progress only on a terminal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from footage.bytesize import show_size
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_JOINERS = "\u200c\u200d"
"""Marks that tell letters of Urdu to join or not; they show as nothing and move nothing."""


def emit(document: object) -> None:
    """Print `document` as JSON; what is no Unicode, as in a name of bytes, is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    print(text.encode("utf-8", "backslashreplace").decode())


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; cells are folded, never cut."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(shown)


def printable(text: str) -> str:
    """The text with control characters escaped, so that no text can forge lines on a terminal."""
    return "".join(
        c
        if c.isprintable() or c in _JOINERS
        else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )


def local(instant: Instant, zone: str) -> str:
    """The instant as local time of the city, with the name of the time zone."""
    return instant.to_datetime().astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def size(size_bytes: int) -> str:
    """A size in bytes as text for people, e.g. "1.2 GB"."""
    return show_size(size_bytes)


def counted(number: int, thing: str) -> str:
    """The number with the noun in the singular or plural, e.g. "1 segment", "2 segments"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", " ")


def length(elapsed: Elapsed) -> str:
    """A duration for people, to the second."""
    return str(Elapsed(elapsed.us - elapsed.us % 1_000_000))


@contextmanager
def progress(label: str) -> Iterator["Bar"]:
    """Show a progress bar while the block runs; nothing where standard error is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        yield Bar(shown, shown.add_task(label, total=None))


class Bar:
    """A progress bar; a call moves the bar."""

    def __init__(self, shown: "Progress", task: "TaskID") -> None:
        self._shown, self._task = shown, task

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show `done` items of `total`; a `total` of None is unknown."""
        self._shown.update(self._task, completed=done, total=total)
