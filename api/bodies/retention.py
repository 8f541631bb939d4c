"""Bodies of requests and responses about retention: policies, plans, and what a plan deletes."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from api.bodies.wire import CaseText, CodeText, Id, InstantText, ScopeIn, Wire, plain, text_of
from api.policies import PolicyText
from api.retention import Confirmed, KnownPlan
from retention.forecast import CameraForecast, Forecast, Reaching, Stored
from retention.plan import PlanItem
from retention.plan_file import PlanFile, PlanPage
from retention.policy import Policy
from retention.share_text import summed_up
from retention.shares import Share, Whose

PlanText = Annotated[
    str,
    Field(pattern=r"^plan-[0-9a-f]{32}$", examples=["plan-9f86d081884c7d659a2feaa0c55ad015"]),
]
_MOST_NAMED = 1_000
_TomlText = Annotated[
    str,
    Field(
        **plain(500_000),
        description="TOML, as docs/retention.md describes the policy file.",
        examples=['[[policy]]\nname = "streets"\nkeep = "30d"\n'],
    ),
]
Count = Annotated[int, Field(ge=0, le=1 << 53)]


class MatchOut(Wire):
    """The footage that a policy is about; an empty list does not restrict."""

    camera: list[str]
    site: list[str]
    retention_class: list[str]
    district: list[str]


class PolicyOut(Wire):
    """A policy: footage that matches is due once it is older than `keep_s` seconds."""

    name: str
    keep_s: Annotated[float, Field(examples=[2_592_000.0])]
    match: Annotated[MatchOut | None, Field(description="Null: everything.")]

    @classmethod
    def of(cls, policy: Policy) -> "PolicyOut":
        """Make the body from a policy."""
        match = policy.match
        return cls(
            name=policy.name,
            keep_s=policy.keep.in_seconds,
            match=match
            and MatchOut(
                camera=sorted(match.cameras),
                site=sorted(match.sites),
                retention_class=sorted(match.classes),
                district=sorted(match.districts),
            ),
        )


class PoliciesOut(Wire):
    """The policies in force; `toml` null: there is no policy file, and everything is kept.

    `policies` is null where nothing can be planned by the file; `wrong` says why.
    """

    toml: str | None
    policies: list[PolicyOut] | None
    wrong: str

    @classmethod
    def of(cls, found: PolicyText) -> "PoliciesOut":
        """Make the body from the policy file."""
        policies = found.policies
        return cls(
            toml=found.text,
            policies=None if policies is None else [PolicyOut.of(one) for one in policies],
            wrong=found.wrong,
        )


class PoliciesIn(Wire):
    """A policy file to put in force."""

    toml: Annotated[_TomlText, Field(min_length=1)]
    case: CaseText = ""
    purpose: CodeText = ""


class PolicyChange(Wire):
    """A policy that differs, in words; null where it is absent."""

    name: str
    before: str | None
    after: str | None


class PoliciesPut(Wire):
    """Differences from the policies before; `saved`: whether the new policies are in force now."""

    saved: bool
    changes: list[PolicyChange]
    policies: list[PolicyOut]


class PlanIn(Wire):
    """A request for a plan of what would be deleted now.

    `toml`: policies to plan by, to see what they would do; such a plan is applied only once they
    are in force. Empty: the policies in force.
    """

    toml: _TomlText = ""
    case: CaseText = ""
    purpose: CodeText = ""


class ApplyIn(Wire):
    """A request to delete what a plan lists, for good, with the numbers that the person read."""

    segments: Annotated[Count, Field(description="`segments` of the plan's totals.")]
    emptied_cameras: Annotated[
        Count, Field(description="Cameras of which the plan deletes all that is stored.")
    ]
    case: CaseText = ""
    purpose: CodeText = ""

    @property
    def confirmed(self) -> Confirmed:
        """Counts of the plan that the person read."""
        return Confirmed(self.segments, self.emptied_cameras)


class PlanTotals(Wire):
    """Sums of a plan; `held_segments` are due, and saved by holds."""

    segments: int
    bytes: int
    cameras: int
    held_segments: int
    held_bytes: int
    originals: Annotated[int, Field(description="Original files of imports that go too.")] = 0
    original_bytes: int = 0


class ShareOut(Wire):
    """Segments that a plan deletes, beside those that holds save and those that are stored."""

    segments: int
    bytes: int
    held_segments: int
    held_bytes: int
    stored_segments: int
    stored_bytes: int
    until: Annotated[InstantText | None, Field(description="Latest end of what would go.")]


def _share(share: Share) -> dict[str, object]:
    return {
        "segments": share.due,
        "bytes": share.due_bytes,
        "held_segments": share.held,
        "held_bytes": share.held_bytes,
        "stored_segments": share.stored,
        "stored_bytes": share.stored_bytes,
        "until": text_of(share.end),
    }


class CameraShareOut(ShareOut):
    """A camera's share at a place; a camera that moved has a share at each place."""

    district: str
    site: str
    camera: Id

    @classmethod
    def of(cls, whose: Whose, share: Share) -> "CameraShareOut":
        """Make the body from a share."""
        named = {"district": whose.district, "site": whose.site, "camera": whose.camera}
        return cls.model_validate({**named, **_share(share)})


class SiteShareOut(ShareOut):
    """The share of a site."""

    site: str


class DistrictShareOut(ShareOut):
    """The share of a district, and of each of its sites of which something is due."""

    district: str
    sites: list[SiteShareOut]


class RuleOut(Wire):
    """Segments that go by a rule."""

    rule: str
    segments: int
    bytes: int


class PlanOut(Wire):
    """A plan: what goes, by district and site, and the cameras of which everything goes."""

    plan: PlanText
    created: InstantText
    policies: Annotated[str, Field(description="Digest of the policies.")]
    in_force: Annotated[bool, Field(description="Whether these policies are those in force.")]
    totals: PlanTotals
    summary: Annotated[str, Field(description="The plan in a sentence.")]
    counted: Annotated[InstantText, Field(description="When it was counted what is stored.")]
    emptied_cameras: int
    emptied: Annotated[list[Id], Field(description="The first thousand of them.")]
    districts: list[DistrictShareOut]
    rules: list[RuleOut]

    @classmethod
    def of(cls, known: KnownPlan) -> "PlanOut":
        """Make the body from a plan with its sums."""
        plan, shares = known.plan, known.counted.shares
        emptied = shares.emptied
        return cls(
            plan=plan.id,
            created=str(plan.created),
            policies=plan.policies,
            in_force=known.in_force,
            totals=PlanTotals.model_validate(plan.totals),
            summary=summed_up(shares),
            counted=str(known.counted.at),
            emptied_cameras=len(emptied),
            emptied=list(emptied[:_MOST_NAMED]),
            districts=[
                DistrictShareOut.model_validate(
                    {
                        "district": district,
                        **_share(share),
                        "sites": [
                            {"site": site, **_share(of_site)}
                            for site, of_site in shares.sites(district).items()
                            if of_site.due or of_site.held
                        ],
                    }
                )
                for district, share in shares.districts().items()
                if share.due or share.held
            ],
            rules=[
                RuleOut(rule=rule, segments=segments, bytes=size)
                for rule, (segments, size) in sorted(shares.by_rule.items())
            ],
        )


class PlanName(Wire):
    """A plan that is kept."""

    plan: PlanText
    created: InstantText


class Plans(Wire):
    """Plans that are kept, the newest first; of those left by a daily run too."""

    plans: list[PlanName]

    @classmethod
    def of(cls, found: Iterable[PlanFile]) -> "Plans":
        """Make the body from plan files."""
        return cls(plans=[PlanName(plan=one.plan, created=str(one.created)) for one in found])


class CameraShares(Wire):
    """A page of the shares of cameras, by district, site and camera."""

    cameras: list[CameraShareOut]
    next_cursor: int | None


class PlanRowOut(Wire):
    """A stretch of a camera's footage that goes, or that `holds` save, and the reasons."""

    camera: Id
    site: str
    district: str
    retention_class: str
    start: InstantText
    end: InstantText
    segments: int
    bytes: int
    rule: str
    reasons: list[str]
    holds: list[str]
    original_bytes: Annotated[
        int | None, Field(description="Size of the original file that goes too.")
    ]

    @classmethod
    def of(cls, item: PlanItem) -> "PlanRowOut":
        """Make the body from an item of a plan."""
        span = item.span
        return cls(
            camera=item.camera,
            site=span.site,
            district=span.district,
            retention_class=span.retention_class,
            start=str(span.interval.start),
            end=str(span.interval.end),
            segments=span.segments,
            bytes=span.size_bytes,
            rule=item.rule,
            reasons=list(item.reasons),
            holds=list(item.holds),
            original_bytes=item.original.size_bytes if item.original else None,
        )


class PlanRows(Wire):
    """A page of the rows of a plan, by camera and start."""

    rows: list[PlanRowOut]
    next_cursor: int | None

    @classmethod
    def of(cls, page: PlanPage) -> "PlanRows":
        """Make the body from a page of a plan file."""
        return cls(rows=list(map(PlanRowOut.of, page.items)), next_cursor=page.following)


class PlanAskedOut(Wire):
    """A plan that was asked for; `toml` empty: by the policies in force."""

    toml: str


class PlanMadeOut(Wire):
    """A plan that was made."""

    plan: PlanText
    created: InstantText
    totals: PlanTotals
    emptied_cameras: int
    summary: str


class ApplyAskedOut(Wire):
    """A plan to apply, as it was confirmed."""

    plan: PlanText
    segments: int
    emptied: list[Id]


class SparedOut(Wire):
    """A segment that was planned and kept, and the reason."""

    id: str
    reason: str


class PurgedOut(Wire):
    """Result of a plan that was applied; lists name the first hundred.

    Where `complete` is false the store did not delete `failed`: apply the plan again.
    """

    plan: PlanText
    complete: bool
    resumed: bool
    spared: list[SparedOut]
    failed: list[str]
    missing: Annotated[list[str], Field(description="Gone from the store before.")]
    totals: dict[str, int]
    this_run: dict[str, int]


class ForecastIn(ScopeIn):
    """A request for a forecast of the store.

    Cameras and places are those to give forecasts of; none: all. Bytes by day, and the day on which
    the store is full, are of all cameras.
    """

    toml: _TomlText = ""
    ahead: Annotated[int, Field(ge=1, le=730, description="Days to look ahead.")] = 90
    room: Annotated[
        Count | None,
        Field(description="Bytes that the store can still take; null: as the store tells."),
    ] = None


class CameraForecastOut(Wire):
    """The forecast of a camera, at the place that the newest footage of the camera bears.

    `rate` is bytes recorded a day, imports left out. `held_bytes` counts whole stretches of days
    of which a hold covers some. Fields in `_s` are seconds: `keep_s` the time of the policy,
    `covers_s` from the oldest recorded footage to now, `will_cover_s` what will be covered when the
    policy's time is reached or the store is full.
    """

    camera: Id
    district: str
    site: str
    bytes: int
    held_bytes: int
    oldest: InstantText | None
    newest: InstantText | None
    rate: int
    policy: Annotated[str, Field(description="Empty: no policy is about the camera.")]
    keep_s: float | None
    covers_s: float
    will_cover_s: float | None
    reaches_on: InstantText | None
    reaching: Annotated[
        Reaching,
        Field(
            description="`short`: the store is full before the policy's time is reached; "
            "`nothing`: should be recorded, and nothing is stored; `silent`: nothing of the last "
            "day is stored; `growing`; `reached`; `kept`: no policy, everything is kept."
        ),
    ]

    @classmethod
    def of(cls, one: CameraForecast) -> "CameraForecastOut":
        """Make the body from a forecast."""
        return cls(
            camera=one.camera,
            district=one.district,
            site=one.site,
            bytes=one.size_bytes,
            held_bytes=one.held_bytes,
            oldest=text_of(one.oldest),
            newest=text_of(one.newest),
            rate=one.rate,
            policy=one.policy,
            keep_s=one.keep and one.keep.in_seconds,
            covers_s=one.covers.in_seconds,
            will_cover_s=one.will_cover and one.will_cover.in_seconds,
            reaches_on=text_of(one.reaches_on),
            reaching=one.reaching,
        )


class SiteStoredOut(Wire):
    """Stored footage of a site, and bytes recorded at the site a day."""

    district: str
    site: str
    bytes: int
    cameras: int
    oldest: InstantText
    rate: int

    @classmethod
    def of(cls, district: str, site: str, stored: Stored) -> "SiteStoredOut":
        """Make the body from sums."""
        return cls(
            district=district,
            site=site,
            bytes=stored.size_bytes,
            cameras=stored.cameras,
            oldest=str(stored.oldest),
            rate=stored.rate,
        )


class ForecastOut(Wire):
    """Stored footage, and the forecast at the rate of the last week.

    `by_day` is bytes stored now and on each day ahead. `full_on` is the first day whose bytes have
    no room; null: none of `by_day`, or the room is not known.
    """

    at: InstantText
    bytes: int
    rate: int
    room: int | None
    full_on: InstantText | None
    by_day: list[int]
    reaching: Annotated[
        dict[Reaching, int], Field(description="Number of cameras, of those asked about.")
    ]
    sites: list[SiteStoredOut]
    held: Annotated[
        dict[str, int],
        Field(description="Bytes of what each standing hold covers, by the share of time."),
    ]
    cameras: Annotated[
        list[CameraForecastOut], Field(description="The first thousand, the worst first.")
    ]

    @classmethod
    def of(cls, found: Forecast) -> "ForecastOut":
        """Make the body from a forecast."""
        return cls(
            at=str(found.at),
            bytes=found.size_bytes,
            rate=found.rate,
            room=found.room,
            full_on=text_of(found.full_on),
            by_day=list(found.by_day),
            reaching=dict(Counter(one.reaching for one in found.cameras)),
            sites=[SiteStoredOut.of(*place, stored) for place, stored in found.sites.items()],
            held={str(hold): size for hold, size in found.held.items()},
            cameras=[CameraForecastOut.of(one) for one in found.cameras[:_MOST_NAMED]],
        )
