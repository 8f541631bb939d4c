"""One recorder among several, as `footage record` runs it, with films played again and again.

Its settings come from the environment.
"""

from __future__ import annotations

from footage.scope import EVERYWHERE
from infra.node.leases import leased_recorder
from infra.node.telemetry import telemetry_of
from infra.wiring import wired


def main() -> None:
    """Record until told to end."""
    with wired() as parts, telemetry_of(parts) as observer:
        recorder, keeper = leased_recorder(parts, EVERYWHERE, observer, loop=True)
        recorder.record(keeper)


if __name__ == "__main__":
    main()
