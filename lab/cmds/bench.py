"""`footage bench`: figures on this machine, from the benchmarks in `lab/bench/`."""

import importlib
import pkgutil
from typing import Annotated, Any, Final

import typer

from footage.errors import BadInput
from infra.cmds.options import AsJson
from infra.cmds.output import emit, table
from lab import bench as benchmarks
from lab.bench import harness

_LONG: Final = frozenset({"api", "city", "elastic", "evidence"})
"""Benchmarks that run only when named: of minutes or gigabytes, of a server, or of others."""


def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="A benchmark of lab/bench; left out: all but `api`, `city`, `elastic`, `evidence`."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Measure figures on this machine.

    Medians of several runs; ratios are measured side by side in one run.
    """
    modules = (one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.ispkg)
    known = sorted(name for name in modules if name != "harness")
    if name and name not in known:
        raise BadInput(f"no benchmark {name!r}", hint=f"one of: {', '.join(known)}")
    chosen = [name] if name else [each for each in known if each not in _LONG]
    documents: list[dict[str, Any]] = [
        harness.document(one, importlib.import_module(f"lab.bench.{one}").figures())
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
