from __future__ import annotations

import pytest

from footage.instant import Elapsed, Instant
from infra.cmds.output import length, local, printable, size, table


def test_nobody_s_words_forge_a_line_or_colour_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printable("a\n99 root did\x1b[2J") == "a\\n99 root did\\x1b[2J"
    assert printable("سرخ گاڑی") == "سرخ گاڑی"
    table("t", ("what",), [("[bold]x[/bold]\n",)])
    assert "[bold]x[/bold]\\n" in capsys.readouterr().out


def test_a_time_names_its_zone() -> None:
    instant = Instant.parse("2026-11-22T15:08:23.547Z")
    assert local(instant, "Asia/Karachi") == "2026-11-22 20:08:23 PKT"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (41 * 10**12, "41.0 TB")]
)
def test_sizes_are_decimal(count: int, shown: str) -> None:
    assert size(count) == shown


def test_a_length_is_cut_to_the_second() -> None:
    assert length(Elapsed.parse("90s500ms")) == "1m30s"
