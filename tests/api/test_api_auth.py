"""Who is let in."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import httpx
import pytest

from footage.errors import Misconfigured
from infra.config.api_token import token_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.common.api_city import ApiCity

PATHS = [
    ("GET", "/api/v1/cameras"),
    ("GET", "/api/v1/cameras/camera-1"),
    ("GET", "/api/v1/cameras/camera-1/timeline"),
    ("GET", "/api/v1/cameras/camera-1/video"),
    ("GET", "/api/v1/cameras/camera-1/hls.m3u8"),
    ("GET", "/api/v1/segments/site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4/init.mp4"),
    ("GET", "/api/v1/segments/site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4/media.m4s"),
    ("GET", "/api/v1/keyframes/site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4"),
    ("GET", "/api/v1/encoder"),
    ("GET", "/api/v1/holds"),
    ("POST", "/api/v1/holds"),
    ("POST", "/api/v1/holds/hold-1/release"),
    ("POST", "/api/v1/search"),
]


def test_the_paths_tested_are_all_there_are(city: ApiCity) -> None:
    paths = city.client.get("/api/v1/openapi.json").json()["paths"]
    assert sum(len(methods) for path, methods in paths.items() if "/api/" in path) == len(PATHS)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_route_needs_the_token(city: ApiCity, method: str, path: str) -> None:
    secret = city.services.token.secret
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {secret}"},
        {"Authorization": f"Bearer {secret[:-1]}"},
        {"Authorization": "Bearer \xfc"},
    ):
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = httpx.request(method, city.client.base_url.join(path), headers=encoded)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    in_the_url = httpx.request(method, city.client.base_url.join(f"{path}?token={secret}"))
    assert in_the_url.status_code == 401
    assert city.entries() == []


def test_the_token_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "home" / "api-token"
    token = token_of(path)
    assert len(token.secret) >= 43  # 256 bits in base 64
    assert token.secret not in repr(token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token_of(path) == token
    assert [left.name for left in path.parent.iterdir()] == ["api-token"]


def test_a_token_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "api-token"
    token_of(path)
    path.chmod(0o640)
    with pytest.raises(Misconfigured, match="others may read"):
        token_of(path)


def test_an_empty_token_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "api-token"
    path.touch(0o600)
    with pytest.raises(Misconfigured, match="no token"):
        token_of(path)
