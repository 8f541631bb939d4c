"""`footage retention`: list planned deletions with reasons, apply exactly that plan; daily runs."""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import BadInput, Misconfigured, NotFound, Refused
from infra.cmds.options import AsJson, Cameras, Districts, Near, Sites
from infra.cmds.output import counted, emit, local, progress, size, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.ports import Catalogue
    from infra.wiring import Parts
    from retention.jobs import DailyReport
    from retention.plan import PlanItem, RetentionPlan
    from retention.policy import Policy
    from retention.report import PurgeReport

_PREFIX: Final = "plan-"
_SHOWN: Final = 3
_ROWS: Final = 1_000
"""Rows of a printed table at most."""
_LISTED: Final = 1_000
"""Segments up to which `plan --json` lists each segment besides the intervals."""

app = typer.Typer(help="Retention: plan, look, apply.", no_args_is_help=True)
Policies = Annotated[
    Path | None, typer.Option("--policies", help="Policy file; else the file of the settings.")
]


@app.command()
def plan(
    policies: Policies = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the plan.")] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Also each stretch of a camera's footage, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what would be deleted, and why.

    By district, site and camera, beside what is stored, and what holds save. Deletes nothing, and
    writes the plan that `apply` takes.
    """
    from infra.cmds.retention_view import emit_shares, show_shares
    from infra.host.private import give_out
    from infra.wiring import wired

    with wired() as parts:
        made, path = parts.retention.plan(_policies(parts, policies), to=out)
        if out:
            shares = parts.retention.shares(made)
            give_out(out)
        else:
            shares = parts.retention.count(made)
        if as_json:
            _emit(made, path, {**_listing(parts.catalogue, made), **emit_shares(shares)})
            return
        zone = parts.settings.zone
    show_shares(shares, zone)
    totals = made.totals
    if rows:
        _show(f"{counted(totals['segments'], 'segment')} would go", made.due, zone)
        if totals["held_segments"]:
            held = counted(totals["held_segments"], "segment")
            _show(f"{held} due but held", made.held, zone)
    if totals.get("originals"):
        files, much = counted(totals["originals"], "original file"), size(totals["original_bytes"])
        print(f"and {files} of imports, {much}, each with the last of its segments")
    if not totals["segments"]:
        print("nothing is due")
        return
    print(f"the plan is in {path}")
    print(f"apply it with: footage retention apply {path if out else made.id}")


@app.command()
def apply(
    chosen: Annotated[
        str,
        typer.Argument(metavar="PLAN", help="Id of a plan, or the beginning of an id; or a file."),
    ],
    policies: Policies = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Apply a plan, once, after asking.

    Refused when the facts changed, resumed when it was interrupted. Exit code 4 when the store
    refused some deletions: apply the plan again. Exit code 6 when nobody agreed: give --yes where
    nobody can be asked.
    """
    from footage.action import Purpose
    from infra.wiring import wired

    with wired() as parts:
        plan = _read(chosen, parts.retention.folder)
        rules = _policies(parts, policies)
        _require_yes(parts, plan, yes=yes)
        who = Purpose(parts.settings.actor, "retention", "policy")
        with progress("segments") as bar:
            done = parts.purge.apply(plan, rules, who, bar)
    if as_json:
        emit(done.to_json())
    else:
        _tell(done)
        for spared in done.spared:
            print(f"spared: {spared.segment}: {spared.reason}")
        for key in done.failed:
            print(f"not deleted yet, apply again: {key}")
        for key in done.missing:
            print(f"was gone from the store already: {key}")
        unnamed = done.totals["spared"] + done.totals["failed"] - len(done.spared + done.failed)
        if unnamed:
            print(f"and {unnamed} more that are spared or not deleted yet")
    if not done.complete:
        raise typer.Exit(4)


@app.command()
def forecast(
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    policies: Policies = None,
    ahead: Annotated[
        int, typer.Option(metavar="DAYS", min=1, max=730, help="Days to look ahead.")
    ] = 90,
    room: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="What the store can still take, e.g. 40TB; else as it tells."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell when the store is full, and which cameras fall short.

    Short is a camera that will not reach back as far as the policy about it says.

    At the rate of the last week, all cameras together; cameras and places narrow what is listed.
    """
    from footage.bytesize import parse_size
    from footage.scope import Scope
    from infra.cmds.retention_view import emit_forecast, show_forecast
    from infra.wiring import wired

    with wired() as parts:
        found = parts.forecaster.of(
            Scope.parse(cameras, sites, districts, near or ""),
            parts.clock.now(),
            ahead=ahead,
            policies=_policies(parts, policies) if policies else None,
            room=parse_size(room) if room else None,
        )
        zone = parts.settings.zone
    if as_json:
        emit(emit_forecast(found))
    else:
        show_forecast(found, zone)


@app.command()
def daily(
    once: Annotated[bool, typer.Option("--once", help="Run now, and end.")] = False,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Serve /metrics and /healthz here.")
    ] = "",
) -> None:
    """Apply the policies daily.

    At `retention.run_at`, until SIGTERM or Ctrl-C, as `footage run` does beside recording: for
    systems in which `footage record` and `footage index` run apart. The custody log is checked and
    vectors are scrubbed daily too. A plan that would delete an unusual share of a camera, or all
    of the camera's footage, waits for a person. With --once retention alone is done, now: exit code
    6 where a plan waits.
    """
    import threading

    from infra.cmds.doctor_access import closed_paths
    from infra.config.release import version
    from infra.host import logs
    from infra.host.private import warn_if_open
    from infra.node.daily_status import DailyStatus
    from infra.node.home import default_node
    from infra.node.metrics import Metrics
    from infra.node.report import NodeFacts
    from infra.node.served_metrics import metrics_served
    from infra.run.daily import apply_policies, daily_jobs
    from infra.run.ledger_upkeep import custody_kept
    from infra.wiring import wired

    if once and listen:
        raise BadInput("--listen is for running daily, not for --once")
    stopping = threading.Event()
    with wired() as parts, logs.configured(parts.settings.logs.level):
        parts.in_force.settings(parts.settings)
        warn_if_open(closed_paths(parts))
        if once:
            _tell_daily(apply_policies(parts, stopping))
            return
        status = DailyStatus(parts.clock)
        metrics = Metrics(None, lambda: NodeFacts(default_node(), version()), daily=status.outcomes)
        with (
            daily_jobs(parts, status, stopping),
            custody_kept(parts),
            metrics_served(metrics, listen, parts.clock) as address,
        ):
            print(f"retention daily at {parts.settings.retention.run_at} UTC", flush=True)
            if address:
                print(f"metrics at http://{address}/metrics", flush=True)
            threading.Event().wait()  # until a signal raises


def _tell_daily(done: "DailyReport") -> None:
    """Print what a daily run did."""
    if done.recovered:
        print(f"{counted(done.recovered, 'segment')} of interrupted purges settled")
    if done.purge is None:
        print("nothing was due, or there is no policy file")
    else:
        _tell(done.purge)


def _require_yes(parts: "Parts", plan: "RetentionPlan", *, yes: bool) -> None:
    """Say on standard error what `plan` deletes, and ask.

    Raises:
        Refused: Nobody agreed.
    """
    from retention.share_text import summed_up

    print(f"{plan.id} deletes {summed_up(parts.retention.shares(plan))}", file=sys.stderr)
    if yes or not plan.totals["segments"]:
        return
    if not sys.stdin.isatty():
        raise Refused("nothing was deleted: nobody is there to be asked", hint="give --yes")
    if not typer.confirm("Delete for good?", err=True):
        raise Refused("nothing was deleted")


def _tell(done: "PurgeReport") -> None:
    """Print what this run deleted, and what all runs of the plan together did."""
    mine = done.this_run
    print(f"{counted(mine['purged'], 'segment')} deleted, {size(mine['bytes'])} freed")
    if count := mine.get("originals", 0):
        print(f"{counted(count, 'original file')} deleted, {size(mine['original_bytes'])} freed")
    if done.purged != mine["purged"]:
        print(
            f"by all runs of this plan: {counted(done.purged, 'segment')}, {size(done.bytes_freed)}"
        )


def _read(chosen: str, folder: Path) -> "RetentionPlan":
    """Read the plan file `chosen`, or the plan in `folder` whose id is or begins with `chosen`."""
    from retention.plan_file import read_plan

    path = Path(chosen)
    named = not path.is_file()
    if named:
        path = _file(chosen, folder)
    plan = read_plan(path)
    if named and plan.id != path.stem:
        raise BadInput(f"{path} holds another plan, {plan.id}", hint="make a new plan")
    return plan


def _file(chosen: str, folder: Path) -> Path:
    if not chosen.startswith(_PREFIX):
        raise NotFound(
            f"no plan file {chosen}",
            hint="give the id or the file that `footage retention plan` printed",
        )
    # Versions before wrote ".json": such a file is found, and refused when read.
    known = sorted((path.stem, path) for path in folder.glob(f"{_PREFIX}*.json*"))
    fitting = [each for each in known if each[0].startswith(chosen)]
    exact = [path for name, path in fitting if name == chosen]
    if exact:
        return exact[0]
    if not fitting:
        raise NotFound(
            f"no plan {chosen} in {folder}",
            hint="`footage retention plan` makes one; one made with --out is applied by its file",
        )
    if len(fitting) > 1:
        raise BadInput(
            f"{len(fitting)} plans begin with {chosen}: "
            f"{', '.join(name for name, _ in fitting[:_SHOWN])}"
            f"{' ...' if len(fitting) > _SHOWN else ''}",
            hint="give the whole id",
        )
    return fitting[0][1]


def _policies(parts: "Parts", file: Path | None) -> "Sequence[Policy]":
    from infra.config.policy_file import load_policies

    parts.in_force.settings(parts.settings)
    policies = load_policies(file, parts.known_names) if file else parts.policies()
    parts.in_force.policies(policies, file.absolute() if file else parts.policy_path)
    if policies is None:
        where = file or parts.home / "policies.toml"
        raise Misconfigured(f"no policy file at {where}", hint="without one everything is kept")
    return policies


def _show(title: str, items: "Iterable[PlanItem]", zone: str) -> None:
    shown = list(islice(items, _ROWS + 1))
    table(
        title,
        ("camera", "from", "to", "segments", "size", "why"),
        (
            (
                item.camera,
                local(item.interval.start, zone),
                local(item.interval.end, zone),
                str(item.span.segments),
                size(item.span.size_bytes),
                "; ".join(item.reasons),
            )
            for item in shown[:_ROWS]
        ),
    )
    if len(shown) > _ROWS:
        print("and more: the plan's file has a line for each")


def _listing(catalogue: "Catalogue", plan: "RetentionPlan") -> dict[str, object]:
    """Each segment of a plan, due or held; null for a plan of more than `_LISTED` segments."""
    if plan.totals["segments"] + plan.totals["held_segments"] > _LISTED:
        return {"segments": None, "held": None}
    due = [line for item in plan.due for line in _segments(catalogue, item)]
    going = {line["id"] for line in due}  # a held item may include a segment that is due
    held = [
        line for item in plan.held for line in _segments(catalogue, item) if line["id"] not in going
    ]
    return {"segments": due, "held": held}


def _segments(catalogue: "Catalogue", item: "PlanItem") -> list[dict[str, object]]:
    from footage.ports import Scope

    scope = Scope(cameras=frozenset({item.camera}))
    return [
        {
            "id": segment.key,
            "camera": segment.camera,
            "start": str(segment.interval.start),
            "end": str(segment.interval.end),
            "bytes": segment.size_bytes,
            "digest": str(segment.digest),
            "rule": item.rule,
            "reasons": list(item.reasons),
            **({"holds": list(item.holds)} if item.holds else {}),
        }
        for segment in catalogue.segments(scope, item.interval)
        if item.includes(segment)
    ]


def _emit(plan: "RetentionPlan", file: Path, listing: dict[str, object]) -> None:
    """Print the plan as JSON, the intervals one at a time: a plan may be larger than memory."""
    head = {
        "file": str(file.absolute()),
        "plan": plan.id,
        "created": str(plan.created),
        "policies": plan.policies,
        **listing,
        "totals": dict(plan.totals),
    }
    print(f"{json.dumps(head, indent=2, ensure_ascii=False).removesuffix('}').rstrip()},")
    print('  "intervals": [', end="")
    between = "\n"
    for item in plan.items:
        print(f"{between}    {json.dumps(item.to_json(), ensure_ascii=False)}", end="")
        between = ",\n"
    print("\n  ]\n}")
