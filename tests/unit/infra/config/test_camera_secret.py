"""A camera's secret file: read where closed to others, else a clear error without the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Misconfigured
from infra.config.camera_secret import camera_secret, secret_name

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "gate"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_the_first_line_is_the_secret(tmp_path: Path) -> None:
    _file(tmp_path, "geheim: ü \r\nnot this\n".encode())
    assert camera_secret(tmp_path, "gate") == "geheim: ü"


@pytest.mark.parametrize(
    ("data", "mode", "why"),
    [
        (b"geheim", 0o640, r"other users can read .*gate \(0640\)"),
        (b"geheim", 0o604, r"other users can read .*gate \(0604\)"),
        (b"", 0o600, "is no secret"),
        (b"\ngeheim", 0o600, "is no secret"),
        (b"geheim\xff", 0o600, "is no secret"),
    ],
)
def test_a_file_that_cannot_be_right_is_named(
    tmp_path: Path, data: bytes, mode: int, why: str
) -> None:
    _file(tmp_path, data, mode)
    with pytest.raises(Misconfigured, match=why) as refused:
        camera_secret(tmp_path, "gate")
    assert "geheim" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"gate cannot be read: No such file"):
        camera_secret(tmp_path, "gate")
    (tmp_path / "gate").mkdir(mode=0o700)
    with pytest.raises(Misconfigured, match="gate cannot be read: Is a directory"):
        camera_secret(tmp_path, "gate")


@pytest.mark.parametrize("name", ["../api-token", "a/b", ".hidden", "a\n", "x" * 101])
def test_a_name_leads_out_of_the_folder_nowhere(name: str) -> None:
    with pytest.raises(BadInput, match="not the name of a secret file"):
        secret_name(name)


def test_a_plain_name_or_none_is_taken() -> None:
    assert [secret_name(name) for name in ("", "dik-001-1.txt")] == ["", "dik-001-1.txt"]
