"""Settings of the HTTP interface: server, sign-in by a provider, traces."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from api.limits import BODY_BYTES, PICTURE_BYTES, READ_WITHIN
from footage.instant import Elapsed
from infra.config.sections.section import Section
from infra.config.setting_types import (
    Duration,
    HostNames,
    NetworkAddress,
    Networks,
    Size,
    SizeOrZero,
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
