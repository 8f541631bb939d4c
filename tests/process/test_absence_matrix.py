"""What the verifier says of a certificate of absence that somebody changed, case by case.

A forger here computes every digest and sum anew, and signs all of it by a key of his own; what only
the digest noted at hand-over finds, or a fingerprint noted elsewhere, is said with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from evidence import verify
from evidence.absence_words import ENGLISH, NAMES, URDU
from evidence.ledger_bundle import keys_document
from evidence.verify import Trust, main
from footage.instant import Elapsed
from footage.leaf import Late
from footage.merkle import inclusion_proof, leaf_hash, reader_of, root_of
from footage.signed_note import Checkpoint
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.pdf.typst_pdf import TypstDocuments
from tests.common.absence_city import ONE, TWO, AbsenceCity, usual_city
from tests.common.builders import START, a_segment, at, during
from tests.common.bundles import spelled, write_sums

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]
ASKED = during(60, 720)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> AbsenceCity:
    """A city that deleted a minute, and imported one of the missed."""
    made = usual_city(tmp_path_factory.mktemp("city"), TypstDocuments())
    made.delete(*[s for s in made.ledger.stored if s.camera == ONE][1:2])
    made.late(a_segment(ONE, at(300)), Late.IMPORT)
    made.certify(ASKED, ONE, TWO, name="good")
    return made


@pytest.fixture
def folder(city: AbsenceCity, tmp_path: Path) -> Path:
    return Path(shutil.copytree(city.folder / "good", tmp_path / "copy"))


def forge(folder: Path, edit: Callable[[Document, Document], object]) -> Path:
    """Change certificate and manifest, and compute every size, digest and sum anew."""
    document = json.loads((folder / "MANIFEST.json").read_bytes())
    told = json.loads((folder / "certificate.json").read_bytes())
    edit(told, document)
    (folder / "certificate.json").write_text(spelled(told))
    keys = forger(folder)
    document["crypto"]["signers"] = [keys.seal_certificate().document()]
    (folder / "trust" / "signer.pem").write_text(keys.seal_certificate().pem)
    for fact in document.get("files", []):
        data = (folder / fact["path"]).read_bytes()
        fact["size"], fact["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    return sealed(folder, document, keys)


def forger(folder: Path) -> KeyFolder:
    """The keys of whoever changed a certificate."""
    keys = KeyFolder(folder.parent / "forger")
    if not keys.sets():
        keys.make("footage-ledger.invalid/forger", START - Elapsed.parse("1d"), first=True)
    return keys


def sealed(folder: Path, document: Document, keys: KeyFolder) -> Path:
    """Write a manifest, its signature and the sums."""
    data = spelled(document).encode()
    (folder / "MANIFEST.json").write_bytes(data)
    (folder / "MANIFEST.json.p7s").write_bytes(keys.seal(data))
    write_sums(folder)
    return folder


def camera(told: Document, name: str = ONE) -> Document:
    (found,) = [one for one in told["cameras"] if one["camera"] == name]
    return cast("Document", found)


def altered(folder: Path, words: str) -> None:
    report = verify.check(folder)
    text = report.words()
    assert (report.exit_code, report.verdicts["intact"]) == (1, "altered"), text
    assert words in text, text


def edited(folder: Path, edit: Callable[[Document], object], words: str) -> None:
    altered(forge(folder, lambda told, _: edit(camera(told))), words)


def test_the_certificate_itself_is_proven(folder: Path) -> None:
    report = verify.check(folder)
    assert (report.findings, report.exit_code) == ([], 0)
    assert (report.absence, report.committed, report.signer[0]) == ("unknown key",) * 3
    forged = verify.check(forge(folder, lambda told, _: told))
    assert (forged.findings, forged.exit_code, forged.signer[0]) == ([], 0, "unknown key")
    states = [part["state"] for part in camera(json.loads(text_of(folder)))["parts"]]
    assert states == ["gone", "stored", "absent", "stored", "absent", "stored"]


def text_of(folder: Path, name: str = "certificate.json") -> str:
    return (folder / name).read_text("utf-8")


def cut(text: str) -> Callable[[Document], None]:
    """Take a leaf out of the chain: the first, one within, or the last."""
    place = {"first": 0, "within": 2, "last": -1}[text]

    def edit(one: Document) -> None:
        del one["chain"][place]

    return edit


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("first", "is not in the tree that was signed"),
        ("within", "is not the one that the leaf after it names"),
        ("last", "what leaves do not prove"),
    ],
)
def test_a_leaf_removed(folder: Path, which: str, words: str) -> None:
    edited(folder, cut(which), words)


def test_a_late_leaf_removed(folder: Path) -> None:
    def hide(one: Document) -> None:
        one["late"] = one["late"][1:]

    edited(folder, hide, "the newest leaf of camera-1 is missing among the late ones")


def test_footage_that_leaves_name_cannot_be_hidden(folder: Path) -> None:
    def hide(one: Document) -> None:
        del one["segments"][0]

    edited(folder, hide, "says that")


def test_what_is_gone_cannot_be_passed_off_as_never_there(folder: Path) -> None:
    def never(one: Document) -> None:
        one["gone"] = []
        one["parts"][0] |= {"state": "absent", "proven": True, "why": "", "custody": []}

    edited(folder, never, "was stored; the certificate differs")


def test_places_that_leave_out_a_time(folder: Path) -> None:
    def shorten(one: Document) -> None:
        one["stood"][0]["end"] = one["parts"][0]["end"]

    edited(folder, shorten, "the places of camera-1 do not add up")


def test_a_neighbour_of_another_camera(folder: Path) -> None:
    def swap(told: Document, _: Document) -> None:
        one, two = camera(told), camera(told, TWO)
        for name in ("chain", "chain_proof", "late", "late_proof"):
            one[name][:] = two[name]

    altered(forge(folder, swap), "is of another camera")


def test_a_leaf_edited(folder: Path) -> None:
    def edit(one: Document) -> None:
        leaf = one["chain"][0]
        leaf["leaf"] = leaf["leaf"].replace('"sequence":0', '"sequence":1')

    edited(folder, edit, "is not in the tree that was signed")


def test_an_index_edited(folder: Path) -> None:
    def edit(one: Document) -> None:
        one["chain"][1]["index"] += 1

    edited(folder, edit, "is not the one that the leaf after it names")


def test_another_days_checkpoint(folder: Path, city: AbsenceCity) -> None:
    """The last checkpoint is of a later day, the same log, with its own right signature."""
    before = city.ledger.checkpoint
    city.minutes(200, 202, TWO)
    later = city.ledger.checkpoint
    assert later.size > before.size
    (folder / "proofs" / "checkpoint").write_text(later.note())
    altered(forge(folder, lambda told, _: told), "is another than the certificate states")

    def fitting(told: Document, _: Document) -> None:
        told["ledger"]["leaves"] = later.size
        told["ledger"]["signed"] = str(city.ledger.ledger.state().signed_at)

    altered(forge(folder, fitting), "is not in the tree that was signed")


def test_a_checkpoint_of_before_that_is_of_later(folder: Path) -> None:
    """A checkpoint of later, passed off as one before the interval, says its own time."""
    shutil.copy(folder / "proofs" / "checkpoint.fixed", folder / "proofs" / "checkpoint.before")

    def keep_time(told: Document, _: Document) -> None:
        fixed = told["ledger"]["fixed"]
        told["ledger"]["before"] |= {"leaves": fixed["leaves"], "proof": fixed["proof"]}

    altered(forge(folder, keep_time), "was not signed at")


def test_a_forked_log(folder: Path, city: AbsenceCity) -> None:
    """The log's own keys signed another tree of before: a second history."""
    path = folder / "proofs" / "checkpoint.before"
    old = Checkpoint.parse(path.read_text("utf-8"))
    signed = verify._instant(json.loads(text_of(folder))["ledger"]["before"]["signed"])
    other = Checkpoint(old.origin, old.size, leaf_hash(b"another history"))
    when = START + Elapsed(signed - START.us)
    path.write_text(FolderSigner(city.ledger.keys).sign(other, when).note())
    altered(forge(folder, lambda told, _: told), "the ledger was forked")


def test_a_late_leaf_passed_off_as_timely(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def timely(one: Document) -> None:
        (late,) = [each for each in one["segments"] if each["late"]]
        late["late"] = ""

    edited(folder, timely, "the certificate differs")
    # The log itself lies, and its keys sign it: the leaf's own times contradict it.
    city = AbsenceCity(tmp_path / "lying")
    city.ledger.keeper.round(at_once=True)
    city.minutes(0, 2, ONE)
    monkeypatch.setattr("footage.leaf.why_late", lambda *_: None)
    city.clock.sleep(Elapsed.parse("1h"))
    city.ledger.append(city.stored(a_segment(ONE, at(120))))
    city.ledger.keeper.round(at_once=True)
    city.minutes(70, 75, ONE)
    city.clock.sleep(Elapsed.parse("1h"))
    made = city.certify(during(60, 600))
    altered(made.folder, "says to be on time, and was entered late")


def resigned(folder: Path, other: KeyFolder) -> Path:
    signer = FolderSigner(other)
    ledger = json.loads(text_of(folder))["ledger"]
    for name, stated in (("", ledger), (".before", ledger["before"]), (".fixed", ledger["fixed"])):
        path = folder / "proofs" / f"checkpoint{name}"
        bare = Checkpoint.parse(path.read_text("utf-8"))
        when = START + Elapsed(verify._instant(stated["signed"]) - START.us)
        path.write_text(signer.sign(Checkpoint(bare.origin, bare.size, bare.root), when).note())
    return folder


def test_signed_again_with_other_keys(folder: Path, city: AbsenceCity) -> None:
    mine = [key.vkey for key in city.ledger.keys.sets()[0].keys]
    report = verify.check(folder, ledger_keys=mine)
    assert (report.absence, report.committed, report.exit_code) == ("proven", "proven", 0)
    other = KeyFolder(city.folder / "other")
    if not other.sets():
        other.make(city.ledger.origin, START - Elapsed.parse("1d"), first=True)
    resigned(folder, other)
    report = verify.check(forge(folder, lambda told, _: told))
    assert (report.absence, report.committed) == ("altered", "no"), "a stranger to these keys"
    keys = json.loads(spelled(plain(keys_document(city.ledger.origin, other.log_keys()))))
    (folder / "proofs" / "ledger.json").write_text(spelled(keys))
    forged = verify.check(forge(folder, lambda told, _: told))
    assert "compare its fingerprint" in forged.words(), "who forged all of it shows his own key"
    report = verify.check(folder, ledger_keys=mine)
    assert report.exit_code != 0
    assert "foreign key" in report.words()


def plain(document: Document) -> Document:
    return {
        **document,
        "keys": [{name: str(value) for name, value in one.items()} for one in document["keys"]],
    }


def test_an_interval_widened(folder: Path) -> None:
    later = "2026-11-22T16:08:23.547000Z"

    def widen(told: Document, document: Document) -> None:
        told["interval"]["end"] = document["request"]["interval"]["end"] = later

    altered(forge(folder, widen), "do not add up to the interval")

    def absent_too(told: Document, document: Document) -> None:
        widen(told, document)
        for one in told["cameras"]:
            start = one["parts"][-1]["end"]
            one["parts"].append(
                {
                    **dict.fromkeys(("reason", "detail", "attested_by", "who", "why"), ""),
                    "start": start,
                    "end": later,
                    "state": "absent",
                    "proven": True,
                    "custody": [],
                }
            )

    altered(forge(folder, absent_too), "what leaves do not prove")


def test_another_interval_in_the_manifest(folder: Path) -> None:
    def other(_: Document, document: Document) -> None:
        document["request"]["interval"]["end"] = "2026-11-22T16:08:23.547000Z"

    altered(forge(folder, other), "is of another interval or other cameras")


@pytest.mark.parametrize("name", ["certificate.json", "START-HERE.txt", "START-HERE.ur.txt"])
def test_a_reason_edited(folder: Path, name: str) -> None:
    """What is attested only the digest noted at hand-over guards, once sums are made anew."""
    noted = verify.check(folder).manifest
    path = folder / name
    old = {"certificate.json": "no frames for 10s"}.get(name, "no frames for 10s")
    changed = path.read_text("utf-8").replace(old, "the lens was stolen")
    assert changed != path.read_text("utf-8")
    path.write_text(changed, "utf-8")
    altered(folder, f"{name}: has ")
    forge(folder, lambda told, _: told)
    assert verify.check(folder, noted).exit_code == 1
    assert "is to be compared with the one noted" in verify.check(folder).words()


@pytest.mark.parametrize("name", ["certificate.pdf", "certificate.ur.pdf"])
def test_a_pdf_edited(folder: Path, name: str) -> None:
    noted = verify.check(folder).manifest
    path = folder / name
    path.write_bytes(path.read_bytes() + b"%another page")
    altered(folder, f"{name}: has ")
    forge(folder, lambda told, _: told)
    assert verify.check(folder, noted).exit_code == 1


def test_a_custody_entry_edited_swapped_or_of_another_person(folder: Path) -> None:
    path = folder / "provenance" / "custody.json"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("service:retention", "service:retentiom"), "utf-8")
    altered(forge(folder, lambda told, _: told), "entry")
    path.write_text(whole, "utf-8")

    def other_person(one: Document) -> None:
        one["parts"][0]["who"] = "nobody"

    edited(folder, other_person, "names another person")

    def other_plan(one: Document) -> None:
        one["parts"][0]["who"] = "service:retention"
        one["gone"][0]["plan"] = "1" * 16

    edited(folder, other_plan, "which says no such thing")


def members_of(value: object, at_: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each member of a document; of a list its first element alone."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [(*at_, name), *members_of(inner, (*at_, name))]
    elif isinstance(value, list) and value:
        found += members_of(value[0], (*at_, 0))
    return found


def taken(document: Document, path: tuple[Any, ...], put: object = None) -> None:
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    if put is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = put


def test_each_member_missing_or_of_another_type(
    folder: Path, city: AbsenceCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # what `openssl` would say is not what is asked here
    good = city.folder / "good"
    puts: list[object] = [None, {"another": []}]
    for name in ("certificate.json", "MANIFEST.json"):
        document = json.loads(text_of(good, name))
        for path in members_of(document):
            for put in puts:
                if put is None and path[-1] == "stood":  # earlier certificates have none
                    continue
                changed = json.loads(text_of(good, name))
                taken(changed, path, put)
                both = [json.loads(text_of(good, n)) for n in ("certificate.json", "MANIFEST.json")]
                both[name == "MANIFEST.json"] = changed
                (folder / "certificate.json").write_text(spelled(both[0]))
                if name == "certificate.json":
                    forge(folder, lambda told, _: told)
                else:
                    (folder / "MANIFEST.json").write_text(spelled(both[1]))
                    write_sums(folder)
                assert main([str(folder)]) in {1, 3}, (name, path, put)
                for restored in ("MANIFEST.json", "trust/signer.pem"):
                    shutil.copy(good / restored, folder / restored)


def test_one_flipped_byte_anywhere_is_found(folder: Path) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = bytearray(path.read_bytes())
        for place in {0, 1, len(data) // 3, len(data) // 2, len(data) - 2, len(data) - 1}:
            data[place] ^= 1
            path.write_bytes(data)
            assert main([str(folder)]) in {1, 3}, (path.name, place)
            data[place] ^= 1
        path.write_bytes(data)
    assert main([str(folder)]) == 0


@pytest.mark.parametrize("change", ["removed", "added", "link"])
def test_files_removed_added_or_linked(folder: Path, change: str) -> None:
    path = folder / "proofs" / "checkpoint.before"
    if change == "added":
        (folder / "more.txt").write_text("x")
        assert verify.check(folder).exit_code == 2
        return
    data = path.read_bytes()
    path.unlink()
    if change == "link":
        (folder.parent / "elsewhere").write_bytes(data)
        path.symlink_to(folder.parent / "elsewhere")
    assert verify.check(folder).exit_code == 1


def test_on_python_and_openssl_alone(folder: Path, city: AbsenceCity) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    alone = ["env", "-i", f"PATH={Path(openssl).parent}", sys.executable, "-I", "-S"]
    script = str(folder / "verify" / "verify.py")
    done = subprocess.run(
        [*alone, script, "."], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "absence        unknown key" in done.stdout
    known = ["--ledger-key", city.ledger.keys.sets()[0].keys[0].vkey, "--signer", signer(city)]
    done = subprocess.run(
        [*alone, script, ".", *known], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "absence        proven" in done.stdout
    assert "signer         proven" in done.stdout
    bare = ["env", "-i", "PATH=/nowhere", sys.executable, "-I", "-S", script, "."]
    done = subprocess.run(bare, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "absence        not checked" in done.stdout


# ---------------------------------------------------------------- the signature


def signer(city: AbsenceCity) -> str:
    return city.ledger.keys.seal_certificate().sha256


def judged(folder: Path, *known: str) -> tuple[str, str, int]:
    report = verify.check(folder, trust=Trust(known))
    return report.verdicts["intact"], report.signer[0], report.exit_code


def test_who_signed_is_told_and_known_by_the_fingerprint(folder: Path, city: AbsenceCity) -> None:
    assert judged(folder) == ("proven", "unknown key", 0)
    assert judged(folder, signer(city)) == ("proven", "proven", 0)
    assert judged(folder, "0" * 64) == ("proven", "no", 2)
    for name in NAMES.values():
        assert f"sha256:{signer(city)}" in text_of(folder, name)


def test_a_signature_cut_out(folder: Path, city: AbsenceCity) -> None:
    (folder / "MANIFEST.json.p7s").unlink()
    write_sums(folder)
    assert judged(folder, signer(city)) == ("altered", "no", 1)
    # The promise is cut out too: then nobody signed, and whoever noted who did sees that.
    document = json.loads(text_of(folder, "MANIFEST.json"))
    document["crypto"]["signers"] = []
    (folder / "MANIFEST.json").write_text(spelled(document))
    write_sums(folder)
    assert judged(folder) == ("proven", "not checked", 0)
    assert judged(folder, signer(city)) == ("proven", "no", 2)


def test_a_signature_replaced(folder: Path, city: AbsenceCity) -> None:
    other = city.certify(ASKED, TWO, name="another").folder
    shutil.copy(other / "MANIFEST.json.p7s", folder)
    write_sums(folder)
    assert judged(folder, signer(city)) == ("altered", "altered", 1)


def test_a_signature_by_another_key(folder: Path, city: AbsenceCity) -> None:
    document = json.loads(text_of(folder, "MANIFEST.json"))
    sealed(folder, document, forger(folder))
    assert judged(folder, signer(city)) == ("altered", "altered", 1), "the manifest names another"
    forge(folder, lambda told, _: told)
    assert judged(folder) == ("proven", "unknown key", 0), "whose key it is nothing here tells"
    assert judged(folder, signer(city)) == ("proven", "no", 2)


def test_an_installation_without_a_key_says_that_nobody_signed(
    city: AbsenceCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = KeyFolder(city.folder / "no keys")
    monkeypatch.setattr(KeyFolder, "seal_certificate", lambda _: none._seal_path())
    made = city.certify(ASKED, TWO, name="unsigned").folder
    assert judged(made) == ("proven", "not checked", 0)
    assert "no keys" in verify.check(made).signer[1]
    assert ENGLISH.unsigned in text_of(made, NAMES["en"])
    assert URDU.unsigned in text_of(made, NAMES["ur"])


def test_without_the_signing_key_nobody_makes_a_leaf(folder: Path) -> None:
    """A tree made up around the same leaves has another root, which nobody signed."""
    told = json.loads(text_of(folder))
    leaves = [each["leaf"].encode() for each in camera(told)["chain"]]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    proof = inclusion_proof(0, len(hashes), reader_of(hashes))
    old = Checkpoint.parse((folder / "proofs" / "checkpoint").read_text("utf-8"))
    made = Checkpoint(old.origin, len(hashes), root_of(hashes), old.signatures)
    (folder / "proofs" / "checkpoint").write_text(made.note())

    def edit(told: Document, _: Document) -> None:
        one = camera(told)
        one["chain"][0]["index"] = 0
        one["chain_proof"][:] = [base64.b64encode(step).decode() for step in proof]
        told["ledger"]["leaves"] = len(hashes)

    altered(forge(folder, edit), "not by its key")
