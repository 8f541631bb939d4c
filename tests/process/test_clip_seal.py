"""Seals of clips by the ONVIF Export File Format: stated facts, and every change found."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from evidence import verify
from evidence.clip_seal import ExportFacts, location_box, seal_box
from footage.ids import CameraId
from footage.instant import Instant
from footage.place import Point
from infra.keys.key_folder import KeyFolder
from tests.common.builders import at, during
from tests.common.bundles import Document, spelled, write_sums
from tests.common.mp4_builder import box, words
from tests.common.sealed_bundles import ORIGIN, SealedCity, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OPENSSL = shutil.which("openssl") or "openssl"
FROM_1904_S = 2_082_844_800
FROM_1601_S = 11_644_473_600


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SealedCity:
    return SealedCity(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def made(city: SealedCity) -> Path:
    return city.bundle(derived=True)


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "bundle")


def the_clip(bundle: Path) -> Path:
    (path,) = (bundle / "clip").iterdir()
    return path


def boxes(data: bytes, at: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes of a container, read by nothing of the product."""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size


def inside(data: bytes, *path: tuple[bytes, int]) -> bytes:
    for kind, skipped in path:
        (data,) = (content[skipped:] for name, content in boxes(data) if name == kind)
    return data


def texts(data: bytes, count: int) -> tuple[list[str], bytes]:
    *found, rest = data.split(b"\0", count)
    return [one.decode() for one in found], rest


def test_a_clip_says_what_camera_when_exported_by_whom_and_when_it_begins(
    made: Path, city: SealedCity
) -> None:
    data = the_clip(made).read_bytes()
    meta = inside(data, (b"meta", 4))
    assert [kind for kind, _ in boxes(data)][-1] == b"meta"
    assert [kind for kind, _ in boxes(meta)] == [b"hdlr", b"suep", b"ipro"]
    suep = inside(meta, (b"suep", 0))
    assert suep[:4] == b"\x01\0\0\0"
    unit, rest = texts(suep[4:], 3)
    assert unit == [city.keys.seal_certificate().common_name, "", ""]
    exported = struct.unpack_from(">Q", rest)[0] - FROM_1904_S
    assert exported == city.footage.clock.now().us // 1_000_000
    operator, rest = texts(rest[8:], 1)
    assert operator == ["liaison"]
    assert rest[:6] == words(1) + struct.pack(">H", 1)
    source, rest = texts(rest[6:], 4)
    assert source == ["Camera camera-1 (camera-1)", "", "", ""]
    assert not rest
    assert b"geheim" not in data, "the camera's address stays here"
    sinf = inside(meta, (b"ipro", 6), (b"sinf", 0))
    assert inside(sinf, (b"schm", 4)) == b"oeff" + words(0x10000)
    count, track, begin = struct.unpack(">IIQ", inside(sinf, (b"cstb", 0)))
    assert (count, track) == (1, 1)
    assert begin == at(0).us * 10 + FROM_1601_S * 10_000_000


def test_the_place_of_the_camera_stands_in_the_clip(made: Path, city: SealedCity) -> None:
    moov = inside(the_clip(made).read_bytes(), (b"moov", 0))
    loci = inside(moov, (b"udta", 0), (b"loci", 6))
    (name,), rest = texts(loci, 1)
    role, lon, lat, altitude = struct.unpack_from(">Biii", rest)
    camera = city.footage.register.camera(CameraId("camera-1"))
    assert (role, altitude) == (1, 0)
    assert (lat / 65_536, lon / 65_536) == pytest.approx(
        (camera.place.lat, camera.place.lon), abs=1e-5
    )
    assert name == "Site site-1"


def test_openssl_alone_checks_a_seal(made: Path, city: SealedCity, tmp_path: Path) -> None:
    data = bytearray(the_clip(made).read_bytes())
    schi = inside(bytes(data), (b"meta", 4), (b"ipro", 6), (b"sinf", 0), (b"schi", 0))
    signature, certificate = inside(schi, (b"sibo", 0)), inside(schi, (b"cert", 0))
    assert certificate == city.keys.seal_certificate().der
    begin = data.index(b"sibo") + 4
    assert bytes(data[begin : begin + len(signature)]) == signature
    data[begin : begin + len(signature)] = bytes(len(signature))
    for name, content in (("film", bytes(data)), ("sig", signature), ("cert.der", certificate)):
        (tmp_path / name).write_bytes(content)
    key = subprocess.run(
        [OPENSSL, "x509", "-inform", "DER", "-in", tmp_path / "cert.der", "-pubkey", "-noout"],
        capture_output=True,
        check=True,
    ).stdout
    (tmp_path / "key.pem").write_bytes(key)
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"]
    command: list[str | Path] = [
        OPENSSL,
        "dgst",
        "-sha256",
        *options,
        "-verify",
        tmp_path / "key.pem",
    ]
    done = subprocess.run(
        [*command, "-signature", tmp_path / "sig", tmp_path / "film"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, b"Verified OK")


def test_a_bundle_with_sealed_clips_is_proven(made: Path) -> None:
    report = verify.check(made)
    assert (report.verdicts["intact"], report.exit_code) == ("proven", 0)
    assert "clips: 1 of 1 seals (ONVIF Export File Format) are right" in report.words()
    (clip,) = json.loads((made / "MANIFEST.json").read_bytes())["clips"]
    assert clip["sealed"] == "onvif-export-26.06"


def test_the_film_before_the_seal_is_that_of_the_masters(made: Path) -> None:
    (clip,) = json.loads((made / "MANIFEST.json").read_bytes())["clips"]
    plain = b"".join(verify.clip_of([made / "master" / one for one in clip["members"]]))
    data = the_clip(made).read_bytes()
    without = {b"meta", b"moov"}
    assert [one for one in boxes(data) if one[0] not in without] == [
        one for one in boxes(plain) if one[0] not in without
    ]


# ------------------------------------------------------------------------ what a forger does


def rewritten(bundle: Path, keys: KeyFolder, change: Callable[[bytes], bytes]) -> list[str]:
    """Change the clip, then compute all sums and sign the manifest anew by keys."""
    path = the_clip(bundle)
    path.write_bytes(change(path.read_bytes()))
    document: Document = json.loads((bundle / "MANIFEST.json").read_bytes())
    for fact in document["files"]:
        if fact["role"] == "clip":
            fact["size"] = path.stat().st_size
            fact["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    document["crypto"]["signers"] = [keys.seal_certificate().document()]
    data = spelled(document).encode()
    (bundle / "MANIFEST.json").write_bytes(data)
    (bundle / "MANIFEST.json.p7s").write_bytes(keys.seal(data))
    write_sums(bundle)
    report = verify.check(bundle)
    return [one.message for one in report.findings if one.where.startswith("clip/")]


def cut(data: bytes) -> bytes:
    return data[: data.rindex(b"meta") - 4]


def of_another_operator(data: bytes) -> bytes:
    return data.replace(b"liaison\0", b"someone\0")


def of_another_time(data: bytes) -> bytes:
    begin = data.index(b"cstb") + 15
    return data[:begin] + bytes([data[begin] ^ 1]) + data[begin + 1 :]


def of_another_place(data: bytes) -> bytes:
    begin = data.index(b"loci") + 4 + 6 + len(b"Site site-1\0") + 1 + 1
    return data[:begin] + bytes([data[begin] ^ 1]) + data[begin + 1 :]


def with_more_behind(data: bytes) -> bytes:
    return data + box(b"free", bytes(8))


def with_two_seals(data: bytes) -> bytes:
    return data + data[data.rindex(b"meta") - 4 :]


def with_a_new_picture(data: bytes) -> bytes:
    begin = data.index(b"mdat") + 20
    return data[:begin] + bytes([data[begin] ^ 1]) + data[begin + 1 :]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (cut, "a single seal must stand behind the film"),
        (of_another_operator, "has a seal that is not of this film"),
        (of_another_time, "has a seal that is not of this film"),
        (of_another_place, "names a place at which the camera did not stand"),
        (with_more_behind, "a single seal must stand behind the film"),
        (with_two_seals, "a single seal must stand behind the film"),
        (with_a_new_picture, "is not what its master files give"),
    ],
)
def test_a_change_is_found_though_everything_else_is_made_anew(
    bundle: Path, city: SealedCity, change: Callable[[bytes], bytes], told: str
) -> None:
    (message,) = rewritten(bundle, city.keys, change)
    assert told in message


def test_a_seal_by_other_keys_than_the_bundle_is_found(
    bundle: Path, city: SealedCity, tmp_path: Path
) -> None:
    other = KeyFolder(tmp_path / "other")
    other.make(ORIGIN, city.footage.clock.now(), first=True)
    (message,) = rewritten(bundle, other, lambda data: data)
    assert message == "is sealed by another certificate than signed the bundle"


def test_a_seal_that_the_manifest_denies_is_found(bundle: Path, city: SealedCity) -> None:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    del document["clips"][0]["sealed"]
    data = spelled(document).encode()
    (bundle / "MANIFEST.json").write_bytes(data)
    (bundle / "MANIFEST.json.p7s").write_bytes(city.keys.seal(data))
    write_sums(bundle)
    (finding,) = verify.check(bundle).findings
    assert finding.message == "is not what its master files give"


def test_without_openssl_no_seal_is_called_right(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = verify.check(made)
    assert report.verdicts["intact"] == "proven"
    assert "0 of 1 seals (ONVIF Export File Format) are right; no openssl" in report.words()


def test_an_unsigned_bundle_has_no_sealed_clips(city: SealedCity, tmp_path: Path) -> None:
    class Away:
        def certificate(self) -> object:
            return KeyFolder(tmp_path / "none").seal_certificate()

        seal = seal_clip = certificate

    out = city.bundle(sealer=Away(), derived=True)  # type: ignore[arg-type]
    (clip,) = json.loads((out / "MANIFEST.json").read_bytes())["clips"]
    assert "sealed" not in clip
    assert [kind for kind, _ in boxes(the_clip(out).read_bytes())][-1] != b"meta"


def test_any_text_can_be_stated() -> None:
    facts = ExportFacts("نوڈ", at(0), "a\0b", "", at(0), (1, 2))
    data = seal_box(facts, b"certificate", bytes(3))
    suep = inside(data, (b"meta", 4), (b"suep", 4))
    assert suep.split(b"\0")[0].decode() == "نوڈ"
    assert b"ab\0" in suep
    assert location_box("", Point(-90, -180)).endswith(b"earth\0\0")
    assert Instant.parse("1904-01-01T00:00:00Z").us == -FROM_1904_S * 1_000_000
    assert during(0, 1).start == at(0)
