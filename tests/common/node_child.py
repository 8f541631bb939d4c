"""A recorder among several, run as by `footage record`, with films played again and again.

The recorder's settings come from the environment.
"""

from __future__ import annotations

from footage.scope import EVERYWHERE
from infra.node.telemetry import telemetry_of
from infra.wiring import wired


def main() -> None:
    """Record until told to end."""
    with wired() as parts, telemetry_of(parts.settings, parts.home, parts.clock) as telemetry:
        recorder, keeper = parts.shared_recorder(EVERYWHERE, telemetry, loop=True)
        recorder.record(keeper)


if __name__ == "__main__":
    main()
