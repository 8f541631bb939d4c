from __future__ import annotations

import pytest

from footage.bytesize import parse_size, show_size
from footage.errors import BadInput


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("200GB", 200 * 10**9),
        ("1.5 TB", 1_500_000_000_000),
        ("512MiB", 512 << 20),
        (" 2kb ", 2000),
        ("1.9B", 1),
    ],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "200", "GB", "1,5GB", "-1GB", "0GB", "0.1B", "1e3GB", "1PB", "1iB", "\u0661GB"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2 * 10**11, "200.0 GB"), (10**13, "10.0 TB")],
)
def test_sizes_are_shown_decimal(size: int, text: str) -> None:
    assert show_size(size) == text
