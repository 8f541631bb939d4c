"""docs/operating.md has each alert, and its arithmetic is that of the code and of other pages."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
ALERTS = "".join(
    (ROOT / "infra" / "deploy" / name).read_text(encoding="utf-8")
    for name in ("alerts.yml", "alerts_minio.yml")
)


def test_each_alert_has_a_row_and_each_row_an_alert() -> None:
    alerts = re.findall(r"- alert: (\w+)", ALERTS)
    rows = re.findall(r"^\| (`Footage.+?`) \|", PAGE, flags=re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"Footage\w+", row)]
    assert sorted(told) == sorted(alerts)


def test_the_arithmetic_is_right() -> None:
    gb_a_day = 86_400 / 8 / 1_000  # of 1 Mbit/s
    assert f"Mbit/s x {gb_a_day:.1f} GB" in PAGE
    day_tb = 950 * 4 * gb_a_day / 1_000
    assert f"{day_tb:.0f} TB a day, {day_tb * 30 / 1_000:.2f} PB" in PAGE
    assert f"{950 * 4 / 8:.0f} MB/s" in PAGE
    assert f"{950 * 4 / 8 * 3_600 / 1e6:.1f} TB an hour" in PAGE


def test_every_unit_that_is_enabled_is_there() -> None:
    units = ROOT / "infra" / "deploy" / "systemd"
    for name in re.findall(
        r"^systemctl enable footage.target (footage-.*)$", PAGE, flags=re.MULTILINE
    ):
        for one in name.split():
            assert (units / f"{one}.service").exists()
    assert len(list(units.glob("*.service"))) == 5
