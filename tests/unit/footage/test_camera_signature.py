"""Camera signatures in bytes: kinds, and what looks like one and is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.camera_signature import UUIDS, SignedBy, continuity, kind_in, kind_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", UUIDS)
@pytest.mark.parametrize("size", [b"\x40", b"\xff\x40", b"\xff\xff\xff\x00"])
def test_a_message_of_user_data_is_a_signature(kind: SignedBy, size: bytes, tmp_path: Path) -> None:
    data = b"\x00" * 9 + b"\x06\x05" + size + UUIDS[kind] + b"rest"
    assert kind_of(data) is kind
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    assert kind_in(path) is kind
    path.write_bytes(b"")
    assert kind_in(path) is SignedBy.NONE


@pytest.mark.parametrize("before", [b"", b"\x05", b"\x06\x04\x40", b"\x06\x05\xff", b"text"])
def test_the_mere_bytes_are_none(before: bytes) -> None:
    data = before + UUIDS[SignedBy.AXIS]
    assert kind_of(data) is SignedBy.NONE
    assert kind_of(data + b"\x06\x05\x40" + UUIDS[SignedBy.AXIS]) is SignedBy.AXIS


def test_where_signatures_begin_and_end_is_told() -> None:
    assert continuity(["none", "none"]) == ("none", "no signature of the camera in 2 segments")
    kind, told = continuity(["axis"] * 3)
    assert (kind, "without a break" in told) == ("axis", True)
    kind, told = continuity(["none", "axis", "axis", "none"])
    assert kind == "axis"
    assert "in 2 of 4 segments; not continuous: they begin with segment 2, end with seg" in told
    assert continuity(["axis", "onvif"])[0] == "mixed"
