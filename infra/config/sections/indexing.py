"""Settings of indexing, and of the encoder that indexing and searching share."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from footage.instant import Elapsed
from footage.looking import LOOK_EVERY
from infra.config.sections.section import Section
from infra.config.setting_types import Lease, LookEvery


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
