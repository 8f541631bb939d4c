from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.instant import Elapsed, Instant
from infra.cmds.output import by_kind, counted, kinds_json, length, local, printable, size, table
from tests.common.tiers import examples


def test_nobody_s_words_forge_a_line_or_colour_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printable("a\n99 root did\x1b[2J") == "a\\n99 root did\\x1b[2J"
    assert printable("سرخ گاڑی") == "سرخ گاڑی"
    table("t", ("what",), [("[bold]x[/bold]\n",)])
    assert "[bold]x[/bold]\\n" in capsys.readouterr().out


WORD = re.compile(r"\S+")


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,12}-[0-9a-f]{12}", fullmatch=True),
            st.just("2026-11-22 20:08:23 PKT"),
            st.text("ab /", max_size=90),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, 30, 60, 80, 120, 200]),
)
@examples(60)
def test_no_table_breaks_an_id_or_a_time(
    rows: list[tuple[str, str, str]], columns: int | None
) -> None:
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        if columns:
            patch.setenv("FORCE_COLOR", "1")
            patch.setenv("COLUMNS", str(columns))
        table("t", ("id", "from", "reason"), rows)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", told.getvalue())
    for name, time, prose in rows:
        assert name in shown
        assert time in shown
        assert all(word in shown for word in WORD.findall(prose))
    if columns is None:
        lines = [line for line in shown.splitlines() if "│" in line]
        assert len(lines) == len(rows)
    elif all(len(prose) < 20 for _, _, prose in rows) and columns >= 120:
        assert "│" in shown


def test_a_kind_of_fault_is_one_line_with_its_count() -> None:
    faults = [(f"c/{n}.mp4", f"c/{n}.mp4 cannot be decoded") for n in range(3)]
    assert by_kind("segment", [("c/9.mp4", "is gone"), *faults]) == [
        "3 segments: ... cannot be decoded (e.g. c/0.mp4)",
        "1 segment: is gone (c/9.mp4)",
    ]
    assert by_kind("segment", []) == []


def test_a_noun_is_plural_unless_there_is_one() -> None:
    assert [counted(n, "segment") for n in (0, 1, 2, 12_345)] == [
        "0 segments",
        "1 segment",
        "2 segments",
        "12 345 segments",
    ]


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


def test_faults_are_counted_by_kind_for_programs() -> None:
    faults = [("a", "a is no key"), ("b", "b is no key"), ("c", "gone")]
    assert kinds_json(faults) == {
        "count": 3,
        "by_kind": [
            {"fault": "... is no key", "count": 2, "example": "a"},
            {"fault": "gone", "count": 1, "example": "c"},
        ],
    }
    many = kinds_json([(str(n), f"fault {chr(n)}") for n in range(300, 500)])
    assert (many["count"], len(list(many["by_kind"]))) == (200, 100)  # type: ignore[call-overload]
