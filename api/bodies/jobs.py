"""Bodies of requests and responses about jobs and exports."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from fastapi import Header
from pydantic import Field

from api.bodies.custody import VerifiedOut, VerifyAskedOut
from api.bodies.proxies import ProxiesAskedOut, ProxiesMadeOut
from api.bodies.retention import ApplyAskedOut, PlanAskedOut, PlanMadeOut, PurgedOut
from api.bodies.store import GuaranteesOut, ProbeAskedOut
from api.bodies.wire import (
    MOST_CAMERAS,
    CaseText,
    CodeText,
    Id,
    InstantText,
    ScopeIn,
    TimeText,
    Wire,
    plain,
    text_of,
)
from api.job_kinds import (
    ABSENCE,
    CUSTODY_VERIFY,
    EXPORT,
    EXPORT_VERIFY,
    PROXIES,
    RETENTION_APPLY,
    RETENTION_PLAN,
    STORE_PROBE,
    Sent,
)
from evidence.canonical import canonical
from evidence.redaction import MOST as MOST_REDACTIONS
from evidence.redaction import MOST_SHAPES
from footage.digest import Digest
from footage.instant import Instant
from footage.job import Job, JobState
from footage.recipient import RecipientKind

JobText = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77"],
    ),
]


IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{0,200}$",
        description="The same key with the same body gives the same job.",
    ),
]


def sent_as(body: Wire, key: str, *more: str) -> Sent:
    """Return how a request was sent: its key, and the digest of `body` and of what the path says.

    Args:
        body: The body of the request.
        key: The idempotency key.
        more: What the path names.
    """
    whole = {"body": body.model_dump(by_alias=True), "path": list(more)}
    return Sent(key, str(Digest.of(canonical(whole if more else whole["body"]))))


class RedactionIn(Wire):
    """Parts of a camera's pictures that its film for viewing covers, from `from` to `to`.

    Rectangles are `[x, y, width, height]`, polygons lists of corners `[x, y]`, in pixels of a
    picture of the size `picture`, `[width, height]`.
    """

    camera: Id
    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]
    picture: Annotated[list[int], Field(min_length=2, max_length=2, examples=[[1920, 1080]])]
    rectangles: Annotated[list[list[int]], Field(max_length=MOST_SHAPES)] = Field(
        default_factory=list, examples=[[[600, 200, 120, 160]]]
    )
    polygons: Annotated[list[list[list[int]]], Field(max_length=MOST_SHAPES)] = Field(
        default_factory=list
    )
    reason: Annotated[str, Field(**plain(1_000), examples=["a passer-by"])]


class ViewsIn(Wire):
    """Films for viewing in a bundle: a film of each camera, with the times below each picture.

    With redactions the films cover parts of the pictures. `alone`: the bundle holds no recorded
    pictures but these films, and says so.
    """

    language: Literal["en", "ur"] = "en"
    redactions: Annotated[list[RedactionIn], Field(max_length=MOST_REDACTIONS)] = Field(
        default_factory=list
    )
    alone: bool = False


class ViewsAskedOut(Wire):
    """Films for viewing that were asked for, with the number of redactions."""

    language: Literal["en", "ur"]
    redactions: int
    alone: bool


class ExportIn(ScopeIn):
    """Footage to export: everything the cameras have from `from` to `to`.

    By sites, districts or a circle (`near`): of each camera, of those in `cameras` where some are
    named, the time in which it stood there.
    """

    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]
    originals: Annotated[
        bool,
        Field(
            description="With the original files of imports; they may show more than was asked "
            "for, so this needs a grant without limits."
        ),
    ] = False
    views: Annotated[
        ViewsIn | None,
        Field(description="Films for viewing; null: none. Coding them takes a while."),
    ] = None
    recipient: Annotated[
        str, Field(**plain(1_000), description="Who is to be given the bundle, for the log.")
    ] = ""
    recipient_kind: Annotated[
        RecipientKind | None,
        Field(description="Of which kind the recipient is; unsaid counts as outside."),
    ] = None
    authority: Annotated[
        str,
        Field(**plain(1_000), description="On whose order.", examples=["court order 14/2026"]),
    ] = ""
    case: CaseText = ""
    purpose: CodeText = ""


class ExportVerifyIn(Wire):
    """A request to check the bundle that an export made."""


class AbsenceIn(Wire):
    """Cameras and the time of which a certificate of absence is asked."""

    cameras: Annotated[list[Id], Field(min_length=1, max_length=MOST_CAMERAS)]
    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]
    case: CaseText = ""
    purpose: CodeText = ""


class AbsenceAskedOut(Wire):
    """Cameras and the time of which a certificate of absence was asked."""

    cameras: list[str]
    start: InstantText
    end: InstantText


class AbsenceMadeOut(Wire):
    """A certificate of absence that was made; `manifest` is the digest to note at hand-over."""

    certificate: str
    manifest: Annotated[str, Field(examples=["sha256:9f86d081884c7d65..."])]
    proven: Annotated[
        bool, Field(description="Whether all absence in it is proven by leaves of the ledger.")
    ]
    ledger: Annotated[str, Field(description="Why the ledger proves nothing, else empty.")]
    download: Annotated[str, Field(description="Path of the certificate as a zip file.")]


class ExportAskedOut(Wire):
    """Footage of which an export was asked; segments and bytes as stored when asked."""

    cameras: list[str]
    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[42])]
    bytes: Annotated[int, Field(examples=[188_743_680])]
    originals: bool
    recipient: str = ""
    recipient_kind: RecipientKind | None = None
    authority: str = ""
    approval: Annotated[
        int, Field(description="Request whose approval the export uses; 0 for none.")
    ] = 0
    views: ViewsAskedOut | None = None
    sites: list[str] = Field(default_factory=list)
    districts: list[str] = Field(default_factory=list)
    near: Annotated[
        list[float] | None, Field(description="Latitude, longitude, metres.", max_length=3)
    ] = None
    stood: dict[str, list[list[InstantText]]] = Field(
        default_factory=dict,
        description="Of an export by place: start and end of each stay, by camera.",
    )


class ExportMadeOut(Wire):
    """A bundle that was made; `manifest` is the digest to note when the bundle is handed over."""

    bundle: str
    manifest: Annotated[str, Field(examples=["sha256:9f86d081884c7d65..."])]
    segments: int
    bytes: int
    originals: Annotated[int, Field(description="Original files of imports in the bundle.")]
    views: Annotated[int, Field(description="Films for viewing in the bundle.")] = 0
    gaps: int
    complete: bool
    download: Annotated[str, Field(description="Path of the bundle as a zip file.")]


class ExportVerifyAskedOut(Wire):
    """A check of a bundle that was asked for."""

    export: Annotated[JobText, Field(description="Job that made the bundle.")]
    bundle: str


class BundleVerdicts(Wire):
    """The verdicts of the verifier that each bundle holds, each independent of the others.

    `intact`: every file that the manifest lists is here and as listed. `complete`: nothing of the
    time asked for is missing. `committed`: the ledger proves every segment; `unknown key`: by a key
    that the bundle alone vouches for. `signer` and `time`: the signature over the manifest, and the
    time stamp over the signature. `camera_signed` is never checked.
    """

    intact: Literal["proven", "altered"]
    complete: Literal["yes", "no", "not checked"]
    signer: Literal["proven", "altered", "no", "unknown key", "not checked"]
    time: Literal["proven", "altered", "no", "unknown key", "not checked"]
    camera_signed: Literal["not checked"]
    committed: Literal["proven", "altered", "no", "unknown key", "not checked"]


class BundleFinding(Wire):
    """A fact found about a bundle; `gap`, `unread`, `withheld`, `added` alone are no alteration."""

    kind: Annotated[str, Field(examples=["gap"])]
    where: str
    message: str


class BundleEntry(Wire):
    """The export of a bundle as the custody log has it."""

    entry: int
    at: InstantText
    manifest: str
    same: Annotated[bool, Field(description="Whether the bundle's manifest is that one.")]


class ExportVerifiedOut(Wire):
    """Result of a check of a bundle; `findings` are the first hundred.

    `custody` null: the log has no export of this bundle, or `custody_unread` says why the log was
    not compared.
    """

    bundle: str
    manifest: Annotated[str, Field(description="Digest of the manifest, as read from the bundle.")]
    files: Annotated[int, Field(description="Files that the manifest lists.")]
    verdicts: BundleVerdicts
    findings: list[BundleFinding]
    findings_in_all: int
    imports: Annotated[list[str], Field(description="What is said of imports; the first hundred.")]
    custody: BundleEntry | None
    custody_unread: str


Asked = (
    ExportAskedOut
    | PlanAskedOut
    | ApplyAskedOut
    | VerifyAskedOut
    | ProbeAskedOut
    | ExportVerifyAskedOut
    | ProxiesAskedOut
    | AbsenceAskedOut
)
Made = (
    ExportMadeOut
    | PlanMadeOut
    | PurgedOut
    | VerifiedOut
    | GuaranteesOut
    | ExportVerifiedOut
    | ProxiesMadeOut
    | AbsenceMadeOut
)


def _export_made(job: Job) -> ExportMadeOut:
    made = {name: value for name, value in job.result.items() if name not in {"folder", "stood"}}
    download = f"/api/v1/exports/{job.id}/bundle.zip"
    return ExportMadeOut.model_validate({**made, "download": download})


def _absence_made(job: Job) -> AbsenceMadeOut:
    made = {name: value for name, value in job.result.items() if name != "folder"}
    download = f"/api/v1/absences/{job.id}/certificate.zip"
    return AbsenceMadeOut.model_validate({**made, "download": download})


def _export_asked(job: Job) -> ExportAskedOut:
    asked = dict(job.request)
    if isinstance(views := asked.get("views"), dict):
        asked["views"] = {**views, "redactions": len(views["redactions"])}
    return ExportAskedOut.model_validate(asked)


def _told(body: type[Wire]) -> Callable[[Job], Wire]:
    return lambda job: body.model_validate(dict(job.result))


_SHAPES: Final[Mapping[str, tuple[type[Wire], Callable[[Job], Wire]]]] = {
    EXPORT: (ExportAskedOut, _export_made),
    EXPORT_VERIFY: (ExportVerifyAskedOut, _told(ExportVerifiedOut)),
    ABSENCE: (AbsenceAskedOut, _absence_made),
    RETENTION_PLAN: (PlanAskedOut, _told(PlanMadeOut)),
    RETENTION_APPLY: (ApplyAskedOut, _told(PurgedOut)),
    CUSTODY_VERIFY: (VerifyAskedOut, _told(VerifiedOut)),
    STORE_PROBE: (ProbeAskedOut, _told(GuaranteesOut)),
    PROXIES: (ProxiesAskedOut, _told(ProxiesMadeOut)),
}
"""By kind of job: the body of what was asked for, and what makes the body of what came out."""


class JobOut(Wire):
    """A job.

    `version` goes up with each change. `done` and `total` are bytes of an export, days looked at of
    a plan, segments of its application and of proxies, cameras of a certificate of absence.
    `cancelling` says that a running job was asked to stop. `removed_after` is the end of the time
    for which the job and what it made are kept; null while the job has not ended.
    """

    job: JobText
    kind: Annotated[str, Field(examples=[EXPORT])]
    state: JobState
    version: int
    case: str
    purpose: str
    request: Asked
    done: int
    total: int
    cancelling: bool
    attempts: int
    created: InstantText
    started: InstantText | None
    ended: InstantText | None
    removed_after: InstantText | None
    result: Made | None
    error: Annotated[str, Field(description="Why the job failed, else empty.")]

    @classmethod
    def of(cls, job: Job, removed_after: Instant | None) -> "JobOut":
        """Make the body from the job's record, and when the job is removed."""
        asked, made = _SHAPES[job.kind]
        return cls(
            job=job.id,
            kind=job.kind,
            state=job.state,
            version=job.version,
            case=job.purpose.case,
            purpose=job.purpose.code,
            request=(
                _export_asked(job)
                if asked is ExportAskedOut
                else asked.model_validate(dict(job.request))
            ),
            done=job.work.done,
            total=job.work.total,
            cancelling=job.cancelling,
            attempts=job.attempts,
            created=str(job.created),
            started=text_of(job.started),
            ended=text_of(job.ended),
            removed_after=text_of(removed_after),
            result=made(job) if job.result else None,
            error=job.error,
        )


class JobPage(Wire):
    """A page of jobs, the newest first; `next_cursor` asks for the next page."""

    jobs: list[JobOut]
    next_cursor: JobText | None
