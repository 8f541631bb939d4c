"""`footage retention daily`: retention by a process that neither records nor indexes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from footage.errors import Unavailable
from footage.instant import Instant
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.file_lock import tried
from infra.node.daily_status import DailyStatus
from infra.run.daily import CUSTODY_LOG, apply_policies, daily_jobs
from tests.common.api_city import PLAIN, parts_of
from tests.common.builders import a_segment
from tests.common.cli import Cli

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = (
    "cameras",
    "add",
    "camera-1",
    "--site",
    "s",
    "--district",
    "d",
    "--lat",
    "31",
    "--lon",
    "70",
)
POLICY = '[[policy]]\nname = "all"\nkeep = "30d"\n'


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    cli = Cli(tmp_path / "home")
    cli.ok(*CAMERA)
    return cli


def test_once_applies_the_policies_and_leaves_a_plan_that_empties_a_camera(cli: Cli) -> None:
    assert "no policy file" in cli.ok("retention", "daily", "--once").out
    (cli.home / "policies.toml").write_text(POLICY)
    with closing(SqliteCatalogue(cli.home / "catalogue.db")) as catalogue:
        catalogue.add_segments([a_segment(start=Instant.parse("2024-01-01T00:00:00Z"))])
    refused = cli.refused("retention", "daily", "--once")
    assert refused.code == 6
    assert "all that is stored of camera-1" in refused.err
    assert "not for --once" in cli.refused("retention", "daily", "--once", "--listen", "x:1").err


def test_the_daily_command_serves_metrics_until_its_end(cli: Cli) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "retention", "daily", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FOOTAGE_HOME": str(cli.home)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "retention daily at 02:30 UTC\n"
        url = process.stdout.readline().removeprefix("metrics at ").strip()
        with httpx.Client(timeout=30, verify=PLAIN) as client:
            text = client.get(url).text
            assert client.get(url.replace("/metrics", "/healthz")).text == "ok\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    for task in ("retention", "custody log", "vector scrub"):
        assert f'footage_daily_failed{{task="{task}"}} 0' in text


def test_retention_waits_for_that_of_another_process_of_the_home(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "home")

    class Asked(threading.Event):
        waits = 0

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout
            self.waits += 1
            other.close()
            return False

    stopping = Asked()
    with closing(parts), ExitStack() as other:
        assert other.enter_context(tried(parts.home / "retention.lock"))
        assert apply_policies(parts, stopping).purge is None
        assert stopping.waits == 1


def test_retention_that_waits_ends_with_its_process(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "home")
    stopping = threading.Event()
    stopping.set()
    with (
        closing(parts),
        tried(parts.home / "retention.lock"),
        pytest.raises(Unavailable, match="this process is to end"),
    ):
        apply_policies(parts, stopping)


def test_a_custody_log_that_was_cut_is_a_failed_job(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "home")
    cli = Cli(parts.home)
    cli.ok(*CAMERA)
    log = parts.home / "custody" / "custody.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[1:]))
    status, told = DailyStatus(parts.clock), threading.Event()
    failed = status.failed

    def tell(job: str) -> None:
        failed(job)
        told.set()

    status.failed = tell  # type: ignore[method-assign]
    with daily_jobs(parts, status, threading.Event()) as scheduler:
        scheduler.now(CUSTODY_LOG)
        assert told.wait(60)
    parts.close()
    assert [one.job for one in status.outcomes() if one.failed] == [CUSTODY_LOG]
