"""The register's tables. Instants are microseconds since 1970 UTC in BIGINT (invariant 8).

A change here goes with a new file in `migrations/versions`, and `HEAD` names the last of them; a
test compares the tables with what the migrations make.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

HEAD: Final = "0017"
"""The migration these tables correspond to."""

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _id(name: str, *constraints: ForeignKey, primary_key: bool = False) -> Column[str]:
    return Column(name, String(64), *constraints, primary_key=primary_key, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


DISTRICTS: Final = Table("districts", METADATA, _id("id", primary_key=True), _text("name"))

SITES: Final = Table(
    "sites",
    METADATA,
    _id("id", primary_key=True),
    _text("name"),
    _id("district", ForeignKey("districts.id")),
    Column("lat", Double, nullable=False),
    Column("lon", Double, nullable=False),
    Column("zone", Text, nullable=False, server_default=""),
)

CAMERAS: Final = Table(
    "cameras",
    METADATA,
    _id("id", primary_key=True),
    _text("name"),
    _id("site", ForeignKey("sites.id")),
    _id("district", ForeignKey("districts.id")),
    Column("lat", Double, nullable=False),
    Column("lon", Double, nullable=False),
    _text("source"),  # may hold a password: never in an error, statements hide their parameters
    _text("retention_class"),
    Column("source_secret_file", Text, nullable=False, server_default=""),
)

CAMERA_PLACES: Final = Table(
    # Where each camera stood, one row a stay; `cameras` has the place of the last.
    "camera_places",
    METADATA,
    _id("camera", ForeignKey("cameras.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # in the order told
    Column("since_us", BigInteger),  # NULL: nobody said since when
    _id("site", ForeignKey("sites.id")),
    _id("district", ForeignKey("districts.id")),
    Column("lat", Double, nullable=False),
    Column("lon", Double, nullable=False),
    Column("told_us", BigInteger),  # NULL: by a version before 0008
    Column("corrects", Boolean, nullable=False),  # a stay told before was wrong
    Column("replaced_us", BigInteger),  # NULL while the stay counts
)

HOLDS: Final = Table(
    "holds",
    METADATA,
    _id("id", primary_key=True),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    _text("authority"),
    _text("reason"),
    _text("case_ref"),
    _text("placed_by"),
    Column("placed_at_us", BigInteger, nullable=False),
    Column("released_at_us", BigInteger),  # NULL while the hold is active
    _text("released_by"),
    _text("release_reason"),
    Column("places", Text, nullable=False, server_default=""),  # JSON; "": on cameras alone
    Column(
        "order_text", Text, nullable=False, server_default=""
    ),  # JSON; "": for no order on paper
    CheckConstraint("end_us > start_us", name="interval"),
)

HOLD_CAMERAS: Final = Table(
    # No reference to cameras: a hold outlives the camera it is about.
    "hold_cameras",
    METADATA,
    _id("hold", ForeignKey("holds.id"), primary_key=True),
    _id("camera", primary_key=True),
)

HOLD_MARKS: Final = Table(
    # A row means: the hold's marks on stored objects may not agree with `holds` yet.
    "hold_marks",
    METADATA,
    _id("hold", ForeignKey("holds.id"), primary_key=True),
    Column("due_us", BigInteger, nullable=False),  # nothing to look at before
    Column("passes", Integer, nullable=False),  # done to the end since placing or releasing
)

STORE_GUARANTEES: Final = Table(
    # What each bucket or folder was seen to guarantee when it was last tried.
    "store_guarantees",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("seen_at_us", BigInteger, nullable=False),
    Column("digest_checked_put", Boolean, nullable=False),
    Column("retention", Boolean, nullable=False),
    Column("legal_hold", Boolean, nullable=False),
    Column("hold_outlives_retention", Boolean, nullable=False),
    _text("findings"),  # a JSON list of lines for people
)

PLANS: Final = Table(
    "plans",
    METADATA,
    _id("id", primary_key=True),
    Column("started_at_us", BigInteger, nullable=False),
    Column("finished_at_us", BigInteger),  # NULL: begun, not yet applied to its end
)

TOMBSTONES: Final = Table(
    # A row for each batch of segments, not for each segment: 1.4 million go on a city's day.
    "purge_batches",
    METADATA,
    _id("plan", primary_key=True),
    Column("first", Text, primary_key=True),  # key of the first segment
    _id("camera"),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    # The segments' whole records, a compressed JSON list: a resumed purge needs no catalogue row.
    Column("document", LargeBinary, nullable=False),
    _text("reason"),  # the rule that decided
    _text("spared"),  # JSON: by key of a segment that stays, the reason
    Column("open_keys", Text),  # JSON list of the keys still open; NULL: all but the spared
    Column("purged", BigInteger, nullable=False),  # number of segments that are gone
    Column("purged_bytes", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("closed_at_us", BigInteger),
    Index("ix_purge_batches_plan", "plan", "camera"),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at_us IS NULL)", name="closed"),
)

CUSTODY: Final = Table(
    "custody",  # one row: how far the custody log is anchored
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    _text("head"),
    # Hashes of the entries about to be written, in order, with blanks between.
    Column("announced", Text, nullable=False, server_default=""),
    CheckConstraint("id = 1", name="single"),
)

LEASE_TURNS: Final = Table(
    "lease_turns",  # one row: every change of nodes or leases locks the row first
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("serial", BigInteger, nullable=False),  # the last number given to a node or a lease
    CheckConstraint("id = 1", name="single"),
)


def _node_columns() -> list[Column[Any]]:
    return [
        Column("number", BigInteger, nullable=False),
        Column("seen", BigInteger, nullable=False),
        _text("home"),
        _text("address"),
        _text("secret"),  # proves the node's identity to other nodes: never in an error
        _text("node_group"),
        Column("ttl_us", BigInteger, nullable=False),
        Column("started_us", BigInteger, nullable=False),
        Column("deadline_us", BigInteger, nullable=False),
    ]


NODES: Final = Table(
    "nodes",  # recorders; times are microseconds of the database server's own clock
    METADATA,
    _id("id", primary_key=True),
    *_node_columns(),
)

LEASES: Final = Table(
    # No reference to cameras: a camera may be removed from the register while being recorded.
    "leases",
    METADATA,
    _id("camera", primary_key=True),
    _id("node", ForeignKey("nodes.id")),
    Column("token", BigInteger, nullable=False),
)

INDEXERS: Final = Table(
    "indexers",  # as `nodes`; the indexers of a room share its cameras
    METADATA,
    Column("room", Text, primary_key=True),
    _id("id", primary_key=True),
    *_node_columns(),
)

INDEXER_LEASES: Final = Table(
    "indexer_leases",
    METADATA,
    Column("room", Text, primary_key=True),
    _id("camera", primary_key=True),
    _id("node"),
    Column("token", BigInteger, nullable=False),
    ForeignKeyConstraint(["room", "node"], ["indexers.room", "indexers.id"]),
)

PEOPLE: Final = Table(
    "people",
    METADATA,
    _id("id", primary_key=True),
    _text("name"),
    _text("grants"),  # a JSON list
    Column("disabled", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

CREDENTIALS: Final = Table(
    "credentials",  # secrets: never in an error, statements hide their parameters
    METADATA,
    _id("person", ForeignKey("people.id"), primary_key=True),
    _text("password"),
    _text("totp"),
    _text("recovery"),  # JSON list of the digests of the codes not yet used
    Column("step", BigInteger),  # last time step whose code was taken; NULL: none was
    # JSON list of issuer and subject at an identity provider; NULL: no provider lets in.
    Column("identity", Text),
    Index("ix_credentials_identity", "identity", unique=True),
)

SIGN_IN_FAILURES: Final = Table(
    # Digests, not names: what was typed as the name may be a password.
    "sign_in_failures",
    METADATA,
    _id("name_digest", primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False, index=True),
)

SESSIONS: Final = Table(
    "sessions",  # a restore replaces the people, and thereby ends all sessions
    METADATA,
    _id("digest", primary_key=True),
    Column(
        "person",
        String(64),
        ForeignKey("people.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("started_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("issuer", Text, nullable=False, server_default=""),  # "": by password
)

PENDING_SIGN_INS: Final = Table(
    "pending_sign_ins",  # of browsers at an identity provider
    METADATA,
    _id("state_digest", primary_key=True),
    _id("browser_digest"),
    _text("after"),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

API_TOKENS: Final = Table(
    "api_tokens",
    METADATA,
    _id("id", primary_key=True),
    _text("digest"),
    _id("person", ForeignKey("people.id")),
    _text("label"),
    _text("permissions"),  # a JSON list
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),  # NULL while the token counts
)

SHARED_SECRETS: Final = Table(
    "shared_secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)

JOBS: Final = Table(
    "jobs",  # a restore replaces the people, and thereby removes all jobs
    METADATA,
    _id("id", primary_key=True),
    Column("person", String(64), ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    _text("kind"),
    _text("case_ref"),
    _text("purpose"),
    _text("request"),  # JSON
    _text("fingerprint"),
    Column("idempotency_key", Text),  # NULL: none
    Column("version", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("lapses", BigInteger, nullable=False),
    Column("state", Text, nullable=False, index=True),
    _text("owner"),  # "" unless the job is running
    _text("result"),  # JSON
    _text("error"),
    Column("cancelling", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("lease_until_us", BigInteger),  # NULL unless the job is running
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger, index=True),
    Index("ix_jobs_person", "person", "idempotency_key", unique=True),
)

CASES: Final = Table(
    "cases",
    METADATA,
    _id("id", primary_key=True),
    _text("reference"),
    Column("reference_digest", String(64), nullable=False),  # of the form that is compared
    _text("purpose"),
    _text("opened_by"),
    Column("opened_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("words_version", BigInteger, nullable=False),  # that of the newest words
    Column("exhibits", BigInteger, nullable=False),  # number of the last exhibit
    Column("turned_us", BigInteger),  # NULL: never closed
    _text("turned_by"),
    _text("turn_reason"),
    Index("ix_cases_reference_digest", "reference_digest", unique=True),
    Index("ix_cases_state", "state", "id"),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
)

CASE_MEMBERS: Final = Table(
    # No reference to people: whoever opened a case on the machine may have no account.
    "case_members",
    METADATA,
    _id("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("person", Text, primary_key=True),
    _text("added_by"),
    Column("added_us", BigInteger, nullable=False),
    Index("ix_case_members_person", "person", "case_id"),
)

CASE_EXHIBITS: Final = Table(
    # No reference to cameras: an exhibit outlives the camera it is of.
    "case_exhibits",
    METADATA,
    _id("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    _text("cameras"),  # a JSON list
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    _text("moment"),
    Column("best_us", BigInteger),
    _text("picture"),
    _text("box"),
    _text("added_by"),
    Column("added_us", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # that of the newest words
)

CASE_DOCUMENTS: Final = Table(
    # Rows are added, never changed; the files themselves are not kept.
    "case_documents",
    METADATA,
    _id("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("authority"),
    _text("name"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(71), nullable=False),
    _text("added_by"),
    Column("added_us", BigInteger, nullable=False),
)

CASE_WORDS: Final = Table(
    # Rows are added, never changed: what people wrote, in versions.
    "case_words",
    METADATA,
    _id("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("exhibit", Integer, primary_key=True, autoincrement=False),  # 0: about the case
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _text("title"),
    _text("text"),
    _text("written_by"),
    Column("written_us", BigInteger, nullable=False),
)

APPROVAL_REQUESTS: Final = Table(
    # No reference to people: whoever asks on the machine may have no account.
    "approval_requests",
    METADATA,
    # Numbered by the rows themselves: a restored register goes on behind the last.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    _text("asked_by"),
    _text("case_ref"),
    _text("purpose"),
    _text("asked"),  # canonical JSON
    Column("sha256", String(71), nullable=False),  # of `asked`
    Column("open_sha256", String(71)),  # the same while waiting or approved, else NULL
    Column("asked_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    _text("decided_by"),
    Column("decided_us", BigInteger),  # NULL: nobody decided
    _text("why"),
    Column("used_us", BigInteger),  # NULL: the approval was not used
    _text("used_for"),
    Index("ix_approval_requests_open_sha256", "open_sha256", unique=True),
    Index("ix_approval_requests_state", "state", "number"),
)

LEDGER: Final = Table(
    "ledger",  # one row: how far the ledger has come
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _id("log"),
    Column("size", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),  # leaves whose tiles are in the object store
    Column("edge", LargeBinary, nullable=False),  # of the tree of `stored` leaves
    _text("checkpoint"),
    Column("signed_us", BigInteger),  # NULL before the first checkpoint
    CheckConstraint("id = 1", name="single"),
)

LEDGER_WAITING: Final = Table(
    "ledger_waiting",  # segments that have no place in the tree yet
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    _text("key"),
    _id("camera"),
    _id("run"),
    Column("sequence", BigInteger, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("stored_us", BigInteger),  # NULL: not known
    Column("late", String(16), nullable=False),
    Index("ix_ledger_waiting_key", "key", unique=True),
)

LEDGER_PLACES: Final = Table(
    # No reference to anything: a place outlives segment and camera.
    "ledger_places",
    METADATA,
    Column("key", Text, primary_key=True),
    _id("camera"),
    Column("start_us", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("index", BigInteger, nullable=False),
    Index("ix_ledger_places_camera", "camera", "start_us"),
)

LEDGER_LEAVES: Final = Table(
    "ledger_leaves",  # bytes of leaves, until a whole entry bundle of them is stored
    METADATA,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

LEDGER_TIPS: Final = Table(
    "ledger_tips",  # the newest leaves of each camera
    METADATA,
    _id("camera", primary_key=True),
    Column("on_time_index", BigInteger),
    Column("on_time_hash", LargeBinary),
    Column("on_time_start_us", BigInteger),
    Column("late_index", BigInteger),
    Column("late_hash", LargeBinary),
)
