"""Plan files: written and read an item at a time, so that memory stays flat."""

from __future__ import annotations

import contextlib
import json
import secrets
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.errors import BadInput
from footage.ids import PlanId
from footage.instant import Instant
from retention.plan import check_plan, item_from, items_of
from retention.shares_file import shares_path

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from retention.plan import PlanItem, PlanText, RetentionPlan

SUFFIX: Final = ".jsonl"
_HINT: Final = "make a new plan with `footage retention plan`"


def write_plan(
    text: PlanText, folder: Path, *, to: Path | None = None
) -> tuple[RetentionPlan, Path]:
    """Write a plan as a file and return the plan, which reads the file when gone through.

    Args:
        text: The plan in the making.
        folder: Folder of the plans; the file bears the plan's id.
        to: The file to write instead.
    """
    target = to or folder / f"new{SUFFIX}"
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with durable.seam(target):
        durable.make_folder(target.parent)
        try:
            durable.write_chunks(part, (line.encode() for line in text.lines()))
            target = to or plan_path(folder, text.id)
            durable.publish(part, target)
        finally:
            part.unlink(missing_ok=True)
    return text.plan(_FileItems(target)), target


def read_plan(file: Path) -> RetentionPlan:
    """Read a plan file to the end, and return the plan, which reads the file when gone through.

    Raises:
        BadInput: The file cannot be read, or is no plan, of an older version or altered.
    """
    with contextlib.closing(_lines(file)) as lines:
        return check_plan(lines, _FileItems(file))


def remove_old_plans(folder: Path, *, before: Instant) -> None:
    """Remove plan files of `folder` made before an instant, and what a crash left of such files.

    A plan's sums go first: sums without a plan are of no use, and nobody would remove them.

    A file that is no plan, or a plan of an older version, stays.
    """
    for file in (*folder.glob(f"plan-*{SUFFIX}"), *folder.glob(f".new{SUFFIX}.*")):
        made = _made(file)
        if made and made < before:
            with durable.seam(file):
                shares_path(folder, PlanId(file.name.removesuffix(SUFFIX))).unlink(missing_ok=True)
                file.unlink(missing_ok=True)


def _made(file: Path) -> Instant | None:
    """Return the instant in a plan's first line; None where there is none."""
    try:
        with file.open(encoding="utf-8") as lines:
            header = json.loads(lines.readline())
        return Instant.parse(header["created"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, BadInput):
        return None


def plan_path(folder: Path, plan: PlanId) -> Path:
    """Return the file of the plan with an id, in the folder of plans."""
    return folder / f"{plan}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Some items of a plan file, one behind the other.

    Attributes:
        following: Position in the file of the item behind them; None where there is none.
    """

    items: tuple[PlanItem, ...]
    following: int | None


def plan_page(file: Path, *, since: int, limit: int) -> PlanPage:
    """Return the items of a plan file from a position on, at most `limit`; reads these alone.

    Whether the file was altered is not checked.

    Args:
        file: The plan file.
        since: Position that a page before named as `following`; 0 for the first item.
        limit: Most items.

    Raises:
        BadInput: The file cannot be read, or no item begins at the position.
    """
    with _readable(), file.open("rb") as lines:
        if since:
            lines.seek(since - 1)
            if lines.read(1) != b"\n":
                raise BadInput(f"no page begins at {since}", hint="send `next_cursor` of a page")
        else:
            lines.readline()  # the header
            since = lines.tell()
        # One more than the page tells that there are more, and the totals come last of all.
        found = list(islice(lines, limit + 2))
        more = len(found) == limit + 2
        page = found[:limit] if more else found[:-1]
        items = tuple(item_from(line.decode()) for line in page)
    return PlanPage(items, since + sum(map(len, page)) if more else None)


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file in a folder, by its name and first line."""

    plan: PlanId
    created: Instant


def plan_files(folder: Path) -> list[PlanFile]:
    """Return the plans of a folder, the newest first."""
    found = [
        PlanFile(PlanId(file.name.removesuffix(SUFFIX)), made)
        for file in folder.glob(f"plan-*{SUFFIX}")
        if (made := _made(file))
    ]
    return sorted(found, key=lambda one: (one.created, one.plan), reverse=True)


@dataclass(frozen=True, slots=True)
class _FileItems:
    """The items of a plan file, read anew each time."""

    file: Path

    def __iter__(self) -> Iterator[PlanItem]:
        return items_of(_lines(self.file))


def _lines(file: Path) -> Generator[str]:
    with _readable(), file.open(encoding="utf-8", newline="\n") as lines:
        yield from lines


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"the plan cannot be read: {exc}", hint=_HINT) from exc
