"""`tests.lints.sizes` lists long files and functions, and refuses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lints.sizes import exceeding, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DOCUMENTED = 'def well_told():\n    """' + "A long story.\n" * 70 + '    """\n'


def _function(name: str, lines: int) -> str:
    return f"def {name}():\n" + "    pass\n" * (lines - 1)


def _tree(root: Path) -> None:
    (root / "recorder").mkdir()
    (root / "tests").mkdir()
    (root / "pyproject.toml").write_text('[tool.importlinter]\nroot_packages = ["recorder"]\n')
    (root / "recorder" / "fits.py").write_text("x = 1\n" * 340 + _function("fits", 60))
    (root / "recorder" / "long.py").write_text("x = 1\n" * 340 + _function("long", 61))
    (root / "recorder" / "told.py").write_text(DOCUMENTED)
    (root / "tests" / "test_long.py").write_text(_function("test_long", 401))


def test_what_exceeds_the_sizes_is_named(tmp_path: Path) -> None:
    _tree(tmp_path)
    assert list(exceeding(tmp_path, ["recorder"])) == [
        "recorder/long.py: 401 lines",
        "recorder/long.py:341 long: 61 lines",
        "tests/test_long.py: 401 lines",
    ]


def test_the_list_is_printed_and_refuses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _tree(tmp_path)
    main(tmp_path)
    assert capsys.readouterr().out.count("long: recorder/long.py") == 2
