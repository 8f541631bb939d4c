"""A missing server fails tests where servers are required; elsewhere tests skip and name why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.common.servers import cache_of, is_required, require


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CI": "true"}, True),
        ({"FOOTAGE_REQUIRE_SERVERS": "1"}, True),
        ({"FOOTAGE_REQUIRE_SERVERS": "0"}, False),
    ],
)
def test_required(environ: dict[str, str], *, expected: bool) -> None:
    assert is_required(environ) is expected


def test_missing_server_skips_by_name(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="needs Go module proxy: minio"):
        require("minio", tmp_path, {})


def test_missing_server_fails_where_required(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="needs Maven Central: elasticsearch"):
        require("elasticsearch", tmp_path, {"CI": "true"})


def test_cache_of_the_environment() -> None:
    assert cache_of({"FOOTAGE_CACHE": "/f", "HOME": "/h"}, 1000) == Path("/f")
    assert cache_of({"HOME": "/h"}, 1000) == Path("/h/.cache/footage")
