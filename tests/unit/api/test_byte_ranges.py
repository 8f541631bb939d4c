"""The Range header."""

from __future__ import annotations

import pytest

from api.problems import Problem
from api.ranges import byte_range


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-", 0, 100),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("BYTES=10-19", 10, 20),
        ("bytes=99-", 99, 100),
        ("bytes=10-1000", 10, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-1000", 0, 100),
    ],
)
def test_a_range_that_lies_inside(header: str, start: int, end: int) -> None:
    found = byte_range(header, 100)
    assert (found.start, found.end, found.partial) == (start, end, True)
    assert found.headers["Content-Range"] == f"bytes {start}-{end - 1}/100"
    assert found.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes=-",
        "bytes=",
        "bytes=5-2",
        "bytes=0-1,3-4",
        "bytes=a-b",
        "bytes=1",
        "items=0-1",
        "bytes=" + "9" * 5000 + "-",
        "bytes=+1-2",
    ],
)
def test_what_is_no_single_range_means_the_whole(header: str | None) -> None:
    found = byte_range(header, 100)
    assert (found.start, found.end, found.partial) == (0, 100, False)
    assert "Content-Range" not in found.headers


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_is_refused(header: str) -> None:
    with pytest.raises(Problem) as refused:
        byte_range(header, 100)
    assert refused.value.status == 416
    assert refused.value.headers == {"Content-Range": "bytes */100"}
