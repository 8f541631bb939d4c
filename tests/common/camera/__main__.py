"""Run the simulator: FOLDER [--cameras N] [--watchdog]; prints the URLs of the first cameras."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from footage.clock import SystemClock
from tests.common.camera.model import Look
from tests.common.camera.rtsp import HOST
from tests.common.camera.server import Simulator


async def main(folder: Path, cameras: int, *, watchdog: bool) -> None:
    """Serve `cameras` cameras, with truth logs in `folder`, until ended."""
    simulator = Simulator(folder, SystemClock())
    for number in range(1, cameras + 1):
        port = simulator.add(number, Look())["port"]
        sys.stdout.write(f"rtsp://{HOST}:{port}/cam/{number}\n")
    sys.stdout.flush()
    await simulator.work(watchdog=watchdog)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for truth logs")
    parser.add_argument("--cameras", type=int, default=0)
    parser.add_argument("--watchdog", action="store_true", help="end with the control connection")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(given.folder, given.cameras, watchdog=given.watchdog))
