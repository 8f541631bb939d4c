from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from footage.ids import camera_id, site_id
from footage.instant import Instant
from footage.objectkey import ObjectKey

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)


@given(names, names, st.integers(0, 4 * 10**15), st.integers(0, 999_999))
def test_a_key_survives_text(site: str, camera: str, start_us: int, number: int) -> None:
    key = ObjectKey(site_id(site), camera_id(camera), Instant(start_us), number)
    assert ObjectKey.parse(str(key)) == key


@given(names, names, st.integers(0, 10**15), st.integers(0, 10**15))
def test_keys_of_a_camera_sort_by_time(site: str, camera: str, a: int, b: int) -> None:
    first, second = (
        ObjectKey(site_id(site), camera_id(camera), Instant(us)) for us in sorted((a, b))
    )
    assert str(first) <= str(second)


def test_the_grammar_is_onvifs() -> None:
    start = Instant.parse("2026-11-22T15:08:23.547891Z")
    key = ObjectKey(site_id("site-2"), camera_id("camera-5"), start)
    assert str(key) == "site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "site-2/2026-11-22/camera-5/15/08-23.547Z.0.mkv",
        "site-2/2026-11-22/camera-5/25/08-23.547Z.0.mp4",
        "site-2/2026-02-30/camera-5/15/08-23.547Z.0.mp4",
        "site-2/2026-11-22/camera-5/15/08-23.547Z.00.mp4",
        "../2026-11-22/camera-5/15/08-23.547Z.0.mp4",
        "site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4\n",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        ObjectKey.parse(text)


@pytest.mark.parametrize("name", ["", "a/b", "..", "-a", "a b", "x" * 65, "ä"])
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        camera_id(name)
