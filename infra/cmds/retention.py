"""`footage retention`: list planned deletions with reasons, then apply exactly that plan."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import BadInput, Misconfigured, NotFound
from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, size, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.wiring import Parts
    from retention.plan import PlanItem, RetentionPlan
    from retention.policy import Policy

_PREFIX: Final = "plan-"
_SHOWN: Final = 3

app = typer.Typer(help="Retention: plan, look, apply.", no_args_is_help=True)
Policies = Annotated[
    Path | None, typer.Option("--policies", help="Policy file; else the file of the settings.")
]


@app.command()
def plan(
    policies: Policies = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the plan.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what would be deleted, and why.

    Also what holds save. Deletes nothing, and writes the plan that `apply` takes.
    """
    from footage import durable
    from infra.wiring import wired

    with wired() as parts:
        made = parts.retention.plan(_policies(parts, policies))
        path = out or _folder(parts) / f"{made.id}.json"
        with durable.seam(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            durable.replace(path, made.to_json().encode())
        zone = parts.settings.zone
    if as_json:
        emit({"file": str(path.absolute()), **json.loads(made.to_json())})
        return
    _show(f"{len(made.segments)} segments would go", made.segments, zone)
    if made.held:
        _show(f"{len(made.held)} segments are due but held", made.held, zone)
    print(
        f"{size(made.totals['bytes'])} would be freed, {size(made.totals['held_bytes'])} are held"
    )
    print(f"the plan is in {path}")
    print(f"apply it with: footage retention apply {path if out else made.id}")


@app.command()
def apply(
    chosen: Annotated[
        str,
        typer.Argument(metavar="PLAN", help="Id of a plan, or the beginning of an id; or a file."),
    ],
    policies: Policies = None,
    as_json: AsJson = False,
) -> None:
    """Apply a plan, once.

    Refused when the facts changed, resumed when it was interrupted. Exit code 4 when the store
    refused some deletions: apply the plan again.
    """
    from footage.action import Purpose
    from infra.wiring import wired

    with wired() as parts:
        plan = _read(chosen, _folder(parts))
        who = Purpose(parts.settings.actor, "retention", "policy")
        done = parts.purge.apply(plan, _policies(parts, policies), who)
    if as_json:
        emit(done.to_json())
    else:
        print(f"{len(done.purged)} segments deleted, {size(done.bytes_freed)} freed")
        for spared in done.spared:
            print(f"spared: {spared.segment}: {spared.reason}")
        for key in done.failed:
            print(f"not deleted yet, apply again: {key}")
    if not done.complete:
        raise typer.Exit(4)


def _folder(parts: "Parts") -> Path:
    """The folder of the plans that `plan` wrote without `--out`."""
    return parts.home / "plans"


def _read(chosen: str, folder: Path) -> "RetentionPlan":
    """Read the plan file `chosen`, or the plan in `folder` whose id is or begins with `chosen`."""
    from retention.plan import RetentionPlan

    path = Path(chosen)
    named = not path.is_file()
    if named:
        path = folder / f"{_id(chosen, folder)}.json"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(
            f"the plan cannot be read: {exc}", hint="`footage retention plan` makes a new one"
        ) from exc
    plan = RetentionPlan.from_json(text)
    if named and plan.id != path.stem:
        raise BadInput(f"{path} holds another plan, {plan.id}", hint="make a new plan")
    return plan


def _id(chosen: str, folder: Path) -> str:
    if not chosen.startswith(_PREFIX):
        raise NotFound(
            f"no plan file {chosen}",
            hint="give the id or the file that `footage retention plan` printed",
        )
    known = sorted(path.stem for path in folder.glob(f"{_PREFIX}*.json"))
    fitting = [each for each in known if each.startswith(chosen)]
    if chosen in fitting:
        return chosen
    if not fitting:
        raise NotFound(
            f"no plan {chosen} in {folder}",
            hint="`footage retention plan` makes one; one made with --out is applied by its file",
        )
    if len(fitting) > 1:
        raise BadInput(
            f"{len(fitting)} plans begin with {chosen}: {', '.join(fitting[:_SHOWN])}"
            f"{' ...' if len(fitting) > _SHOWN else ''}",
            hint="give the whole id",
        )
    return fitting[0]


def _policies(parts: "Parts", file: Path | None) -> "Sequence[Policy]":
    from infra.config.policy_file import load_policies

    policies = load_policies(file) if file else parts.policies()
    if policies is None:
        where = file or parts.home / "policies.toml"
        raise Misconfigured(f"no policy file at {where}", hint="without one everything is kept")
    return policies


def _show(title: str, items: "Sequence[PlanItem]", zone: str) -> None:
    table(
        title,
        ("camera", "from", "to", "size", "why"),
        (
            (
                item.camera,
                local(item.interval.start, zone),
                local(item.interval.end, zone),
                size(item.size_bytes),
                "; ".join(item.reasons),
            )
            for item in items
        ),
    )
