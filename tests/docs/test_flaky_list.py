"""docs/flaky.md names only tests that exist, each with a cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rerun.listing import listed, unlisted, wrong_entries

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).relative_to(ROOT).as_posix()
HEAD = "| test | first seen | cause |\n|---|---|---|\n"


def test_the_list_is_right() -> None:
    text = (ROOT / "docs" / "flaky.md").read_text(encoding="utf-8")
    assert HEAD in text
    assert text.partition(HEAD)[2].count("\n") == len(listed(text)), "a row that no one can read"
    assert wrong_entries(text, ROOT) == []


class TestGrouped:
    def test_in_a_class(self) -> None:
        text = f"{HEAD}| `{HERE}::TestGrouped::test_in_a_class` | 2026-11-28 | a shared port |\n"
        assert wrong_entries(text, ROOT) == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/docs/test_that_is_gone.py::test_the_list_is_right",
        f"{HERE}::test_that_is_gone",
        f"{HERE}::TestGrouped::test_that_is_gone",
        f"{HERE}::TestThatIsGone::test_in_a_class",
    ],
)
def test_a_row_of_a_test_that_is_gone_is_wrong(name: str) -> None:
    row = f"{HEAD}| `{name}` | 2026-11-28 | a shared port |\n"
    assert wrong_entries(row, ROOT) == [f"{name}: no such test"]


def test_a_row_without_a_cause_is_wrong() -> None:
    name = f"{HERE}::test_the_list_is_right"
    assert wrong_entries(f"{HEAD}| `{name}` | 2026-11-28 | |\n", ROOT) == [f"{name}: no cause"]


def test_a_row_without_parameters_stands_for_all_of_a_test() -> None:
    rows = f"{HEAD}| `a.py::test_x` | d | c |\n| `a.py::test_y[1-a:b]` | d | c |\n"
    assert unlisted(["a.py::test_x[2]", "a.py::test_y[1-a:b]"], rows) == []
    assert unlisted(["a.py::test_y[2]", "a.py::test_z"], rows) == [
        "a.py::test_y[2]",
        "a.py::test_z",
    ]
