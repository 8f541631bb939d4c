"""Many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.common.api_city import WHOLE

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

AT_ONCE = 8


def test_requests_at_once_do_not_disturb_each_other(city: ApiCity) -> None:
    def ask(number: int) -> tuple[int, bytes]:
        if number % 2:
            answer = city.client.get("/api/v1/cameras/camera-1/video", params=WHOLE)
            return answer.status_code, answer.content
        found = city.client.post("/api/v1/search", json={"text": "red", **WHOLE})
        return found.status_code, found.json()["moments"][0]["segment"].encode()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(2 * AT_ONCE)))
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 2
    entries = city.entries()
    assert city.parts.custody.verify() == []
    intents = [entry.number for entry in entries if "intent" not in entry.what]
    closed = [entry.what["intent"] for entry in entries if entry.what.get("ok")]
    assert set(intents) == set(closed)
    assert len(intents) == 2 * AT_ONCE
