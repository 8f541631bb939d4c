"""When retention may delete what was imported, by the policies of now, and what holds it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.hold import Hold
    from footage.instant import Instant
    from footage.segment import Segment
    from footage.stays import Stay
    from retention.policy import Policy


class Expiry:
    """Tells of imported segments when they may be deleted.

    Args:
        policies: Policies in force; None without a policy file: everything is kept.
        holds: Standing holds, those of the import included.
        now: Instant at which the policies are asked.
        authority: On whose authority a dry run's import would be held; "" where it would not.
        stays: Places of cameras, by which policies of a site or district count.
    """

    def __init__(
        self,
        policies: "Sequence[Policy] | None",
        holds: "Iterable[Hold]",
        now: "Instant",
        authority: str = "",
        *,
        stays: "Iterable[Stay]" = (),
    ) -> None:
        from retention.policy import Judge

        self._judge = Judge(policies, (), now, stays) if policies else None
        self._holds = [hold for hold in holds if hold.active]
        self._authority = authority

    def facts(self, segments: "Sequence[Segment]") -> dict[str, object]:
        """Columns of the report: `policy`, `deleted_from`, `held_by`; empty where not known.

        `deleted_from` is the instant from which the first segment may go; a hold comes before it.
        """
        from footage.hold import covering

        empty: dict[str, object] = {"policy": "", "deleted_from": "", "held_by": []}
        if not segments:
            return empty
        held = {hold.id for one in segments for hold in covering(self._holds, one)}
        due = [self._judge.due_from(one.camera, one) for one in segments] if self._judge else []
        named = [(at, policy.name) for found in due if found for policy, at in [found]]
        dated = min(((at, name) for at, name in named if at is not None), default=None)
        at, name = dated or (None, named[0][1] if named else "")
        return {
            "policy": name,
            "deleted_from": str(at) if at else "",
            "held_by": sorted(held) or ([self._authority] if self._authority else []),
        }


def words(facts: "Mapping[str, object]", zone: str) -> str:
    """The columns as words; "" where nobody asked."""
    from footage.instant import Instant
    from infra.cmds.output import local

    if facts["policy"] is None:
        return ""
    held = ", ".join(map(str, _listed(facts["held_by"])))
    if held:
        return f"held by {held}: not deleted while that stands"
    if facts["deleted_from"]:
        at = local(Instant.parse(str(facts["deleted_from"])), zone)
        return f"policy {facts['policy']!r} deletes this from {at} on"
    return "no policy deletes this"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
