"""NAL units: whatever was built is found again, and no bytes at all break the reader."""

from __future__ import annotations

import contextlib
import io

from hypothesis import given
from hypothesis import strategies as st

from footage.errors import DataLoss
from footage.mp4 import walk
from footage.nal import Codec, Payload, configuration, sei_payloads, units, without_emulation
from recorder.spool.stream_check import check
from tests.common import nal_builder as nal
from tests.common.nal_builder import Access

CODECS = st.sampled_from(list(Codec))
LENGTHS = st.sampled_from([1, 2, 4])
UNITS = st.lists(st.binary(min_size=2, max_size=200), min_size=1, max_size=20)
START = nal.coded_init(b"avc1", nal.avcc(nal.SPS, nal.PPS))


@given(CODECS, UNITS, LENGTHS)
def test_built_units_are_found_again(codec: Codec, parts: list[bytes], length_bytes: int) -> None:
    data = nal.sample(*parts, length_bytes=length_bytes)
    found = units(codec, data, length_bytes)
    assert [data[unit.offset : unit.offset + unit.length] for unit in found] == parts
    assert all(unit.is_slice or not unit.first for unit in found)


@given(CODECS, st.binary(max_size=400), LENGTHS)
def test_random_bytes_are_units_or_data_loss(codec: Codec, data: bytes, length_bytes: int) -> None:
    with contextlib.suppress(DataLoss):
        found = units(codec, data, length_bytes)
        assert sum(unit.length + length_bytes for unit in found) == len(data)


@given(CODECS, st.binary(max_size=400))
def test_random_sei(codec: Codec, data: bytes) -> None:
    with contextlib.suppress(DataLoss):
        sei_payloads(codec, data)


@given(st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=600)), max_size=4))
def test_sei_round_trip(messages: list[tuple[int, bytes]]) -> None:
    def counted(value: int) -> bytes:
        return b"\xff" * (value // 255) + bytes([value % 255])

    raw = b"".join(counted(kind) + counted(len(body)) + body for kind, body in messages) + b"\x80"
    found = sei_payloads(Codec.H264, b"\x06" + guarded(raw))
    assert found == [Payload(kind, body) for kind, body in messages]


@given(st.binary(max_size=300))
def test_emulation_prevention_round_trip(data: bytes) -> None:
    assert without_emulation(guarded(data)) == data


@given(st.sampled_from([b"avc1", b"hev1"]), st.binary(max_size=120))
def test_random_configurations(entry: bytes, record: bytes) -> None:
    kind = b"avcC" if entry == b"avc1" else b"hvcC"
    box = (8 + len(record)).to_bytes(4, "big") + kind + record
    with contextlib.suppress(DataLoss):
        found = configuration(nal.coded_init(entry, box))
        assert found is not None
        assert all(found.sets)


@given(st.binary(max_size=300))
def test_a_random_moov(data: bytes) -> None:
    with contextlib.suppress(DataLoss):
        configuration((8 + len(data)).to_bytes(4, "big") + b"moov" + data)


@given(st.lists(st.binary(min_size=1, max_size=700), min_size=1, max_size=6))
def test_a_check_of_anything_is_findings(samples: list[bytes]) -> None:
    """Keyframes of random bytes: never an error, and what does not add up is told."""
    data = nal.segment(START, *[Access((bytes(len(one)),)) for one in samples])
    layout = walk(io.BytesIO(data))
    for sample, one in zip(layout.samples, samples, strict=True):
        body = one + bytes(4)
        data = data[: sample.offset] + body + data[sample.offset + len(body) :]
    found = check(io.BytesIO(data), layout)
    assert all(found.findings)


def guarded(data: bytes) -> bytes:
    """Add emulation prevention bytes to `data`, as an encoder does."""
    made, zeros = bytearray(), 0
    for byte in data:
        if zeros == 2 and byte <= 3:
            made.append(3)
            zeros = 0
        made.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(made)
