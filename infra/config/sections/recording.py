"""Settings of recording: cameras, spool, leases, and limits of what comes from outside."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from footage.instant import Elapsed
from infra.config.sections.section import Section
from infra.config.setting_types import ClassOrder, Duration, Lease, NetworkAddress, NodeName, Size
from recorder.store.eviction_policy import STANDARD


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
