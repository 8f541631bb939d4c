"""Settings: each with type, default and description, by section; unknown keys are refused.

`infra/config/loading.py` reads the values from the file and the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.limits import BODY_BYTES, PICTURE_BYTES, READ_WITHIN
from footage.instant import Elapsed
from footage.looking import LOOK_EVERY
from infra.config.setting_types import (
    Acts,
    ClassOrder,
    Duration,
    HostNames,
    Lease,
    LookEvery,
    NetworkAddress,
    Networks,
    NodeName,
    PurposeCodes,
    Size,
    SizeOrZero,
    Zone,
)
from infra.stores import CATALOGUES, OBJECTS, REGISTERS, VECTORS
from recorder.store.eviction_policy import STANDARD

CONFIG_NAME: Final = "footage.toml"


class Section(BaseModel):
    """Base of all sections: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Recording(Section):
    """Recording of cameras: segments, spool, leases and telemetry."""

    segment_length: Duration = Field(
        Elapsed.parse("60s"),
        description=(
            "Length of a segment, 2s to 300s, a divisor of a day. Shorter: footage is stored "
            "and searchable sooner, and there are more objects: 1.4 million a day of 950 "
            "cameras at 1m."
        ),
    )
    ffmpeg: Path | None = Field(
        None,
        description=(
            "FFmpeg program that records; unset: the system's, else the one that comes with "
            "Footage."
        ),
    )
    secrets: Path | None = Field(
        None,
        description=(
            "Folder of the files with cameras' credentials that `source_secret_file` names; unset: "
            "`camera-secrets` in the home folder. A file others can read is refused."
        ),
    )
    sync_every: Duration = Field(
        Elapsed.parse("5s"),
        description=(
            "Time between two moments at which the open segment is brought to the disk: what a "
            "power cut costs. Shorter: more writes."
        ),
    )
    spool_limit: Size | None = Field(
        None,
        description=(
            "Bytes the spool may hold, e.g. 200GB; unset: as many as leave a tenth of its disk "
            "free. Past that, unstored footage is evicted, with an alarm, never under a hold."
        ),
    )
    class_order: ClassOrder = Field(
        (STANDARD,),
        description=(
            "Retention classes from the first evicted from a full spool to the last, separated "
            "by commas, with `standard` among them: a class not named ranks as `standard`."
        ),
    )
    node: NodeName = Field(
        "",
        description=(
            "Name of this recorder among several; empty: the machine's name. No two may have "
            "the same."
        ),
    )
    lease: Lease = Field(
        Elapsed.parse("10s"),
        description=(
            "Time for which a recorder that vanished keeps its cameras, 2s to 5m, the same on "
            "all recorders. Shorter: taken over sooner, less delay of the register is borne."
        ),
    )
    listen: NetworkAddress = Field(
        "127.0.0.1:8961",
        description=(
            "Address, host:port, of the recorder's metrics and status; port 0 takes a free one, "
            "empty: none, and `footage status` cannot ask this recorder."
        ),
    )
    advertise: NetworkAddress = Field(
        "",
        description="Address, host:port, at which other machines reach `listen`; empty: the same.",
    )


class Store(Section):
    """The object store, which keeps segments."""

    kind: Annotated[str, AfterValidator(OBJECTS.checked)] = Field(
        OBJECTS.default, description=f"Kind of object store. {OBJECTS.meanings}."
    )
    path: Path | None = Field(
        None,
        description=(
            "Folder of the `directory` store; unset: `store` in the home folder. All of it must "
            "lie on one file system."
        ),
    )
    endpoint: str = Field(
        "", description="Host and port of the `s3` store, without http://; empty: refused by `s3`."
    )
    bucket: str = Field(
        "footage",
        description="Bucket of the `s3` store; made with object lock when absent, as holds need.",
    )
    secure: bool = Field(
        default=False,
        description=(
            "Whether to speak TLS to the endpoint, checked against the system's certificates. "
            "False: keys and footage are readable on the way."
        ),
    )
    access_key_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the access key; unset: refused by `s3`. Its account may "
            "not bypass governance retention."
        ),
    )
    secret_key_file: Path | None = Field(
        None, description="File whose first line is the secret key; unset: refused by `s3`."
    )

    @property
    def bucket_name(self) -> str:
        """The name of the bucket in records that all nodes share; "" for a folder."""
        return f"s3://{self.endpoint}/{self.bucket}" if self.kind == "s3" else ""


class CatalogueSection(Section):
    """The catalogue, the searchable record of segments."""

    kind: Annotated[str, AfterValidator(CATALOGUES.checked)] = Field(
        CATALOGUES.default, description=f"Kind of catalogue. {CATALOGUES.meanings}."
    )
    path: Path | None = Field(
        None,
        description="File of the `sqlite` catalogue; unset: `catalogue.db` in the home folder.",
    )
    url: str = Field(
        "",
        description=(
            "URL of Elasticsearch, or of each node with commas between, so that a dead one is "
            "passed over; empty: refused by `elasticsearch`."
        ),
    )
    replicas: Literal["auto"] | Annotated[int, Field(ge=0)] = Field(
        "auto",
        description=(
            "Copies of each shard besides the first, a number or `auto`, in indices made from "
            "now on. `auto`: one where there are several nodes, so that a dead one loses "
            "nothing."
        ),
    )
    prefix: str = Field(
        "footage", description="Start of every index name: two systems on one cluster need two."
    )
    username: str = Field("", description="User of Elasticsearch; empty: no log-in.")
    password_file: Path | None = Field(
        None,
        description=(
            "File whose first line is that user's password; unset: refused where there is a user."
        ),
    )


class VectorsSection(Section):
    """The vector index, which finds keyframes by what they show."""

    kind: Annotated[str, AfterValidator(VECTORS.checked)] = Field(
        VECTORS.default, description=f"Kind of vector index. {VECTORS.meanings}."
    )
    scrub_bytes_per_day: int = Field(
        20_000_000_000,
        ge=0,
        description=(
            "Bytes of sealed vectors that `footage run` reads and checks each day, those checked "
            "longest ago first; a part is always read whole."
        ),
    )


class Database(Section):
    """The register's database: cameras, holds, deletions."""

    url: str = Field(
        "",
        description=(
            f"SQLAlchemy URL, {' or '.join(f'`{one.kind}`' for one in REGISTERS.adapters)}; "
            "empty: `register.db` in the home folder. Several recorders share cameras on "
            "`postgresql` alone."
        ),
    )
    password_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the database password, kept out of the URL; unset: none "
            "but the URL's."
        ),
    )


class Indexing(Section):
    """Indexing: which pictures are looked at, and by which indexer."""

    look_every: LookEvery = Field(
        LOOK_EVERY,
        description=(
            "Most time between two pictures that are looked at, 200ms to 1m. Where keyframes lie "
            "further apart pictures between are decoded on from the keyframe, which costs as much "
            "as decoding all of them. Longer: less work, and what shows for a shorter time may be "
            "missed; every answer says how often was looked."
        ),
    )
    lease: Lease = Field(
        Elapsed.parse("30s"),
        description=(
            "Time for which an indexer that vanished keeps its cameras, 2s to 5m, the same for "
            "all indexers. Shorter: taken over sooner, more heartbeats in the register."
        ),
    )


class EncoderSection(Section):
    """The encoder, which turns pictures and texts into vectors."""

    folder: Path | None = Field(
        None,
        description=(
            "Folder of an exported encoder, made by `footage encoder export`; unset: the one that "
            "`footage encoder use` chose for the home, else the shipped one, trained on rendered "
            "scenes. Another encoder finds only what was indexed with it."
        ),
    )
    threads: int = Field(
        2,
        ge=1,
        description=(
            "Threads of one encoding call. More: faster indexing, less left for recording on "
            "the same machine."
        ),
    )


class RetentionSection(Section):
    """Retention: policies and the time of the daily deletion."""

    policies: Path | None = Field(
        None,
        description=(
            "File of the retention policies; unset: `policies.toml` in the home folder. Without "
            "that file everything is kept."
        ),
    )
    run_at: str = Field(
        "02:30",
        pattern=r"^\d\d:\d\d$",
        description=(
            "Time of the daily deletion of what is due, HH:MM in UTC; missed by more than an "
            "hour, the day is left out."
        ),
    )
    custody_personal: Duration | None = Field(
        None,
        description=(
            "How long the custody log keeps who acted, and the words searched for; purged daily "
            "after that, but for cases that are open; unset: always."
        ),
    )


class CasesSection(Section):
    """Cases, and the purposes for which people search, watch, export and hold."""

    must_be_open: bool = Field(
        default=False,
        description=(
            "Whether acts for a case that is not opened here (`footage case open`) are refused. "
            "False: any text counts as a reference, but for those of cases that are opened here."
        ),
    )
    purposes: PurposeCodes = Field(
        (),
        description=(
            "Purpose codes, separated by commas, that a case is opened with, and that searches, "
            "views, exports and holds may name; empty: any."
        ),
    )


class FourEyes(Section):
    """Acts that begin only when a second person approved them."""

    for_: Acts = Field(
        (),
        alias="for",
        description=(
            "Acts that need a second person, separated by commas: `release` (a hold is released), "
            "`export` (footage is exported, unless it is said to stay inside); empty: none. On the "
            "machine itself a name is what the settings say: two accounts over HTTP are surer."
        ),
    )
    valid_for: Duration = Field(
        Elapsed.parse("7d"),
        description=(
            "How long a request waits for a decision, and how long an approval counts. Longer: "
            "what was approved may look otherwise by the time it is done."
        ),
    )


class LedgerSection(Section):
    """The ledger, which proves what was stored when."""

    keys: Path | None = Field(
        None,
        description=(
            "Folder of the keys that sign checkpoints; unset: `keys` in the home folder. Of "
            "several recorders that signs whose folder has the private keys; the API needs none."
        ),
    )
    lock: Duration = Field(
        Elapsed.parse("365d"),
        description=(
            "How long the store is asked to lock each object of the ledger, where it can; 0s: not. "
            "Shorter: whoever has the store's credentials may delete proofs sooner."
        ),
    )
    stamp_every: Duration = Field(
        Elapsed.parse("1h"),
        description=(
            "How often a checkpoint of the ledger and one of the custody log are time-stamped by "
            "the authority of `[seal] authority`, where one is set; 0s: never. One that is away "
            "delays no checkpoint."
        ),
    )


class SealSection(Section):
    """The seal of bundles: signature and time stamp."""

    authority: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description=(
            "Address of a time-stamp authority (RFC 3161), asked over each bundle's signature; "
            "empty: bundles carry no time stamp. One that is away fails no export."
        ),
    )
    authority_ca: Path | None = Field(
        None,
        description=(
            "Root certificates of the authority (PEM), copied into each bundle; unset: none."
        ),
    )


class LimitsSection(Section):
    """Limits: most that a file from outside, or a camera's picture, may claim."""

    pixels: int = Field(
        40_000_000,
        ge=1,
        description=(
            "Most pixels of a picture, imported or looked at; 8K has 33 million, and a file of a "
            "few kB may claim 268 million. More: that much memory at each picture, 5 bytes a pixel."
        ),
    )
    tracks: int = Field(
        64,
        ge=1,
        description=(
            "Most tracks of an imported file; vehicles' recorders write up to a dozen. More: "
            "memory before the first picture."
        ),
    )
    boxes: int = Field(
        2_000_000,
        ge=1,
        description=(
            "Most boxes at the top of an imported MP4; a fragmented recording has about two a "
            "second. More: time and memory for a hostile file."
        ),
    )
    duration: Duration = Field(
        Elapsed.parse("31d"),
        description=(
            "Longest imported recording. Longer: a wrong time stamp in a file passes for footage, "
            "or a gap, of that length."
        ),
    )


class Logs(Section):
    """The log, written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description=(
            "The least that is logged: debug, info, warning or error. Debug tells of every segment."
        ),
    )


class Api(Section):
    """The HTTP interface."""

    host: str = Field(
        "127.0.0.1",
        description=(
            "Address to serve on. Anything but loopback wants a TLS proxy before it: the token "
            "would be readable on the way."
        ),
    )
    port: int = Field(
        8960, ge=0, le=65535, description="TCP port, 0 to 65535; 0 takes a free one and prints it."
    )
    hosts: HostNames = Field(
        (),
        description=(
            "Names by which clients reach the server, separated by commas, besides those of "
            "loopback and `host`; requests under other names are refused, lest a foreign web page "
            "makes a browser ask. Behind a proxy: the proxy's names."
        ),
    )
    camera_networks: Networks = Field(
        (),
        description=(
            "Networks that the source of a camera may name over HTTP though they are of this "
            "machine, link-local or of a cloud's services, separated by commas, e.g. 127.0.0.0/8; "
            "others of these are refused: a recorder would open what it finds there."
        ),
    )
    body_limit: Size = Field(
        BODY_BYTES,
        description=(
            "Most bytes of a request's body, e.g. 1MiB. More: that much memory for each request, "
            "from anybody who reaches the port, before the token is looked at."
        ),
    )
    behind_proxy: bool = Field(
        default=False,
        description=(
            "Whether a TLS proxy of yours stands before the server and sets `X-Forwarded-Proto` "
            "and `X-Forwarded-For` anew. Then browsers that came over TLS are told to keep to TLS "
            "(HSTS). Set without such a proxy: a client may give any address as its own."
        ),
    )
    metrics_listen: NetworkAddress = Field(
        "127.0.0.1:8964",
        description=(
            "Address, host:port, of the API's metrics, for whoever reaches it, without a token; "
            "port 0 takes a free one, empty: none. Where it is taken the API serves without them."
        ),
    )
    requests_per_minute: int = Field(
        1_200,
        ge=0,
        description=(
            "Requests of one person within a minute; 0: any number. A page of search results takes "
            "some 20. Less: a page that shows many pictures is refused some (429)."
        ),
    )
    bytes_per_hour: SizeOrZero = Field(
        100 << 30,
        description=(
            "Bytes of pictures and films that one person is given within an hour, e.g. 100GiB; 0: "
            "any number. Four cameras of 8 Mbit/s take 14 GB. Less: whoever watches many cameras "
            "waits (429). Exports that are downloaded count, those of `footage export` do not."
        ),
    )
    sign_ins_per_minute: int = Field(
        30,
        ge=0,
        description=(
            "Attempts to sign in from one address within a minute, right or wrong; 0: any number. "
            "Behind a proxy all come from the proxy's address, unless `behind_proxy` is set."
        ),
    )
    picture_limit: Size = Field(
        PICTURE_BYTES,
        description=(
            "Most bytes of a request with an example picture, e.g. 20MiB. More: that much memory "
            "for each of 16 such requests at once, before the token is looked at."
        ),
    )
    read_within: Duration = Field(
        READ_WITHIN,
        description=(
            "Longest time a request's header, and then the body, may take. Longer: whoever sends "
            "slowly holds a connection for that time."
        ),
    )
    derived_limit: SizeOrZero = Field(
        10 << 30,
        description=(
            "Bytes of pictures and films made from stored segments, e.g. 10GiB, that are kept in "
            "`derived` in the home folder to be given again; those asked for longest ago go first, "
            "and a tenth of the disk is left free. 0: nothing is kept. Less: more is made anew."
        ),
    )
    proxy_height: int = Field(
        720,
        ge=144,
        le=2_160,
        description=(
            "Most pixels down of a proxy, 144 to 2160: H.264 derived from footage that a browser "
            "cannot play. More: the picture is finer, and more time and disk for each."
        ),
    )
    proxies_at_once: int = Field(
        1,
        ge=1,
        le=64,
        description=(
            "Segments of which a proxy is made at once, in a process of the API, by an FFmpeg of "
            "two threads each; 32 more wait. More: two cores and the memory of two segments for "
            "each, though recording goes first."
        ),
    )
    proxy_within: Duration = Field(
        Elapsed.parse("2m"),
        description=(
            "Longest time that FFmpeg may take for the proxy of a segment; whoever asks waits for "
            "twice that at most. Longer: a segment that is hard to decode keeps others waiting."
        ),
    )
    jobs_at_once: int = Field(
        1,
        ge=1,
        le=16,
        description=(
            "Jobs, such as exports, that a process of the API runs at once; others wait. More: "
            "each takes reading speed from searching and playing."
        ),
    )
    search_processes: int = Field(
        0,
        ge=0,
        le=64,
        description=(
            "Processes beside the server's that answer questions by text, a question at a time "
            "each; 0: the server's own process answers. In a process Python uses little more than "
            "one core, however many ask: a city sets as many as cores. More: the memory of another "
            "search service for each."
        ),
    )
    exports_folder: Path | None = Field(
        None,
        description=(
            "Folder of the bundles that were asked for over HTTP; unset: `exports/bundles` in the "
            "home folder. All processes of the API work on one home, where the custody log is, and "
            "must see this folder too: set it for a larger disk."
        ),
    )
    exports_keep: Duration = Field(
        Elapsed.parse("7d"),
        description=(
            "Time for which such a bundle, and the job that made the bundle, are kept; then both "
            "are removed. Longer: more disk, and copies of footage that retention no longer keeps."
        ),
    )


class TelemetrySection(Section):
    """Traces of the HTTP interface, for an OpenTelemetry collector."""

    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://[!-~]+)?$",
        description=(
            "Address of a collector that takes OTLP over HTTP, e.g. `http://127.0.0.1:4318`; "
            "empty: no traces. Sent are routes, statuses, durations and counts, never a query, a "
            "person, a camera or a case. Needs the extra `telemetry` of the package."
        ),
    )


class Oidc(Section):
    """Sign-in by an identity provider (OpenID Connect), beside passwords."""

    issuer: str = Field(
        "",
        description=(
            "Address of the provider, as its own description writes it, e.g. "
            "`https://id.example/realms/city`; https, or http on this machine; empty: people sign "
            "in by password alone. Another issuer: every account must be linked anew."
        ),
    )
    client_id: str = Field(
        "", description="Name by which the provider knows Footage; empty: refused with an issuer."
    )
    client_secret_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the client's secret; unset: a public client, protected by "
            "PKCE alone."
        ),
    )
    public_url: str = Field(
        "",
        description=(
            "Address at which browsers reach Footage, e.g. `https://footage.example`; the provider "
            "must allow `/api/v1/session/oidc/callback` there as redirect URI; empty: refused with "
            "an issuer."
        ),
    )
    claim: str = Field(
        "sub",
        min_length=1,
        description=(
            "Claim that names a person, to which accounts are linked. `sub` never changes and is "
            "never given to another; `email` counts only where the provider verified it. Another "
            "claim: every account must be linked anew."
        ),
    )
    scope: str = Field(
        "openid",
        pattern=r"^openid( [!-~]+)*$",
        description="What the provider is asked for, e.g. `openid email` for the claim `email`.",
    )
    authorities_file: Path | None = Field(
        None,
        description=(
            "File of the certificates, in PEM, that vouch for the provider's; unset: the system's."
        ),
    )
    linked_by_password: bool = Field(
        default=True,
        description=(
            "Whether people who are linked to the provider may sign in by a password as well. "
            "False: while the provider is away nobody linked can sign in; sessions go on."
        ),
    )

    @property
    def return_address(self) -> str:
        """Address to which the provider sends browsers back."""
        return f"{self.public_url.rstrip('/')}/api/v1/session/oidc/callback"


class Settings(BaseSettings):
    """All settings of Footage, checked when read."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTAGE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    home: Path = Field(
        description=(
            "Folder of all state of the embedded stores; unset: the platform's folder for user "
            "data. Set by `FOOTAGE_HOME`."
        )
    )
    cache: Path = Field(
        description=(
            "Folder of what can be built or fetched again, so it may be deleted; unset: "
            "`/var/cache/footage` for root, `$XDG_CACHE_HOME/footage` for others."
        )
    )
    zone: Zone = Field(
        "Asia/Karachi",
        description="Time zone shown to people beside UTC, by its IANA name; stored is UTC.",
    )
    actor: str = Field(
        description="User name written into custody entries; unset: the name of the system user."
    )
    require_case: bool = Field(
        default=False,
        description=(
            "Whether searches, views, exports and holds without a case and a purpose are refused."
        ),
    )
    recording: Recording = Recording()
    store: Store = Store()
    catalogue: CatalogueSection = CatalogueSection()
    vectors: VectorsSection = VectorsSection()
    database: Database = Database()
    indexing: Indexing = Indexing()
    encoder: EncoderSection = EncoderSection()
    retention: RetentionSection = RetentionSection()
    cases: CasesSection = CasesSection()
    four_eyes: FourEyes = FourEyes()
    ledger: LedgerSection = LedgerSection()
    seal: SealSection = SealSection()
    limits: LimitsSection = LimitsSection()
    logs: Logs = Logs()
    api: Api = Api()
    oidc: Oidc = Oidc()
    telemetry: TelemetrySection = TelemetrySection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the environment above the values that `load` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)

    @property
    def config_file(self) -> Path:
        """The path of `footage.toml` in the home folder; the file may be missing."""
        return self.home / CONFIG_NAME
