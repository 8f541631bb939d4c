"""`footage bench`: figures on this machine, from the benchmarks of the source checkout."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from footage.errors import BadInput
from infra.cmds.options import AsJson
from infra.cmds.output import emit, table

FOLDER = Path(__file__).resolve().parent.parent.parent / "tests" / "bench"


def bench(
    name: Annotated[
        str, typer.Argument(help="startup, search, recording; all when left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Measure figures on this machine.

    Medians of several runs; ratios are measured side by side in one run.
    """
    import importlib

    known = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "harness")
    if not known:
        raise BadInput(f"no benchmarks at {FOLDER}", hint="run it in a checkout of the source")
    if name and name not in known:
        raise BadInput(f"no benchmark {name!r}", hint=f"one of: {', '.join(known)}")
    sys.path.insert(0, str(FOLDER.parent.parent))
    harness = importlib.import_module("tests.bench.harness")
    chosen = [name] if name else known
    documents = [
        harness.document(one, importlib.import_module(f"tests.bench.{one}").figures())
        for one in chosen
    ]
    if as_json:
        emit(documents[0] if name else documents)
        return
    for document in documents:
        table(
            f"{document['bench']} ({document['machine']})",
            ("figure", "value", "unit", "runs", "against"),
            (
                (f["name"], str(f["value"]), f["unit"], str(f["runs"]), f["ratio_to"])
                for f in document["figures"]
            ),
        )
