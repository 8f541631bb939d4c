"""The report of an import, done or planned, file by file: as text, JSON or CSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footage.errors import BadInput
from footage.instant import Instant
from infra.cmds.ingest_expiry import words
from infra.cmds.output import counted, local, printable, size

if TYPE_CHECKING:
    from infra.cmds.ingest_expiry import Expiry
    from recorder.imports.intake import Outcome
    from recorder.imports.plan import Overlap, Ready

Row = dict[str, Any]
_KINDS = (".csv", ".json")


@dataclass(frozen=True, slots=True)
class Report:
    """The report of an import, with a row per file in the order of the work.

    Attributes:
        files: A row per file, by column.
        totals: Counts of files by outcome, of segments or bytes.
        overlaps: A row per pair of files that claim the same time.
        stopped: Why the remaining files were not reached; "" where all files were.
    """

    files: list[Row]
    totals: dict[str, int]
    overlaps: list[Row]
    stopped: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The report as a document for JSON."""
        return asdict(self)


def report(
    outcomes: Sequence["Outcome"],
    overlaps: Iterable["Overlap"] = (),
    stopped: str = "",
    expiry: "Expiry | None" = None,
) -> Report:
    """Make the report of an import from the outcomes of the files."""
    counts = Counter(outcome.word for outcome in outcomes)
    totals = {
        "kept": counts["kept"],
        "skipped": counts["skipped"],
        "failed": counts["failed"],
        "not_reached": counts["not reached"],
        "faults": sum(outcome.fault for outcome in outcomes),
        "segments_stored": sum(outcome.stored for outcome in outcomes),
        **_originals(outcomes, "stored"),
    }
    rows = [_row(outcome, expiry) for outcome in outcomes]
    return Report(rows, totals, [_overlap(one) for one in overlaps], stopped)


def forecast(
    outcomes: Sequence["Outcome"],
    overlaps: Iterable["Overlap"] = (),
    stopped: str = "",
    expiry: "Expiry | None" = None,
) -> Report:
    """Make the report of a dry run, whose outcomes are those that the import would have."""
    rows = [_row(outcome, expiry, dry=True) for outcome in outcomes]
    for one in rows:
        one["outcome"] = "to take" if one["outcome"] == "kept" else one["outcome"]
    totals = {
        "to_take": sum(one["outcome"] == "to take" for one in rows),
        "skipped": sum(one["outcome"] == "skipped" for one in rows),
        "failed": sum(one["outcome"] == "failed" for one in rows),
        "not_reached": sum(one["outcome"] == "not reached" for one in rows),
        "faults": sum(one["fault"] for one in rows),
        "file_bytes": sum(one["file_bytes"] or 0 for one in rows if one["outcome"] == "to take"),
        **_originals(outcomes, "to_store"),
    }
    return Report(rows, totals, [_overlap(one) for one in overlaps], stopped)


def original_facts(outcome: "Outcome", *, dry: bool) -> Row:
    """State of the original file ("stored", "to store", "stored before" or ""), key and size."""
    kept = outcome.original
    if kept is None:
        return {"original": "", "original_key": "", "original_bytes": 0}
    new = "to store" if dry else "stored"
    return {
        "original": new if kept.new else "stored before",
        "original_key": kept.original.key,
        "original_bytes": kept.original.size_bytes,
    }


def _originals(outcomes: Sequence["Outcome"], word: str) -> dict[str, int]:
    new = [one.original.original for one in outcomes if one.original and one.original.new]
    size_bytes = sum(one.size_bytes for one in new)
    return {f"originals_{word}": len(new), "original_bytes": size_bytes}


def check_target(path: Path | None) -> None:
    """Raise BadInput when a report cannot be written to `path`; called before the import."""
    if path is None:
        return
    if path.suffix.lower() not in _KINDS:
        raise BadInput(f"not a report: {path}", hint="end its name in .csv or .json")
    if not path.parent.is_dir():
        raise BadInput(f"no folder for the report: {path.parent}")


def write(path: Path, done: Report) -> None:
    """Write the report to a file, whole or not at all.

    In a CSV a cell that may be a formula is quoted, so that a spreadsheet takes the cell for text.
    """
    from footage import durable  # loads OpenSSL, which `footage --help` need not

    if path.suffix.lower() == ".json":
        text = json.dumps(done.document, indent=2, ensure_ascii=False) + "\n"
    else:
        text = _csv(done.files)
    with durable.seam(path):
        durable.replace(path, text.encode())


def show(done: Report, zone: str) -> None:
    """Print the report for people: a line per file, then overlaps, then totals."""
    for one in done.files:
        print(_line(one, zone))
    for one in done.overlaps:
        by = f" for {one['seconds']} s" if one["seconds"] is not None else ""
        print(f"overlap: {one['former']} and {one['later']} claim the same time{by}")
    kept = any(one["original"] for one in done.files)
    totals = [(name, n) for name, n in done.totals.items() if kept or "original" not in name]
    print(", ".join(_total(name, count) for name, count in totals))
    if done.stopped:
        print(f"stopped: {done.stopped}; the same command goes on later")


def _total(name: str, count: int) -> str:
    if name in {"originals_stored", "originals_to_store"}:
        done = name.removeprefix("originals_").replace("_", " ")
        return f"{counted(count, 'original')} {done}"
    if name == "original_bytes":
        return f"{size(count)} of originals"
    if name == "file_bytes":
        return f"{size(count)} of files"
    if name == "segments_stored":
        return f"{counted(count, 'segment')} stored"
    return f"{count} {name.replace('_', ' ')}"


def _line(one: Row, zone: str) -> str:
    start = understood(one["start"], zone) if one["start"] else ""
    much = size(one["bytes"] or one["file_bytes"] or 0) if one["start"] else ""
    segments = counted(one["segments"], "segment") if one["segments"] else ""
    expiry = words(one, zone) if one["segments"] else ""
    original = f"original {one['original']}" if one["original"] else ""
    why = "; ".join(filter(None, (one["why"], one["detail"], original, *one["notes"], expiry)))
    by = f"by {one['derived'].removeprefix('by ')}" if one["derived"] else ""
    said = ", ".join(filter(None, (one["camera"], start, by, segments, much)))
    rest = " - ".join(filter(None, (said, why)))
    return printable(f"{one['outcome']:<11} {one['file']}{': ' if rest else ''}{rest}")


def understood(start: str, zone: str) -> str:
    """A stated start as it was understood, in the zone it was read in and in UTC."""
    from footage.asked_times import utc_text

    at = Instant.parse(start)
    return f"{local(at, zone)} (UTC {utc_text(at)})"


def _row(outcome: "Outcome", expiry: "Expiry | None" = None, *, dry: bool = False) -> Row:
    segments = outcome.segments
    unknown: Row = {"policy": None, "deleted_from": "", "held_by": []}
    return {
        "file": _text(outcome.path),
        "outcome": outcome.word,
        "fault": outcome.fault,
        "why": outcome.why.value if outcome.why else "",
        "detail": outcome.detail,
        **_stated(outcome.ready),
        "end": str(segments[-1].interval.end) if segments else "",
        "segments": len(segments),
        "stored": outcome.stored,
        "bytes": sum(segment.size_bytes for segment in segments),
        **original_facts(outcome, dry=dry),
        "notes": list(outcome.notes),
        **(expiry.facts(segments) if expiry else unknown),
    }


def _stated(ready: "Ready | None") -> Row:
    if ready is None:
        empty = ("camera", "start", "derived", "digest")
        return dict.fromkeys(empty, "") | dict.fromkeys(("uncertainty_s", "offset_s", "file_bytes"))
    stated = ready.stated
    return {
        "camera": ready.camera,
        "start": str(stated.start),
        "derived": stated.how,
        "digest": str(ready.digest or ""),
        "uncertainty_s": stated.uncertainty.in_seconds,
        "offset_s": stated.offset.in_seconds if stated.offset is not None else None,
        "file_bytes": ready.size_bytes,
    }


def _overlap(one: "Overlap") -> Row:
    seconds = one.length.in_seconds if one.length else None
    return {"former": _text(one.former), "later": _text(one.later), "seconds": seconds}


def _csv(rows: Iterable[Row]) -> str:
    target = io.StringIO()
    columns = [*_row_columns()]
    writer = csv.DictWriter(target, columns)
    writer.writeheader()
    for one in rows:
        cells = one | {
            "notes": "; ".join(one["notes"]),
            "held_by": "; ".join(one["held_by"]),
            "fault": "yes" if one["fault"] else "no",
        }
        writer.writerow({key: _cell(value) for key, value in cells.items()})
    return target.getvalue()


def _row_columns() -> Iterable[str]:
    from recorder.imports.intake import Outcome

    return _row(Outcome(Path()))


def _cell(value: object) -> object:
    text = value if isinstance(value, str) else None
    return f"'{text}" if text and text[0] in "=+-@\t\r" else value


def _text(path: Path) -> str:
    """The path as text; bytes of a file name that are not UTF-8 are escaped."""
    from recorder.imports.names import shown

    return shown(path)
