"""`footage index`: look at what was recorded."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from indexer.report import IndexReport


def index(
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing waits.")] = False,
) -> None:
    """Make stored recordings searchable.

    Embeds keyframes and their changed regions, and follows what is recorded until Ctrl-C.
    """
    from infra.cmds.output import progress
    from infra.wiring import wired

    with wired() as parts, progress("indexing") as bar:
        waiting = len(parts.catalogue.unindexed(parts.encoder.identity.digest, limit=100_000))
        bar(0, waiting)

        def moved(report: "IndexReport") -> None:
            bar(report.segments, max(waiting, report.segments))

        if once:
            tell(parts.indexer.run_once(moved))
        else:
            parts.indexer.follow(lambda: False, moved)


def tell(report: "IndexReport") -> None:
    """Print what was looked at."""
    gates = ", ".join(f"{count} {gate.value}" for gate, count in sorted(report.gates.items()))
    print(f"indexed {report.segments} segments: {report.vectors} vectors; keyframes: {gates or 0}")
    for segment, why in report.unreadable:
        print(f"unreadable: {segment}: {why}")
