"""Signed and stamped bundles: what the verifier, and `openssl` alone, say of each change."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from evidence.verify import SEAL, STAMP, Trust
from footage.instant import Elapsed
from infra.keys.key_folder import KeyFolder
from tests.common.bundles import write_sums
from tests.common.sealed_bundles import ORIGIN, SealedCity, copied, resigned
from tests.common.time_authority import OpensslAuthority, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SealedCity:
    return SealedCity(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpensslAuthority]:
    with served(OpensslAuthority(tmp_path_factory.mktemp("tsa") / "one")) as made:
        yield made


@pytest.fixture(scope="module")
def whole(city: SealedCity, authority: OpensslAuthority) -> Path:
    return city.bundle(authority)


@pytest.fixture
def bundle(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "bundle")


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory: pytest.TempPathFactory, city: SealedCity) -> KeyFolder:
    keys = KeyFolder(tmp_path_factory.mktemp("other") / "keys")
    keys.make(ORIGIN, city.footage.clock.now(), first=True)
    return keys


def verdicts(report: verify.Report) -> tuple[str, str, str, int]:
    found = report.verdicts
    return found["intact"], found["signer"], found["time"], report.exit_code


def test_who_signed_and_stamped_is_unknown_until_the_reader_knows_the_certificates(
    bundle: Path, city: SealedCity, authority: OpensslAuthority
) -> None:
    report = verify.check(bundle)
    assert verdicts(report) == ("proven", "unknown key", "unknown key", 0)
    assert f"sha256:{city.fingerprint}" in report.words()
    assert "compare the fingerprint" in report.words()
    assert report.as_json()["verdicts"]["signer"] == "unknown key"
    known = Trust([city.fingerprint], "", str(authority.root))
    report = verify.check(bundle, trust=known)
    assert verdicts(report) == ("proven", "proven", "proven", 0)
    spaced = ":".join(re.findall("..", city.fingerprint.upper()))  # as openssl prints it
    assert verify.check(bundle, trust=Trust([spaced])).signer[0] == "proven"
    own = Trust((), str(bundle / "trust" / "signer.pem"))
    assert verify.check(bundle, trust=own).signer[0] == "proven"


def test_another_certificate_than_the_readers_proves_nothing(
    bundle: Path, tmp_path: Path, other_keys: KeyFolder
) -> None:
    other = other_keys.seal_certificate()
    report = verify.check(bundle, trust=Trust([other.sha256]))
    assert verdicts(report) == ("proven", "no", "unknown key", 2)
    root = tmp_path / "other.pem"
    root.write_text(other.pem)
    report = verify.check(bundle, trust=Trust((), str(root)))
    assert verdicts(report) == ("proven", "no", "unknown key", 2)
    tsa = OpensslAuthority(tmp_path / "tsa", "Another")
    report = verify.check(bundle, trust=Trust((), "", str(tsa.root)))
    assert verdicts(report) == ("proven", "unknown key", "no", 2)
    for wrong in (Trust(["12"]), Trust((), "nowhere.pem")):
        with pytest.raises(verify.Unreadable):
            verify.check(bundle, trust=wrong)


def test_an_unsigned_bundle_says_why(city: SealedCity, tmp_path: Path) -> None:
    class Away:
        def certificate(self) -> Any:  # noqa: ANN401 - never returns
            return city.keys.__class__(tmp_path / "none").seal_certificate()

        def seal(self, data: bytes, at: object) -> bytes:
            raise AssertionError(data, at)

        seal_clip = seal

    bundle = city.bundle(sealer=Away())
    report = verify.check(bundle)
    assert verdicts(report) == ("proven", "not checked", "not checked", 0)
    assert "no keys in" in report.signer[1]
    assert verify.check(bundle, trust=Trust([city.fingerprint])).exit_code == 2, "it was asked for"
    assert not (bundle / SEAL).exists()


@pytest.mark.parametrize("answer", ["away", "500", "no time stamp", "of another request"])
def test_an_authority_that_gives_no_stamp_fails_no_export(
    city: SealedCity, tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tsa = OpensslAuthority(tmp_path / "tsa")
    with served(tsa):
        tsa.faulty = answer
        if answer == "of another request":
            query = tmp_path / "query"
            argv = ["openssl", "ts", "-query", "-data", __file__, "-sha256", "-out", str(query)]
            subprocess.run(argv, check=True, capture_output=True)
            reply = tsa.answer(query.read_bytes())
            tsa.faulty = ""
            monkeypatch.setattr(tsa, "answer", lambda _: reply)
        if answer == "away":
            tsa.url = "http://127.0.0.1:9/tsa"
        bundle = city.bundle(tsa)
    report = verify.check(bundle)
    assert verdicts(report) == ("proven", "unknown key", "not checked", 0)
    assert "no time stamp: http" in report.time[1]
    assert verify.check(bundle, trust=Trust((), "", str(tsa.root))).exit_code == 2


# ---------------------------------------------------------------- the mutation matrix of the seal


def test_a_manifest_that_was_edited_no_longer_fits(bundle: Path) -> None:
    path = bundle / "MANIFEST.json"
    path.write_bytes(path.read_bytes().replace(b'"operator":"', b'"operator":"x'))
    write_sums(bundle)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "altered", "unknown key", 1)


@pytest.mark.parametrize("path", [SEAL, STAMP])
@pytest.mark.parametrize("at", [5, 200, -20])
def test_a_flipped_byte_of_seal_or_stamp_is_found(bundle: Path, path: str, at: int) -> None:
    data = bytearray((bundle / path).read_bytes())
    data[at] ^= 1
    (bundle / path).write_bytes(data)
    assert verify.check(bundle).exit_code == 1
    write_sums(bundle)
    report = verify.check(bundle)
    assert report.exit_code == 1
    assert "altered" in {report.signer[0], report.time[0]}


def test_a_seal_that_was_cut_out_is_missed(bundle: Path) -> None:
    (bundle / SEAL).unlink()
    (bundle / STAMP).unlink()
    write_sums(bundle)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "no", "no", 1)


def test_a_stamp_that_was_cut_out_is_missed(bundle: Path) -> None:
    (bundle / STAMP).unlink()
    write_sums(bundle)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "unknown key", "no", 1)
    assert "promises a time stamp" in report.time[1]


@pytest.mark.parametrize("path", [SEAL, STAMP])
def test_a_member_that_is_no_file_is_altered(bundle: Path, tmp_path: Path, path: str) -> None:
    (bundle / path).rename(tmp_path / "elsewhere")
    (bundle / path).symlink_to(tmp_path / "elsewhere")
    assert verify.check(bundle).exit_code == 1


def test_resigned_by_another_key_is_another_signer(
    bundle: Path, city: SealedCity, other_keys: KeyFolder
) -> None:
    resigned(bundle, other_keys, lambda _: None)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "altered", "altered", 1), "the manifest names another"
    (bundle / STAMP).unlink()
    crypto = {"hash": "sha256", "signers": [other_keys.seal_certificate().document()]}
    resigned(bundle, other_keys, lambda document: document.update(crypto=crypto))
    assert verify.check(bundle).signer[0] == "unknown key", "whose it is, it cannot say"
    report = verify.check(bundle, trust=Trust([city.fingerprint]))
    assert verdicts(report) == ("proven", "no", "not checked", 2)
    assert "another certificate" in report.signer[1]


def test_seal_and_stamp_of_another_bundle_do_not_fit(
    bundle: Path, city: SealedCity, authority: OpensslAuthority
) -> None:
    other = city.bundle(authority)
    (bundle / STAMP).write_bytes((other / STAMP).read_bytes())
    write_sums(bundle)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "unknown key", "altered", 1)
    (bundle / SEAL).write_bytes((other / SEAL).read_bytes())
    write_sums(bundle)
    report = verify.check(bundle)
    assert verdicts(report) == ("altered", "altered", "unknown key", 1)


@pytest.mark.parametrize("wrong", [{}, {"signers": "x", "hash": "sha256"}, {"signers": [{}]}])
def test_a_promise_of_the_wrong_type_is_altered(
    bundle: Path, city: SealedCity, wrong: dict[str, object]
) -> None:
    resigned(bundle, city.keys, lambda document: document.update(crypto=wrong))
    assert verify.check(bundle).exit_code == 1


def test_a_promise_taken_back_makes_the_seal_a_file_too_many(
    bundle: Path, city: SealedCity
) -> None:
    resigned(bundle, city.keys, lambda document: document["crypto"].update(signers=[]))
    report = verify.check(bundle)
    assert report.signer[0] == "not checked"
    assert report.exit_code == 1


def test_an_expired_certificate_signs_nothing_and_old_bundles_still_verify(
    tmp_path: Path, authority: OpensslAuthority
) -> None:
    city = SealedCity(tmp_path)
    old = city.bundle(authority)
    fingerprint = city.fingerprint
    city.footage.clock.sleep(Elapsed.parse("731d"))
    expired = city.bundle(authority)
    report = verify.check(expired)
    assert verdicts(report) == ("proven", "not checked", "not checked", 0)
    assert "the certificate is valid from" in report.signer[1]
    city.keys.make(ORIGIN, city.footage.clock.now(), first=False)
    assert verify.check(old, trust=Trust([fingerprint])).signer[0] == "proven"
    assert verify.check(old, trust=Trust([city.fingerprint])).signer[0] == "no"
    assert sorted(one.name for one in (tmp_path / "keys").glob("*-seal.*")) == [
        "1-seal.crt",
        "2-seal.crt",
        "2-seal.pem",
    ]


def test_signed_outside_the_time_of_the_certificate_proves_nothing(
    bundle: Path, city: SealedCity
) -> None:
    """Who stole an expired key signs with it, and has no stamp of the time when it counted."""
    (bundle / STAMP).unlink()
    later = "2031-01-01T00:00:00.000000Z"
    crypto = {"hash": "sha256", "signers": [city.keys.seal_certificate().document()]}
    resigned(bundle, city.keys, lambda document: document.update(created=later, crypto=crypto))
    report = verify.check(bundle, trust=Trust([city.fingerprint]))
    assert (report.signer[0], report.exit_code) == ("no", 2)
    assert "outside the time" in report.signer[1]


def test_without_openssl_nothing_is_said_of_the_seal(
    bundle: Path, city: SealedCity, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert verdicts(verify.check(bundle)) == ("proven", "not checked", "not checked", 0)
    report = verify.check(bundle, trust=Trust([city.fingerprint]))
    assert (report.signer[0], report.exit_code) == ("no", 2)


# ---------------------------------------------------------------- openssl alone


def test_the_route_by_openssl_alone_that_the_readme_tells(bundle: Path, city: SealedCity) -> None:
    text = (bundle / "README.txt").read_text()
    joined = re.sub(r"\\\n\s+", "", text)
    commands = re.findall(r"^ {7}((?:openssl|sha256sum) .+)$", joined, re.MULTILINE)
    assert len(commands) == 4
    alone = {"PATH": os.defpath}  # as `env -i`
    said = []
    for command in commands:
        argv = ["env", "-i", f"PATH={os.defpath}", "sh", "-c", command]
        done = subprocess.run(
            argv, cwd=bundle, env=alone, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        said.append(done.stdout + done.stderr)
    assert "successful" in said[1]
    assert city.fingerprint in said[2].replace(":", "").lower()
    assert "Verification: OK" in said[3]
    assert (bundle / "manifest.checked").read_bytes() == (bundle / "MANIFEST.json").read_bytes()
    path = bundle / "MANIFEST.json"
    path.write_bytes(path.read_bytes() + b" ")
    for command in (commands[0], commands[1]):
        argv = ["/bin/sh", "-c", command]
        assert subprocess.run(argv, cwd=bundle, capture_output=True, check=False).returncode != 0


def test_start_here_names_the_fingerprint(bundle: Path, city: SealedCity) -> None:
    for name in ("START-HERE.html", "START-HERE.txt"):
        assert (bundle / name).read_text().count(city.fingerprint) == 2
    stated = json.loads((bundle / "MANIFEST.json").read_bytes())
    assert stated["crypto"]["signers"][0]["sha256"] == city.fingerprint
    assert not any("not signed" in text for text in stated["limitations"])
