"""A server that is killed while a proxy is made leaves no process and no half of a proxy."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from footage.instant import Elapsed
from footage.mp4 import walk
from tests.api.test_serve import running
from tests.common.api_city import PLAIN, TOKEN_FILE, parts_of
from tests.common.builders import a_camera, at
from tests.common.odd_films import odd_film
from tests.common.processes import all_gone, family
from tests.common.until import until


def _makes_a_proxy(pid: int) -> bool:
    try:
        return b"-copyts" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_kill_amid_the_making_leaves_nothing(home: Path) -> None:
    parts = parts_of(home)
    parts.register.add_cameras([a_camera("camera-4")])
    film = odd_film(home / "hevc.mp4", "hevc", seconds=20, size="1280x720")
    parts.importer.ingest(film, a_camera("camera-4"), at(0), length=Elapsed.parse("1m"))
    (segment,) = [one for one in parts.catalogue.segments() if one.camera == "camera-4"]
    parts.close()
    headers = {"Authorization": f"Bearer {(home / TOKEN_FILE).read_text()}"}
    address = f"/api/v1/segments/{segment.key}/proxy.m4s"

    def ask(url: str) -> None:
        with suppress(httpx.TransportError):  # the server is killed meanwhile
            httpx.get(f"{url}{address}", headers=headers, timeout=60, verify=PLAIN)

    with running(home) as (server, url):
        asking = threading.Thread(target=ask, args=(url,))
        asking.start()
        until(lambda: any(_makes_a_proxy(one.pid) for one in family(server.pid)))
        left = family(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        asking.join(60)
        assert all_gone(left)
    files = home / "derived" / "files"
    assert [path for path in files.rglob("*") if path.is_file()] == []
    with running(home) as (_, url):
        init = httpx.get(
            f"{url}/api/v1/segments/{segment.key}/proxy-init.mp4",
            headers=headers,
            timeout=60,
            verify=PLAIN,
        )
        media = httpx.get(f"{url}{address}", headers=headers, timeout=60, verify=PLAIN)
    whole = home / "proxy.mp4"
    whole.write_bytes(init.content + media.content)
    with whole.open("rb") as made:
        assert walk(made).media.duration_ticks == segment.media.duration_ticks
