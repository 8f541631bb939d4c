"""What a request may take: sizes, ranges, names, and pictures at once."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest

from api.work_pool import WorkPool
from footage.errors import Unavailable
from tests.common.api_city import WHOLE, parts_of, serving
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.common.api_city import ApiCity

CAMERA = "/api/v1/cameras/camera-1"
HOLD = {"cameras": ["camera-1"], **WHOLE, "authority": "court", "reason": "case"}
FAR = "9" * 30


@pytest.fixture(scope="module")
def city(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiCity]:
    """A city in which nothing here changes anything: every request is refused, or reads."""
    home = shutil.copytree(recorded, tmp_path_factory.mktemp("limits") / "home")
    with serving(parts_of(home)) as city:
        yield city


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/v1/keyframes/x", {"offset": 2**63}),
        ("/api/v1/keyframes/" + "x" * 301, {"offset": 1}),
        ("/api/v1/cameras", {"limit": 2**63}),
        ("/api/v1/cameras", {"after": "x" * 65}),
        ("/api/v1/cameras", {"near": "1,1," + FAR * 5}),
        ("/api/v1/cameras", {"near": "nan,inf,1"}),
        ("/api/v1/cameras", {"site": "x" * 65}),
        ("/api/v1/cameras/" + "x" * 65, {}),
        (f"{CAMERA}/timeline", {"from": f"{FAR}h ago"}),
        (f"{CAMERA}/timeline", {"from": "0001-01-01T00:00:00+14:00", "to": "2h ago"}),
        (f"{CAMERA}/timeline", {"from": "x" * 101}),
        (f"{CAMERA}/video", {**WHOLE, "case": "x" * 201}),
        (f"{CAMERA}/video", {**WHOLE, "case": "a\0b"}),
    ],
)
def test_what_is_out_of_range_is_bad_input(city: ApiCity, path: str, asked: dict[str, Any]) -> None:
    answer = city.client.get(path, params=asked)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:footage:problem:bad-input"


@pytest.mark.parametrize(
    "wrong",
    [
        {"authority": "x" * 1_001},
        {"reason": "a\0b"},
        {"cameras": ["camera-1"] * 5_001},
        {"to": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_a_hold_out_of_range_is_bad_input(city: ApiCity, wrong: dict[str, Any]) -> None:
    answer = city.client.post("/api/v1/holds", json={**HOLD, **wrong})
    assert answer.status_code == 422, answer.text
    assert city.entries() == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8960", 200),
        ("[::1]:8960", 200),
        ("LOCALHOST", 200),
        ("evil.example", 421),
        ("localhost.evil.example:80", 421),
        ("localhost@evil.example", 421),
        ("", 421),
    ],
)
def test_only_names_of_ours_are_answered(city: ApiCity, host: str, status: int) -> None:
    """A page elsewhere can make a browser ask under its own name (DNS rebinding)."""
    for path in ("/healthz", "/api/v1/cameras"):
        answer = city.client.get(path, headers={"Host": host})
        assert answer.status_code == status
        said = answer.json().get("type", "")
        assert said == ("" if status == 200 else "urn:footage:problem:misdirected-request")


def test_few_pictures_are_made_at_once_and_too_many_are_refused() -> None:
    """Two of five are made, two wait for a thread, and one is refused."""
    pool, go_on = WorkPool("pictures", threads=2, waiting=2), threading.Event()
    begun: list[int] = []
    answers: list[bool] = []

    def work() -> bool:
        begun.append(threading.get_ident())
        return go_on.wait(30)

    async def ask() -> None:
        try:
            answers.append(await pool.run(work))
        except Unavailable:
            answers.append(False)

    def others_wait() -> bool:
        return len(begun) == 2 and pool._limiter.statistics().tasks_waiting == 2

    async def ask_for_five() -> bool:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)
            try:
                await anyio.to_thread.run_sync(until, others_wait)
                assert answers == [False]
            finally:
                go_on.set()
        return await pool.run(lambda: True)

    assert anyio.run(ask_for_five)
    assert answers == [False, True, True, True, True]
    assert len(begun) == 4
