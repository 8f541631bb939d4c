"""Check an evidence bundle: `python3 -I -S verify.py FOLDER`.

One file, Python 3.9 or later, standard library only, no network: this program is copied into every
bundle and runs on a stranger's computer. What is proven and what is not checked are never mixed up:

    intact          proven | altered    every file that MANIFEST.json lists is here and as listed,
                                        and the manifest's statements are whole and add up
    complete        yes | no            no gap in the time asked for, no hole inside a segment, and
                                        the recorded files are here;
                    not checked         a segment's pictures cannot be read
    signer          proven | altered    signed by the certificate given (--signer, --ca)
                    unknown key         signed, by a certificate that this bundle alone vouches for
                    no                  not by the one given, or outside of its time
                    not checked         the bundle is not signed, or no `openssl` is here
    time            proven | altered    stamped by the authority given (--tsa-ca)
                    unknown key | no    as above; no: promised by the manifest, and cut out
                    not checked         no time stamp of a third party, or no `openssl` is here
    camera_signed   not checked         signatures a camera may have put into its stream
    committed       proven | no         every segment was entered in the ledger when the checkpoint
                    altered             here was signed; no: not all, or by whom is not proven
                    unknown key         as proven, by a key that this bundle alone vouches for:
                                        compare its fingerprint, and give it by --ledger-key
                    not checked         the bundle has no proofs, or no `openssl` is here
    absence         proven | no         of a certificate of absence alone, in place of complete and
                    altered             camera_signed: nothing was entered in the ledger wherever
                    unknown key         the certificate says so; as `committed` where that is less
                    not checked

A file in the folder that the manifest does not list is *added*: no part of the bundle, and nothing
vouches for such a file; what the bundle itself holds is no less proven.

Exit code: 0 all that can be checked is proven and complete, 1 altered, 2 intact but incomplete, not
all committed, or with files added, 3 unreadable (no bundle, or one this program does not know).

"proven" means: fits MANIFEST.json. Whoever could rewrite the whole bundle could rewrite the
manifest too, so compare the manifest's digest with the digest noted at hand-over
(`--manifest sha256:...` does so).

Order: (1) read the manifest, (2) walk the folder, (3) every member of the manifest, (4) files
against manifest, (5) SHA256SUMS against both, (6) segments against files, (7) arithmetic of time
and gaps, (8) times of the pictures inside the segments, (9) imports named, with the original files,
(10) repeated statements, (11) proofs of the ledger and of the custody log, by the `openssl` of this
computer, (12) clips made anew from their master files and compared byte for byte, with their seals
(ONVIF Export File Format) by `openssl`, (13) camera signatures stated, looked for in the segments;
whether they are valid is not judged, (14) times of stills against the pictures of their master
files, (15) the facts that the report was made of, (16) the signature over the manifest and the time
stamp over the signature, by `openssl`, (17) films for viewing against their master files as stated:
number of pictures, times, redactions; these films are derived, coded again with loss, and what they
show is compared with nothing.
Nothing in the bundle is run, and no file name is followed out of the folder.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import mmap
import os
import re
import shutil
import signal
import stat
import struct
import subprocess  # noqa: TID251 - this program stands alone
import sys
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
elif sys.version_info < (3, 9):  # noqa: UP036 - a crash would end with 1: altered
    raise SystemExit(sys.stderr.write("unreadable: needs Python 3.9\n") and 3)

MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"
SEAL = "MANIFEST.json.p7s"  # the detached CMS signature over the manifest
STAMP = "MANIFEST.json.p7s.tsr"  # the answer of a time-stamp authority over the signature
NO_STAMP = "NO-TIME-STAMP.txt"  # why the authority gave none
BESIDE = (SEAL, STAMP, NO_STAMP)  # of the bundle, and not in the manifest, which they come after
ABSENCE = "footage.absence/1"
CERTIFICATE = "certificate.json"  # of absence
SCHEMAS = ("footage.bundle/1", ABSENCE)

CLIP_CHUNK = 8 << 20
STILL_US = 1_000_000  # most difference between the time stated of a still and its picture's
REPORTED = ("master", "original", "clip", "still", "view")  # roles of files that a report is of
MOST_SEAL = 1 << 20  # bytes behind the film of a sealed clip
LOCATION_STEP = 1 / 65_536  # degrees: a clip states the camera's place so exactly
CLIP_SEALS = ("onvif-export-26.06",)
MOST_BOX = 16 << 20  # bytes of a moov or moof; more is an attack on memory
MOST_SAMPLES = 1_000_000  # in a segment
SHORTEST_HOLE_US = 1_000_000  # the rule of footage.holes: a picture shown longer than a second ...
SEVERAL = 4  # ... and longer than four usual pictures hides a hole
MOST_JOIN_US = 1_000_000  # of the format: segments this close are shown without a gap between
ED25519_BYTES = 32  # of a public key
ML_DSA_44_BYTES = 8 + 2420  # of a signature with its time
OPENSSL_SECONDS = 20  # for an answer of `openssl`; signatures take milliseconds
MOST_SAID = 64 << 10  # bytes of an answer of `openssl`
MOST_SIGNATURES = 64  # lines of a checkpoint; each line of a key is a start of `openssl`
KNOWN_SIGNATURE = (  # public key, message, signature
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
)
CAMERA_SIGNATURES = (  # of SEI messages: ONVIF Media Signing, Axis Signed Video
    ("onvif", bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")),
    ("axis", bytes.fromhex("5369676e656420566964656f2e2e2e30")),
)
ON_TIME_US = 600_000_000  # of the ledger: a leaf this long after its footage is late
LONGEST_US = 300_000_000  # of recorded footage: a segment is never longer
AHEAD_US = 86_400_000_000  # a clock further ahead than this is not reckoned with
MOST_TOLD = 20  # members that are missing or of another type; the rest says no more
PICTURE_US = 60_000_000  # most that the first picture of a film begins before its time
RECORDED = ("master", "original", "clip", "still")  # roles of files that hold or show the recording
MOST_JSON = 128 << 20  # bytes: 250 000 segments stay below; more is an attack on memory
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - datetime.UTC is 3.11, see above
SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^\n]+)")

PROVEN, ALTERED, NOT_CHECKED, YES, NO = "proven", "altered", "not checked", "yes", "no"
UNKNOWN_KEY = "unknown key"  # right, by a key that nothing but the bundle itself vouches for
EXIT_PROVEN, EXIT_ALTERED, EXIT_INCOMPLETE, EXIT_UNREADABLE = 0, 1, 2, 3

SPAN = {"start": str, "end": str}
PLACE = {"site": str, "district": str, "lat": str, "lon": str}
SEGMENT = {
    "object_key": str, "size": int, "sha256": str, "start": str, "end": str, "run": str,
    "sequence": int, "codec": str, "width": int, "height": int, "frames": int, "time_source": str,
    "clock_offset_us": (int,), "clock_uncertainty_us": int, "retention_class": str, "damage": str,
    "holes?": [SPAN], "holds": [str], "camera_signed?": str,
}  # fmt: skip
SHAPE = {  # every member and its type; (int,): or null; with a "?": not in every version's bundles
    "schema": str, "bundle_id": str, "created": str,
    "case": {"ref": str, "authority_documents?": [{"authority": str, "name": str, "size": int,
                                                   "sha256": str}]},
    "request": {"by": str, "purpose_code": str, "interval": SPAN, "cameras": [str],
                "recipient?": str, "recipient_kind?": str, "authority?": str,
                "places?": {"sites": [str], "districts": [str], "near": ([str],)}},
    "produced_by": {"operator": str, "software": str, "version": str},
    "files": [{"path": str, "size": int, "sha256": str, "role": str}],
    "sources": [{"camera": str, "name": str, **PLACE, "today?": PLACE, "segments": [SEGMENT],
                 "camera_signed?": str, "sei_check?": str,
                 "places?": [{**PLACE, "written_site": (str,), **SPAN}]}],
    "intervals": [{"camera": str, "requested": SPAN, "delivered": [SPAN], "why_wider": str,
                   "stood?": [{**PLACE, **SPAN, "sure": bool}]}],
    "join_tolerance_us": int,
    "gaps": [{"camera": str, "start": str, "end": str, "reason": str, "detail": str}],
    "clock": [{"camera": str, "time_sources": [str],
               "offset_us": ({"least": int, "greatest": int},),
               "offset_known_of_segments": int, "uncertainty_us": int, "applied": bool}],
    "custody": {"intent": int, "count": int, "head": str},
    "crypto": {"hash": str, "signers": [{"subject": str, "serial": str, "sha256": str,
                                         "from": str, "until": str}], "time_stamp?": str,
               "unsigned?": str},
    "limitations": [str],
    "clips?": [{"path": str, "camera": str, "start": str, "end": str, "members": [str],
                "sealed?": str}],
    "stills?": [{"path": str, "sha256": str, "camera": str, "exhibit": (int,), "asked": str,
                 "shown_from": str, "object_key": str, "media_ticks": int, "timescale": int}],
    "no_stills?": [{"camera": str, "exhibit": (int,), "asked": str, "why": str}],
    "views?": [{"path": str, "sha256": str, "camera": str, "language": str, "zone": str,
                "width": int, "height": int, "sound": str, "tool": str, "filters": str,
                "members": [{"object_key": str, "sha256": str}],
                "parts": [{"kind": str, **SPAN, "position_us": int, "length_us": int,
                           "pictures": int, "why": str}], "redactions": int}],
    "views_alone?": bool,
    "redactions?": {"sha256": str, "list": [{"camera": str, **SPAN, "picture": [int],
                                             "shapes": [[[int]]], "reason": str}]},
    "report?": {"facts_sha256": str, "members": [str]},
    "ledger?": {"origin": str, "leaves": int, "signed": str,
                "without": [{"object_key": str, "why": str}],
                "stamped?": {"leaves": int, "signed": str, "proof": [str]}},
    "custody_tree?": {"origin": str, "entries": int, "signed": str,
                      "without": [{"entry": int, "why": str}]},
    "imports?": [{"camera": str, "file": (str,), "sha256": (str,), "sha256_begins": str,
                  "size": (int,), "container": str, "track": int, "start": str,
                  "stated_by": (str,), "uncertainty_us": int, "clock_ahead_us": (int,),
                  "imported": {"by": str, "at": (str,), "case": str, "custody": [int]},
                  "contradicts": [str], "members": [str],
                  "original?": ({"path": (str,), "object_key": str, "size": int, "sha256": str,
                                 "file": str},)}],
}  # fmt: skip

FOOTAGE = {"object_key": str, "size": int, "sha256": str, **SPAN, "leaf": (int,), "late": str}
LEAVES = [{"index": int, "leaf": str}]
SIGHT = ({**SPAN, "object_key": str, "sha256": str, "stored": bool, "leaf": (int,)},)
SIGNED = ({"signed": str, "leaves": int, "proof": [str]},)
ABSENCE_SHAPE = {
    **{name: SHAPE[name] for name in ("schema", "bundle_id", "created", "case", "produced_by")},
    **{name: SHAPE[name] for name in ("files", "custody", "crypto", "limitations")},
    "request": {"by": str, "purpose_code": str, "interval": SPAN, "cameras": [str]},
}  # fmt: skip
CERTIFICATE_SHAPE = {
    "interval": SPAN, "looked": str, "join_tolerance_us": int,
    "ledger": ({"origin": str, "leaves": int, "signed": str, "before": SIGNED, "fixed": SIGNED},),
    "cameras": [{"camera": str, "name": str, **PLACE, "segments": [FOOTAGE],
                 "stood?": [{**PLACE, **SPAN, "sure": bool}],
                 "gone": [{**FOOTAGE, "rule": str, "plan": str, "deleted": (str,),
                           "custody": [int]}],
                 "parts": [{**SPAN, "state": str, "reason": str, "detail": str,
                            "attested_by": str, "who": str, "custody": [int], "proven": bool,
                            "why": str}],
                 "last_before": SIGHT, "first_after": SIGHT,
                 "chain": LEAVES, "late": LEAVES, "chain_proof": [str], "late_proof": [str]}],
}  # fmt: skip

Document = dict[str, Any]
Part = tuple[int, int]  # [start, end) in microseconds since 1970
Sample = tuple[int, int]  # time of showing and duration, in ticks


class Unreadable(Exception):
    """The folder holds no bundle that this program can judge."""


class Silent(Exception):
    """A program of this computer does not answer in time, or says more than fits an answer."""


class Finding(NamedTuple):
    """A fact found; `gap`, `unread`, `withheld`, `unproven`, `added` alone are no alteration."""

    kind: str
    where: str
    message: str


class Report(NamedTuple):
    """Result of a check."""

    bundle: str
    manifest: str
    files: int
    findings: list[Finding]
    imports: list[str]
    committed: str = NOT_CHECKED
    ledger: str = "no ledger: the bundle has no proofs"
    noted: bool = False  # whether the manifest was compared with a digest noted at hand-over
    absence: str = ""  # of a certificate of absence: whether all absence in it is proven
    entry: int = 0  # number of the export's entry in the custody log, as the manifest states
    signer: tuple[str, str] = (NOT_CHECKED, "it is not signed")
    time: tuple[str, str] = (NOT_CHECKED, "no time stamp of a third party")

    @property
    def added(self) -> list[str]:
        """Paths of files that lie in the folder and are not listed in the manifest."""
        return [finding.where for finding in self.findings if finding.kind == "added"]

    @property
    def verdicts(self) -> dict[str, str]:
        """The five verdicts, each independent of the others."""
        kinds = {finding.kind for finding in self.findings} - {"added", "unproven"}
        unread = NOT_CHECKED if kinds else YES
        if self.absence:
            return _certificate_verdicts(self)
        return {
            "intact": ALTERED if kinds - {"gap", "unread", "withheld"} else PROVEN,
            "signer": self.signer[0],
            "time": self.time[0],
            "complete": NO if kinds - {"unread"} else unread,
            "camera_signed": NOT_CHECKED,
            "committed": self.committed,
        }

    @property
    def exit_code(self) -> int:
        """Exit code of the program; see the top of this file."""
        if self.verdicts["intact"] == ALTERED:
            return EXIT_ALTERED
        unproven = NO in (self.committed, self.signer[0], self.time[0])
        if self.absence:
            sure = {self.absence, self.committed} <= {PROVEN, UNKNOWN_KEY}
            return EXIT_PROVEN if sure and not self.added and not unproven else EXIT_INCOMPLETE
        whole = self.verdicts["complete"] == YES and not self.added and not unproven
        return EXIT_PROVEN if whole else EXIT_INCOMPLETE

    def as_json(self) -> Document:
        """Return the report as JSON-able data, for programs."""
        found = [finding._asdict() for finding in self.findings]
        verdicts = {"verdicts": self.verdicts, "added": self.added}
        return {**self._asdict(), **verdicts, "findings": found}

    def words(self) -> str:
        """Return the report as ASCII text for people, whatever the bundle holds."""
        if self.absence:
            return _certificate_words(self).encode("ascii", "backslashreplace").decode("ascii")
        verdicts = self.verdicts
        found = "".join(f"  {f.kind}: {f.where}: {f.message}\n" for f in self.findings)
        found += "".join(f"  {line}\n" for line in self.imports)
        altered, whole = verdicts["intact"] == ALTERED, verdicts["complete"]
        incomplete = (
            "cannot be said of what was altered" if altered else "its gaps are listed above"
        )
        if not altered and any(f.kind == "withheld" for f in self.findings):
            incomplete = "the recorded files are left out on purpose; see above"
        if whole == NOT_CHECKED:
            incomplete = "pictures of the segments listed above cannot be read"
        intact = "proven: every file of the bundle is as listed"
        count = len(self.added)
        added = (
            f"added          {count} of the files here, no part of the bundle\n" if count else ""
        )
        if self.noted and not altered:
            hint = "The digest of the manifest is the one noted at hand-over."
        else:
            hint = "Compare the digest of the manifest above with the one noted at hand-over."
        text = f"""\
bundle {self.bundle}, {self.files} files
manifest {self.manifest}

{found}
intact         {"ALTERED: do not rely on it" if altered else intact}
{added}complete       {whole}: {"no gap in the time asked for" if whole == YES else incomplete}
signer         {self.signer[0]}: {self.signer[1]}
time           {self.time[0]}: {self.time[1]}
camera_signed  not checked
committed      {self.committed}: {self.ledger}

{hint}"""
        return text.encode("ascii", "backslashreplace").decode("ascii")


class Trust(NamedTuple):
    """The reader's knowledge, from elsewhere, of who signs; "" and () for none.

    `signer`: fingerprints (SHA-256) of certificates. `ca`, `tsa_ca`: files of root certificates of
    signer and time-stamp authority.
    """

    signer: Sequence[str] = ()
    ca: str = ""
    tsa_ca: str = ""


def check(
    folder: str | Path,
    manifest: str = "",
    ledger_keys: Sequence[str] = (),
    trust: Trust | None = None,
) -> Report:
    """Check a bundle and return the report.

    Args:
        folder: Folder of the bundle.
        manifest: The digest noted at hand-over, "sha256:..." or bare, "" when none was noted.
        ledger_keys: Verifier keys of the ledger got elsewhere; none: those in the bundle count.
        trust: Certificates of signer and time-stamp authority got elsewhere.

    Raises:
        Unreadable: The folder is no bundle or of another schema, the disk cannot be read,
            `manifest` is no digest, or a key no verifier key.
    """
    noted = manifest.strip().lower().removeprefix("sha256:")
    if noted and not re.fullmatch(r"[0-9a-f]{64}", noted):
        raise Unreadable(f"{_shown(manifest)} is no SHA-256 digest: 64 digits 0-9, a-f")
    for vkey in ledger_keys:
        try:
            _raw_key(vkey)
        except ValueError:
            raise Unreadable(f"{_shown(vkey)} is no verifier key: NAME+8 digits+base64") from None
    try:
        trusted = _trusted(trust or Trust())
        made = _Check(Path(folder), ledger_keys, trusted)
        if made.document["schema"] == ABSENCE:
            made = _AbsenceCheck(Path(folder), ledger_keys, trusted)
        return made.run(noted)
    except RecursionError:
        raise Unreadable(f"{MANIFEST} is nested too deeply") from None
    except OSError as exc:
        raise Unreadable(f"{_shown(exc.filename or folder)}: {exc.strerror or exc}") from exc


class _Check:
    """A single run over a bundle, with the findings so far."""

    def __init__(self, root: Path, ledger_keys: Sequence[str], trust: Trust) -> None:
        data, self.document = _manifest(root)  # (1)
        self.root, self.there = root, dict(_walk(root))  # (2)
        self.digest = hashlib.sha256(data).hexdigest()
        self.canonical = _canonical(self.document) == data
        self.files: dict[str, Document] = {}
        self.sound: set[str] = set()  # files as listed
        self.found: list[Finding] = []
        self.imports: list[str] = []
        self.ledger_keys, self.trust = ledger_keys, trust
        self.signer = (NOT_CHECKED, "it is not signed")
        self.time = (NOT_CHECKED, "no time stamp of a third party")
        self.committed = (NOT_CHECKED, "no ledger: the bundle has no proofs")
        self.last_leaf = -1
        self.absence = ""

    def run(self, noted: str) -> Report:
        if not self.canonical:
            self.note("altered", MANIFEST, "is not spelled as it was made")
        if noted and noted != self.digest:
            self.note("altered", MANIFEST, "is not the one noted at hand-over")
        for step in (
            self.members,
            self.list_files,
            self.sums,
            self.segments,
            self.times,
            self.pictures,
            self.imported,
            self.repeated,
            self.ledger,
            self.custody_proofs,
            self.clips,
            self.camera_signatures,
            self.stills,
            self.views,
            self.report,
            self.seal,
        ):
            try:
                step()
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as exc:
                self.note("statement", MANIFEST, f"cannot be read: {type(exc).__name__} {exc}")
        bundle = _shown(self.document.get("bundle_id", "?"))
        manifest = f"sha256:{self.digest}"
        if self.ledger_keys and self.committed[0] == NOT_CHECKED:  # and it was asked for
            self.committed = (NO, self.committed[1])
        known = (bundle, manifest, len(self.files), self.found, self.imports)
        custody = self.document.get("custody")
        entry = custody.get("intent") if isinstance(custody, dict) else 0
        return Report(
            *known,
            *self.committed,
            noted=bool(noted),
            absence=self.absence,
            entry=entry if type(entry) is int else 0,
            signer=self.signer,
            time=self.time,
        )

    def note(self, kind: str, where: str, message: str) -> None:
        self.found.append(Finding(kind, _shown(where), _shown(message)))

    def members(self) -> None:  # (3)
        self.shaped(MANIFEST, self.document, SHAPE)
        _instant(self.document["created"])

    def shaped(self, path: str, document: Document, shape: Document) -> None:
        for number, fault in enumerate(_unshaped(document, shape)):
            if number == MOST_TOLD:
                self.note("statement", path, "more members are missing or of another type")
                break
            self.note("statement", path, fault[1:])

    def list_files(self) -> None:  # (4)
        for fact in self.document["files"]:
            path = fact["path"]
            if not _is_safe(path):
                self.note("altered", path, "is a name that leads out of the bundle")
            elif path in self.files or path in (MANIFEST, SUMS, *BESIDE):
                self.note("altered", path, "is listed twice")
            else:
                self.files[path] = fact
        for path, fact in self.files.items():
            self.one_file(path, fact)
        beside = BESIDE if self.document["crypto"]["signers"] else ()
        for path in sorted(set(self.there) - set(self.files) - {MANIFEST, SUMS, *beside}):
            self.note("added", path, "added, not part of the bundle: the manifest does not list it")

    def one_file(self, path: str, fact: Document) -> None:
        if path not in self.there:
            self.note("missing", path, "is listed in the manifest, but not here")
        elif not stat.S_ISREG(self.there[path].st_mode):
            self.note("altered", path, "is not a file, but a link or device")
        elif self.there[path].st_size != fact["size"]:
            size = self.there[path].st_size
            self.note("altered", path, f"has {size} bytes instead of {fact['size']}")
        elif _digest(self.root / path) != fact["sha256"]:
            self.note("altered", path, "does not have the digest it had when it was exported")
        else:
            self.sound.add(path)

    def sums(self) -> None:  # (5)
        text = self.read(SUMS).decode("ascii", "backslashreplace")
        listed: dict[str, str] = {}
        for line in text.removesuffix("\n").split("\n") if text.endswith("\n") else [text]:
            match = SUM_LINE.fullmatch(line)
            if not match or match[2] in listed:
                self.note("altered", SUMS, f"has a line that cannot be: {line[:80]}")
                continue
            listed[match[2]] = match[1]
        stated = {path: fact["sha256"] for path, fact in self.files.items()}
        stated[MANIFEST] = self.digest
        for path in BESIDE if self.document["crypto"]["signers"] else ():
            if path in self.there and stat.S_ISREG(self.there[path].st_mode):
                stated[path] = _digest(self.root / path)
        for path in sorted(set(listed) | set(stated)):
            if listed.get(path) != stated.get(path):
                self.note("altered", SUMS, f"does not agree with the manifest about {path}")

    def segments(self) -> None:  # (6)
        stated = set()
        for source in self.document["sources"]:
            for segment in source["segments"]:
                path = "master/" + segment["object_key"]
                fact = self.files.get(path, {})
                if path in stated:
                    self.note("statement", path, "is stated twice")
                stated.add(path)
                alone = self.alone and path not in self.files
                if not alone and any(
                    fact.get(name) != segment[name] for name in ("size", "sha256")
                ):
                    self.note("statement", path, "is stated otherwise than it is listed")
                _interval(segment)
        masters = {path for path, fact in self.files.items() if fact["role"] == "master"}
        if self.alone:
            self.left_out(len(stated))
            return
        for path in sorted(masters ^ stated):
            self.note("statement", path, "is listed without being stated, or stated unlisted")

    @property
    def alone(self) -> bool:
        """Whether the manifest says that the recorded files are left out of the bundle."""
        return self.document.get("views_alone") is True

    def left_out(self, count: int) -> None:
        """Say that the recorded files are not here, and find those that are all the same."""
        text = f"recorded files left out on purpose: {count}; the films in view show them, coded "
        self.note("withheld", "master/", text + "again; their digests alone are stated")
        for path, fact in self.files.items():
            if fact["role"] in RECORDED:
                self.note("statement", path, "is here, though the manifest says that it is not")
        if not self.document.get("views"):
            self.note("statement", MANIFEST, "leaves the recorded files out, and has no film")

    def times(self) -> None:  # (7)
        if not 0 <= self.document["join_tolerance_us"] <= MOST_JOIN_US:
            self.note("statement", MANIFEST, f"join_tolerance_us is not within 0 to {MOST_JOIN_US}")
        asked: dict[str, list[Document]] = {}
        for each in self.document["intervals"]:
            asked.setdefault(each["camera"], []).append(each)
        sources = {each["camera"]: each["segments"] for each in self.document["sources"]}
        cameras = self.document["request"]["cameras"]
        if not sorted(asked) == sorted(sources) == sorted(cameras):
            raise ValueError("other cameras are named than were asked for")
        if not len(self.document["sources"]) == len(cameras):
            raise ValueError("a camera stands twice")
        gaps: dict[str, list[Part]] = {camera: [] for camera in asked}
        for gap in self.document["gaps"]:
            gaps[gap["camera"]].append(_interval(gap))
            told = f"{gap['start']} to {gap['end']} is missing: {gap['reason']} {gap['detail']}"
            self.note("gap", gap["camera"], told.strip())
        for camera, parts in asked.items():
            delivered = [_interval(part) for each in parts for part in each["delivered"]]
            recorded = [part for segment in sources[camera] for part in _stated(segment)]
            if not (self.as_requested(parts) and self.add_up(parts, gaps[camera])):
                self.note("statement", camera, "delivered time and gaps do not add up")
            joined = _union(recorded, self.tolerance())
            if not all(any(a <= start and end <= b for a, b in joined) for start, end in delivered):
                self.note("statement", camera, "states time as delivered that no segment covers")
            if any(a < end and start < b for a, b in recorded for start, end in gaps[camera]):
                self.note("statement", camera, "states a gap where there is a segment")

    def as_requested(self, parts: Sequence[Document]) -> bool:
        """Whether the parts of a camera are the time asked for, or, with places, lie within it."""
        start, end = _interval(self.document["request"]["interval"])
        asked = [_interval(each["requested"]) for each in parts]
        if "places" not in self.document["request"]:
            return asked == [(start, end)]
        apart = all(a[1] <= b[0] for a, b in zip(asked, asked[1:]))  # noqa: B905, RUF007 - 3.10
        return apart and start <= asked[0][0] and asked[-1][1] <= end

    def add_up(self, parts: Sequence[Document], gaps: Sequence[Part]) -> bool:
        """Whether delivered time and gaps tile each part of a camera's time, and no gap is left."""
        left = list(gaps)
        for each in parts:
            start, end = _interval(each["requested"])
            inside = [gap for gap in left if start <= gap[0] and gap[1] <= end]
            left = [gap for gap in left if gap not in inside]
            delivered = [_interval(part) for part in each["delivered"]]
            stood = [_interval(part) for part in each.get("stood", [])]
            if not _tiles((start, end), delivered + inside):
                return False
            if stood and not _tiles((start, end), stood):
                return False
        return not left

    def tolerance(self) -> int:
        """Time between two segments that counts as shown: never more than the format's own."""
        return min(max(int(self.document["join_tolerance_us"]), 0), MOST_JOIN_US)

    def pictures(self) -> None:  # (8)
        tolerance = self.tolerance()
        delivered: dict[str, list[Document]] = {}
        for each in self.document["intervals"]:
            delivered.setdefault(each["camera"], []).extend(each["delivered"])
        for source in self.document["sources"]:
            shown: list[Part] = []
            for segment in source["segments"]:
                path = "master/" + segment["object_key"]
                whole = _interval(segment)
                try:
                    holes = _holes(self.root / path, whole) if path in self.sound else []
                except (ValueError, ArithmeticError, LookupError, struct.error) as exc:
                    self.note("unread", path, f"its pictures cannot be read: {exc}")
                    holes = []
                stated = [_interval(hole) for hole in segment.get("holes", [])]
                shown += _less([whole], holes + stated)
            told = [_interval(part) for part in delivered[source["camera"]]]
            for start, end in _less(told, _union(shown, tolerance)):
                text = f"{_moment(start)} to {_moment(end)} is missing: no picture in the segment"
                self.note("gap", source["camera"], text)

    def imported(self) -> None:  # (9)
        keys = {
            segment["object_key"]: segment["time_source"] == "stated"
            for source in self.document["sources"]
            for segment in source["segments"]
        }
        named: set[str] = set()
        originals: set[str] = set()
        for one in self.document.get("imports", []):
            named |= set(one["members"])
            digest = one["sha256"] or f"{one['sha256_begins']}..."
            self.imports.append(
                _shown(
                    f"imported, not recorded: {one['camera']}, {len(one['members'])} cut from "
                    f"{one['file'] or 'a file not in the custody log'} (sha256 {digest}); start "
                    f"{one['start']} as stated ({one['stated_by'] or 'not known by whom'}), "
                    f"+-{one['uncertainty_us'] / 1_000_000:.3f} s"
                )
            )
            self.imports += [_shown(f"contradiction: {text}") for text in one["contradicts"]]
            if one.get("original") is not None:
                originals |= self.original(one, one["original"])
        files = {path for path, fact in self.files.items() if fact["role"] == "original"}
        for path in sorted(files ^ originals):
            self.note("statement", path, "is an original without its import, or is not listed")
        if named - set(keys):
            self.note("statement", MANIFEST, "names imported files that are not stated")
        if "imports" in self.document and {key for key in keys if keys[key]} - named:
            self.note("statement", MANIFEST, "has imported files without naming their import")

    def original(self, one: Document, kept: Document) -> set[str]:
        """Compare an import with the file itself; return the path, if the file is in the bundle."""
        begins, path, digest = one["sha256_begins"], kept["path"], kept["sha256"]
        if not digest.startswith(begins) or one["sha256"] not in (None, digest):
            self.note("statement", kept["object_key"], "is not the file that was imported")
        if path is None:
            self.imports.append(_shown(f"original not in the bundle: {kept['file']}"))
            return set()
        fact = self.files.get(path, {})
        if any(fact.get(name) != kept[name] for name in ("size", "sha256")):
            self.note("statement", path, "is stated otherwise than it is listed")
        count = len(one["members"])
        cut = "1 file of master/ was" if count == 1 else f"{count} files of master/ were"
        self.imports.append(_shown(f"original: {path} is the file itself, {cut} cut from it"))
        return {path}

    def repeated(self) -> None:  # (10)
        if not self.document["limitations"]:
            self.note("statement", MANIFEST, "states no limitations")
        for name in ("gaps", "clock"):
            if _parse(self.read(f"provenance/{name}.json"))[name] != self.document[name]:
                self.note("statement", f"provenance/{name}.json", "differs from the manifest")
        self.extract("export")

    def extract(self, action: str) -> Document:
        """Check the entries of the custody log that are here; return these entries by number."""
        custody = _parse(self.read("provenance/custody.json"))
        for entry in custody["entries"]:
            # What names a person stands behind a commitment, and may have been purged.
            apart = ("hash", "personal") if "commitment" in entry else ("hash",)
            bare = {key: value for key, value in entry.items() if key not in apart}
            own = entry["personal"].encode() if "commitment" in entry else b""
            committed = "sha256:" + hashlib.sha256(own).hexdigest()
            whole = own.startswith(b"purged-") or entry.get("commitment", committed) == committed
            true = "sha256:" + hashlib.sha256(_canonical(bare)).hexdigest()
            if true != entry["hash"] or not whole:
                self.note("statement", "provenance/custody.json", f"entry {entry['number']}")
        clear = [{"number": one["number"], **_read_entry(one)} for one in custody["entries"]]
        if custody.get("read", clear) != clear:  # bundles of earlier versions have none
            text = "says in clear something else than its entries"
            self.note("statement", "provenance/custody.json", text)
        stated = self.document["custody"]
        if any(custody[name] != stated[name] for name in ("count", "head")):
            self.note("statement", "provenance/custody.json", "differs from the manifest")
        if not any(
            entry["number"] == stated["intent"]
            and (entry["action"], entry["phase"]) == (action, "intent")
            for entry in custody["entries"]
        ):
            self.note("statement", "provenance/custody.json", f"lacks the entry of this {action}")
        return {str(entry["number"]): entry for entry in custody["entries"]}

    def ledger(self) -> None:  # (11)
        stated = self.document.get("ledger")
        if stated is None:
            return
        self.committed = (ALTERED, "the proofs of the ledger cannot be read; see above")
        before = len(self.found)
        note = self.read("proofs/checkpoint").decode("utf-8")
        checkpoint = _checkpoint(note)
        if (checkpoint.origin, checkpoint.size) != (stated["origin"], stated["leaves"]):
            self.note("ledger", "proofs/checkpoint", "is another than the manifest states")
        keys = _parse(self.read("proofs/ledger.json"))["keys"]
        why = _signed(checkpoint, keys, self.ledger_keys)
        without = {one["object_key"]: one["why"] for one in stated["without"]}
        late = 0
        for source in self.document["sources"]:
            for segment in source["segments"]:
                key = segment["object_key"]
                if key in without:
                    self.note("unproven", key, f"has no proof: {without[key]}")
                    continue
                try:
                    late += self.proof(source["camera"], segment, checkpoint)
                except (LookupError, TypeError, ValueError, AttributeError) as exc:
                    self.note("ledger", f"proofs/{key}.tlog-proof", f"cannot be read: {exc}")
        if why.startswith("forged"):
            self.note("ledger", "proofs/checkpoint", why)
        elif why.startswith(("not signed", "not valid")):
            self.note("unproven", "proofs/checkpoint", why)
        stamped = self.checkpoint_stamp(stated.get("stamped"), checkpoint)
        verdict, told = self.of_ledger({one.kind for one in self.found[before:]}, why, late)
        sure = verdict in {PROVEN, UNKNOWN_KEY}
        self.committed = (verdict, f"{told}; {stamped}" if sure and stamped else told)

    def checkpoint_stamp(self, stated: Document | None, last: Checkpoint) -> str:
        """Check the time stamp over an earlier checkpoint; return what that proves of the leaves.

        The earlier tree has all leaves of the bundle, and the tree of `last` begins with it.
        """
        if stated is None:
            return ""
        path, openssl = "proofs/checkpoint.stamped", _openssl_cms()
        old = _checkpoint(self.read(path).decode("utf-8"))
        steps = [base64.b64decode(step, validate=True) for step in stated["proof"]]
        if (old.origin, old.size) != (last.origin, stated["leaves"]):
            self.note("ledger", path, "is another than the manifest states")
        elif not _consistent(old, last, steps):
            self.note("ledger", path, "is of another tree than the checkpoint of the proofs")
        elif self.last_leaf >= old.size:
            self.note("ledger", path, f"has no leaf {self.last_leaf}: not all were there then")
        elif openssl is None:
            return "the time stamp over its checkpoint is not checked, without openssl"
        else:
            return self.stamp_over(openssl, path)
        return ""

    def stamp_over(self, openssl: str, path: str) -> str:
        """Check the time stamp over the checkpoint at a path; return what that proves."""
        data, stamp = self.root / path, self.root / f"{path}.tsr"
        self.read(f"{path}.tsr")  # there, and a file
        at, told = _stamp_time(openssl, stamp)
        words = f"all stood there before {told} by the clock of an authority"
        here = self.root / "trust" / "tsa.pem"
        own = str(here) if self.files.get("trust/tsa.pem") and here.is_file() else ""
        if at is None:
            self.note("ledger", f"{path}.tsr", "is no time stamp that can be read")
            return ""
        if self.trust.tsa_ca and _ts(openssl, data, stamp, self.trust.tsa_ca, at):
            return f"{words} whose root you gave"
        if not _ts(openssl, data, stamp, own, at):
            self.note("ledger", f"{path}.tsr", "is no time stamp over this checkpoint")
            return ""
        if self.trust.tsa_ca:
            return f"{words} that is not the one you gave: not proven"
        return f"{words} whom this bundle alone vouches for"

    def custody_proofs(self) -> None:  # (11)
        stated = self.document.get("custody_tree")
        if stated is None:
            return
        folder = "proofs/custody"
        checkpoint = _checkpoint(self.read(f"{folder}/checkpoint").decode("utf-8"))
        if (checkpoint.origin, checkpoint.size) != (stated["origin"], stated["entries"]):
            self.note("custody", f"{folder}/checkpoint", "is another than the manifest states")
        keys = [
            {**one, "key": _of_custody(one["key"])}
            for one in _parse(self.read("proofs/ledger.json"))["keys"]
        ]
        why = _signed(checkpoint, keys, [_of_custody(vkey) for vkey in self.ledger_keys])
        if why.startswith("forged"):
            self.note("custody", f"{folder}/checkpoint", why)
        without = {one["entry"]: one["why"] for one in stated["without"]}
        proven = 0
        for entry in _parse(self.read("provenance/custody.json"))["entries"]:
            number = entry["number"]
            if number in without:
                told = f"custody entry {number} has no proof: {without[number]}"
                self.imports.append(_shown(told))
                continue
            path = f"{folder}/{number}.tlog-proof"
            try:
                data, index, steps = _proof(self.read(path).decode("utf-8"), checkpoint)
                in_tree = _root(data, index, checkpoint.size, steps) == checkpoint.root
            except (LookupError, TypeError, ValueError) as exc:
                self.note("custody", path, f"cannot be read: {exc}")
                continue
            if not in_tree or (data, index) != (entry["hash"].encode(), number - 1):
                self.note("custody", path, f"does not prove entry {number} of the custody log")
            else:
                proven += 1
        some = "1 entry stands" if proven == 1 else f"{proven} entries stand"
        told = f"custody: {some} in the custody log's tree, {why}"
        self.imports.append(_shown(told))

    def clips(self) -> None:  # (12)
        masters = {
            segment["object_key"]: source["camera"]
            for source in self.document["sources"]
            for segment in source["segments"]
        }
        told, right, unread = set(), 0, ""
        sealed = [clip for clip in self.document.get("clips", []) if "sealed" in clip]
        openssl = _openssl_cms() if sealed else None
        for clip in self.document.get("clips", []):
            path, members = clip["path"], clip["members"]
            told.add(path)
            fact = self.files.get(path, {"role": ""})
            # A master is of one clip: no manifest makes this program read a file many times.
            mine = {m for m in members if masters.pop(m, None) == clip["camera"]}
            if fact["role"] != "clip" or len(mine) != len(members):
                self.note("statement", path, "is no clip of the master files stated")
                continue
            paths = [f"master/{member}" for member in members]
            if not all(one in self.sound for one in [path, *paths]):
                continue  # told above
            try:
                if fault := self.remade(clip, [self.root / one for one in paths], openssl):
                    self.note("altered", path, fault)
                else:
                    right += "sealed" in clip
            except (ValueError, ArithmeticError, LookupError, struct.error) as exc:
                self.note("altered", path, f"cannot be made from its master files, or read: {exc}")
            except Silent as exc:
                unread = f"; {exc}"
        if sealed:
            count = f"{right} of {len(sealed)} seals (ONVIF Export File Format) are right"
            self.imports.append(f"clips: {count}{unread}")
        for path in sorted({p for p, f in self.files.items() if f["role"] == "clip"} - told):
            self.note("statement", path, "is a clip that the manifest states nothing of")

    def remade(self, clip: Document, masters: Sequence[Path], openssl: str | None) -> str:
        """Return what is wrong with a clip beside its master files; "" for nothing.

        Raises:
            ValueError, LookupError, ArithmeticError, struct.error: Masters or clip are no film.
            Silent: The seal cannot be checked on this computer.
        """
        other, digest = "is not what its master files give", hashlib.sha256()
        with (self.root / clip["path"]).open("rb") as file:
            location = _location(file)
            for piece in clip_of(masters, location):
                if file.read(len(piece)) != piece:
                    return other
                digest.update(piece)
            seal = file.read(MOST_SEAL + 1)
        if "sealed" not in clip:
            return other if seal or location else ""
        if clip["sealed"] not in CLIP_SEALS:
            return "is sealed in a way that this program does not know"
        if not self.stood_there(clip["camera"], location):
            return "names a place at which the camera did not stand"
        return self.sealed(seal, digest, openssl)

    def stood_there(self, camera: str, location: bytes) -> bool:
        """Whether a box `loci` is of a place that the manifest states of the camera."""
        behind = location.index(b"\0", 14) + 2  # box, version, language, name; role
        lon, lat = struct.unpack_from(">ii", location, behind)
        return any(
            all(
                abs(fixed / 65_536 - float(at[name])) < LOCATION_STEP
                for name, fixed in (("lat", lat), ("lon", lon))
            )
            for source in self.document["sources"]
            if source["camera"] == camera
            for at in [source, *source.get("places", [])]
        )

    def sealed(self, seal: bytes, film: hashlib._Hash, openssl: str | None) -> str:
        """Return what is wrong with the seal of a clip; `film` has hashed all before the seal."""
        signature, certificate = _clip_seal(seal)
        first, last = signature
        film.update(seal[:first] + bytes(last - first) + seal[last:])
        signers = {one["sha256"] for one in self.document["crypto"]["signers"]}
        if hashlib.sha256(certificate).hexdigest() not in signers:
            return "is sealed by another certificate than signed the bundle"
        if openssl is None:
            raise Silent("no openssl on this computer that can check signatures")
        if not _pss(openssl, certificate, film.digest(), seal[first:last]):
            return "has a seal that is not of this film"
        return ""

    def stills(self) -> None:  # (14)
        masters = {
            segment["object_key"]: (source["camera"], segment)
            for source in self.document["sources"]
            for segment in source["segments"]
        }
        told: dict[str, list[Document]] = {}
        paths = set()
        for still in self.document.get("stills", []):
            path = still["path"]
            fact = self.files.get(path, {"role": "", "sha256": ""})
            camera, _ = masters.get(still["object_key"], ("", {}))
            stated = ("still", still["sha256"], still["camera"])
            if path in paths or (fact["role"], fact["sha256"], camera) != stated:
                self.note("statement", path, "is no still of the master file stated")
            else:
                told.setdefault(still["object_key"], []).append(still)
            paths.add(path)
        for path in sorted({p for p, f in self.files.items() if f["role"] == "still"} - paths):
            self.note("statement", path, "is a still that the manifest states nothing of")
        for key, stills in told.items():
            if f"master/{key}" in self.sound:
                self.shown(masters[key][1], stills)

    def shown(self, segment: Document, stills: Sequence[Document]) -> None:
        """Compare the times stated of stills with the pictures of their segment."""
        path = "master/" + segment["object_key"]
        try:
            with (self.root / path).open("rb") as file:
                scale, samples = _samples(file)
        except (ValueError, ArithmeticError, LookupError, struct.error):
            self.note("statement", path, "gives no still: its pictures cannot be read")
            return
        times = {pts for pts, _ in samples}
        for still in stills:
            shown, at = shown_at(segment, scale, samples, still["media_ticks"]), still["shown_from"]
            if still["media_ticks"] not in times or still["timescale"] != scale:
                self.note("statement", still["path"], "is of no picture of its master file")
            elif abs(shown - _instant(at)) > STILL_US:
                text = f"is stated for {_moment(_instant(at))}, its master file shows it at "
                self.note("statement", still["path"], text + _moment(shown))

    def views(self) -> None:  # (17)
        sources = {one["camera"]: one["segments"] for one in self.document["sources"]}
        redactions = self.document.get("redactions", {"list": []})
        told = set()
        for view in self.document.get("views", []):
            path = view["path"]
            fact = self.files.get(path, {"role": "", "sha256": ""})
            segments = sources.pop(view["camera"], [])  # one film of a camera
            members = [{name: one[name] for name in ("object_key", "sha256")} for one in segments]
            count = sum(one["camera"] == view["camera"] for one in redactions["list"])
            told.add(path)
            if (fact["role"], fact["sha256"]) != ("view", view["sha256"]) or (
                view["members"] != members or not members
            ):
                self.note("statement", path, "is no film of the master files stated")
            elif view["redactions"] != count:
                self.note("statement", path, "is stated with another number of redactions")
            else:
                self.film(view, segments)
        for path in sorted({p for p, f in self.files.items() if f["role"] == "view"} - told):
            self.note("statement", path, "is a film for viewing that the manifest does not state")
        if redactions["list"]:
            self.redacted(redactions, {view["camera"] for view in self.document.get("views", [])})

    def film(self, view: Document, segments: Sequence[Document]) -> None:
        """Check the parts stated of a film for viewing against the film and the segments."""
        path, at = view["path"], 0
        recorded = _union([_interval(segment) for segment in segments], self.tolerance())
        for part in view["parts"]:
            start, end = _interval(part)
            inside = any(a - PICTURE_US <= start and end <= b + PICTURE_US for a, b in recorded)
            if part["kind"] == "film" and not inside:
                self.note("statement", path, f"states pictures of {part['start']}, not recorded")
            if part["kind"] not in ("film", "gap") or (part["kind"] == "gap") != bool(part["why"]):
                self.note("statement", path, "states a part without its kind or reason")
            if part["position_us"] != at or part["length_us"] <= 0:
                self.note("statement", path, "has parts that do not follow each other")
            at = part["position_us"] + part["length_us"]
        pictures = sum(part["pictures"] for part in view["parts"])
        if path in self.sound:
            try:
                count = _pictures_of(self.root / path)
            except (ValueError, ArithmeticError, LookupError, struct.error) as exc:
                self.note("altered", path, f"is no film that can be read: {exc}")
                return
            if count != pictures:
                self.note("statement", path, f"holds {count} pictures, {pictures} are stated")
        covered = f", redactions: {view['redactions']}" if view["redactions"] else ""
        text = (
            f"derived for viewing: {path}, master files: {len(segments)}, coded again by "
            f"{view['tool']}, sound {view['sound']}{covered}; not compared with the master files"
        )
        self.imports.append(_shown(text))

    def redacted(self, redactions: Document, cameras: set[str]) -> None:
        listed = redactions["list"]
        path = "provenance/redactions.json"
        digest = hashlib.sha256(_canonical({"redactions": listed})).hexdigest()
        if digest != redactions["sha256"] or hashlib.sha256(self.read(path)).hexdigest() != digest:
            self.note("statement", path, "differs from the manifest")
        for one in listed:
            _interval(one)
            if one["camera"] not in cameras:
                self.note("statement", path, f"covers parts of {one['camera']}, without its film")
            told = f"covered in the film of {one['camera']}: {one['start']} to {one['end']}"
            self.imports.append(_shown(f"{told}, {one['reason']}"))

    def report(self) -> None:  # (15)
        stated = self.document.get("report", {"members": []})
        of_role = {path for path, fact in self.files.items() if fact["role"] == "report"}
        if of_role != set(stated["members"]):
            self.note("statement", MANIFEST, "names another report than it lists")
        if stated["members"]:
            facts = {name: one for name, one in self.document.items() if name != "report"}
            facts["files"] = [one for one in facts["files"] if one["role"] in REPORTED]
            if hashlib.sha256(_canonical(facts)).hexdigest() != stated["facts_sha256"]:
                self.note("statement", MANIFEST, "states other facts than the report was made of")

    def camera_signatures(self) -> None:  # (13)
        for source in self.document["sources"]:
            for segment in source["segments"]:
                path = f"master/{segment['object_key']}"
                stated = segment.get("camera_signed")
                if stated is not None and path in self.sound:
                    kind = _camera_signed(self.root / path)
                    if kind != stated:
                        self.note("statement", path, f"holds camera signatures: {kind}")
            if source.get("camera_signed", "none") != "none":
                told = f"{source['camera']}: {source['camera_signed']}, {source['sei_check']}"
                self.imports.append(_shown(told))

    def seal(self) -> None:  # (16)
        crypto = self.document["crypto"]
        if not crypto["signers"]:
            why = _shown(crypto.get("unsigned", ""))
            self.signer = (NOT_CHECKED, f"it is not signed{f': {why}' if why else ''}")
            if self.trust.signer or self.trust.ca:
                self.signer = (NO, self.signer[1])  # it was asked for
            return
        for path in (SEAL, STAMP, NO_STAMP):
            if path in self.there and not stat.S_ISREG(self.there[path].st_mode):
                self.note("altered", path, "is not a file, but a link or device")
                return
        openssl = _openssl_cms()
        try:
            at = self.stamped(openssl)
            self.signer = self.signed(openssl, crypto["signers"], at)
        except Silent as exc:
            self.signer = self.time = (NOT_CHECKED, str(exc))
        if self.trust.tsa_ca and self.time[0] == NOT_CHECKED:
            self.time = (NO, self.time[1])

    def signed(  # noqa: PLR0911 - a verdict for each case
        self, openssl: str | None, signers: Sequence[Document], at: int | None
    ) -> tuple[str, str]:
        """Return verdict and words about the signature; `at` is the time a time stamp tells."""
        asked = bool(self.trust.signer or self.trust.ca)
        if SEAL not in self.there:
            self.note("missing", SEAL, "is promised by the manifest, but not here")
            return NO, "the manifest promises a signature, and it is not here"
        if openssl is None:
            none = "no openssl on this computer that can check signatures"
            return (NO if asked else NOT_CHECKED), none
        right, found = _cms(openssl, self.root / SEAL, self.root / MANIFEST)
        if not right:
            self.note("seal", SEAL, "is no signature over this manifest: one of both was changed")
            return ALTERED, "the signature is not one over this manifest"
        stated = sorted(one["sha256"] for one in signers)
        if sorted(one.sha256 for one in found) != stated:
            self.note("seal", SEAL, "is not by the signers that the manifest states")
            return ALTERED, "signed by others than the manifest states"
        when = _instant(self.document["created"]) if at is None else at
        by = ", ".join(f"{_shown(one.subject)} (sha256:{one.sha256})" for one in found)
        if any(not one.start <= when <= one.end for one in found):
            return NO, f"signed outside the time in which the certificate was valid: {by}"
        if (
            self.trust.ca
            and not _cms(openssl, self.root / SEAL, self.root / MANIFEST, self.trust.ca, when)[0]
        ):
            return NO, f"not under the root you gave, but signed by {by}"
        if self.trust.signer and not {one.sha256 for one in found} <= set(self.trust.signer):
            return NO, f"signed by another certificate than you gave: {by}"
        if asked:
            return PROVEN, f"signed by {by}, whom you gave"
        return UNKNOWN_KEY, f"signed by {by}: compare the fingerprint with the one noted elsewhere"

    def stamped(self, openssl: str | None) -> int | None:  # noqa: PLR0911 - as `signed`
        """Judge the time stamp; return the time it tells, None where it proves none."""
        if STAMP not in self.there:
            if NO_STAMP in self.there:
                why = self.read(NO_STAMP)[:500].decode("utf-8", "replace")
                self.time = (NOT_CHECKED, _shown(why.strip()))
            elif self.document["crypto"].get("time_stamp"):
                self.note("missing", STAMP, "is promised by the manifest, but not here")
                self.time = (NO, "the manifest promises a time stamp, and it is not here")
            return None
        if openssl is None:
            self.time = (NOT_CHECKED, "no openssl on this computer that can check time stamps")
            return None
        at, told = _stamp_time(openssl, self.root / STAMP)
        words = f"signed before {told} by the authority's clock"
        here = self.root / "trust" / "tsa.pem"
        own = str(here) if self.files.get("trust/tsa.pem") and here.is_file() else ""
        data, stamp = self.root / SEAL, self.root / STAMP
        if at is None or SEAL not in self.there:
            self.note("seal", STAMP, "is no time stamp that can be read, or its signature is away")
            self.time = (ALTERED, "the time stamp cannot be read")
            return None
        if self.trust.tsa_ca and _ts(openssl, data, stamp, self.trust.tsa_ca, at):
            self.time = (PROVEN, f"{words}, whose root you gave")
            return at
        if not _ts(openssl, data, stamp, own, at):
            self.note("seal", STAMP, "is no time stamp over this signature: another bundle's, say")
            self.time = (ALTERED, "the time stamp is not one over this signature")
            return None
        if self.trust.tsa_ca:
            self.time = (NO, f"{words}, but not by the authority you gave")
            return None
        self.time = (UNKNOWN_KEY, f"{words}, whom this bundle alone vouches for")
        return at

    def of_ledger(self, kinds: set[str], why: str, late: int) -> tuple[str, str]:
        """Return verdict and words of the ledger, from what was found and who signed."""
        if "ledger" in kinds:
            return ALTERED, "a proof of the ledger contradicts the bundle; see above"
        if "unproven" in kinds:
            return NO, "not every segment is proven by the ledger; see above"
        if why.startswith(NOT_CHECKED):
            return NOT_CHECKED, why
        if not any(source["segments"] for source in self.document["sources"]):
            return NOT_CHECKED, "the bundle has no segment that could be proven"
        told = f"; {late} segments were entered late, see above" if late else ""
        verdict = PROVEN if self.ledger_keys else UNKNOWN_KEY
        return verdict, f"every segment stands in the ledger, {why}{told}"

    def proof(self, camera: str, segment: Document, checkpoint: Checkpoint) -> bool:
        """Compare a segment with its proof; return whether the leaf says that it is late."""
        path = f"proofs/{segment['object_key']}.tlog-proof"
        data, index, steps = _proof(self.read(path).decode("utf-8"), checkpoint)
        leaf = _parse(data)
        self.last_leaf = max(self.last_leaf, index)
        if _root(data, index, checkpoint.size, steps) != checkpoint.root:
            self.note("ledger", path, "its leaf is not in the tree of the checkpoint")
        names = ("size", "sha256", "start", "end", "run", "sequence")
        said = {"key": segment["object_key"], "camera": camera}
        said.update((name, segment[name]) for name in names)
        other = [name for name, value in said.items() if leaf[name] != value]
        if other:
            self.note("ledger", path, f"the ledger has another {', '.join(other)}")
        waited = _instant(leaf["appended"]) - _instant(leaf["end"])
        if leaf["late"] is None and not 0 <= waited <= ON_TIME_US:
            text = "says to have been entered when recorded, and was entered "
            self.note("ledger", path, f"{text}{waited // 1_000_000} s after the end")
        if leaf["late"] is not None:
            told = f"entered late ({leaf['late']}), at {leaf['appended']}: proven since then only"
            self.imports.append(_shown(f"{segment['object_key']}: {told}"))
        return leaf["late"] is not None

    def read(self, path: str) -> bytes:
        if path not in self.there or not stat.S_ISREG(self.there[path].st_mode):
            raise ValueError(f"{path} is not here, or no file")
        return _read(self.root / path)


class Checkpoint(NamedTuple):
    """A signed checkpoint: origin, number of leaves, root; signature lines by name and key."""

    note: str
    text: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]


def _checkpoint(note: str) -> Checkpoint:
    text, found, lines = note.partition("\n\n")
    origin, size, root = text.split("\n")
    if not found:
        raise ValueError("the checkpoint has no signatures")
    signatures = []
    for line in lines.splitlines():
        _, name, data = line.split(" ")
        raw = base64.b64decode(data, validate=True)
        signatures.append((name, raw[:4], raw[4:]))
    if len(signatures) > MOST_SIGNATURES:
        raise ValueError(f"the checkpoint has {len(signatures)} signatures")
    return Checkpoint(note, text + "\n", origin, int(size), base64.b64decode(root), signatures)


def _camera_signed(path: Path) -> str:
    """Return the kind of signatures a camera put into a file, as the exporter looks for them."""
    if not path.stat().st_size:
        return "none"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _kind_of_signatures(data)


def _kind_of_signatures(data: mmap.mmap) -> str:
    for kind, uuid in CAMERA_SIGNATURES:
        at = 0
        while (at := data.find(uuid, at)) >= 0:
            size = at - 1
            while size > 0 and data[size - 1] == 255:  # noqa: PLR2004 - "more follows"
                size -= 1
            if size > 0 and data[size - 1] == 5 and data[at - 1] != 255:  # noqa: PLR2004 - the type
                return kind
            at += len(uuid)
    return "none"


def _read_entry(entry: Document) -> Document:
    """Return actor and facts of a custody entry, with those that its personal part holds."""
    if "commitment" not in entry:
        return {"actor": entry["actor"], "what": entry["what"]}
    if entry["personal"].startswith("purged-"):
        return {"actor": "(purged)", "what": entry["what"]}
    own = _parse(base64.b64decode(entry["personal"], validate=True))
    what = {**entry["what"], **own.get("what", {})}
    if "result" in own:
        what["result"] = {**what["result"], **own["result"]}
    return {"actor": own["actor"], "what": what}


def _proof(text: str, checkpoint: Checkpoint) -> tuple[bytes, int, list[bytes]]:
    """Return leaf, place and hashes of a proof; raises ValueError for one of another checkpoint."""
    head, _, note = text.partition("\n\n")
    first, extra, index, *hashes = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1" or note != checkpoint.note:
        raise ValueError("it is no proof under the checkpoint of this bundle")
    data = base64.b64decode(extra[len("extra ") :], validate=True)
    steps = [base64.b64decode(one, validate=True) for one in hashes]
    return data, int(index[len("index ") :]), steps


def _of_custody(vkey: str) -> str:
    """Return a key of the ledger under the name of the custody log, which the same key signs."""
    name, _, rest = vkey.partition("+")
    return f"{name}-custody+{rest}"


def _root(leaf: bytes, index: int, size: int, steps: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    at, last = index, size - 1
    root = hashlib.sha256(b"\x00" + leaf).digest()
    if not 0 <= at <= last:
        raise ValueError("there is no such leaf")
    for step in steps:
        if not last or len(step) != len(root):
            raise ValueError("the proof has a wrong length")
        if at & 1 or at == last:
            root = hashlib.sha256(b"\x01" + step + root).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + step).digest()
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return root


def _signed(checkpoint: Checkpoint, keys: Sequence[Document], given: Sequence[str]) -> str:
    """Return by whom the checkpoint is signed, in words.

    The words begin with "forged", with "not signed" or "not valid" where nobody known signed in
    time, with "not checked", or with "signed". Of ML-DSA-44, which `openssl` 3.0 cannot check, the
    line has to be there where the ledger has such a key.
    """
    openssl = _openssl()
    if openssl is None:
        return f"{NOT_CHECKED}: no openssl on this computer that can check Ed25519 signatures"
    try:
        return _signed_by(openssl, checkpoint, keys, given)
    except Silent as exc:
        return f"{NOT_CHECKED}: {exc}"


def _signed_by(
    openssl: str, checkpoint: Checkpoint, keys: Sequence[Document], given: Sequence[str]
) -> str:
    known = {one["key"]: (one["from"], one["until"]) for one in keys}
    at, by = 0, ""
    ends: list[tuple[int, int]] = []
    usable = [vkey for vkey in given or known if len(_raw_key(vkey)) == ED25519_BYTES]
    if not usable:
        return f"{NOT_CHECKED}: no key is of Ed25519, which alone is checked here"
    for vkey in usable:
        name, raw = vkey.split("+", 1)[0], _raw_key(vkey)
        for kind in (1, 4):  # of C2SP signed-note: by one key over the text, and with a time
            key_id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]
            for who, of_key, signature in checkpoint.signatures:
                if not who == name == checkpoint.origin or of_key != key_id:
                    continue
                seconds = int.from_bytes(signature[:8], "big") if kind == 4 else 0  # noqa: PLR2004
                message = f"cosignature/v1\ntime {seconds}\n" if seconds else ""
                if not _right(openssl, raw, (message + checkpoint.text).encode(), signature[-64:]):
                    return "forged: the signature in the name of the ledger is not by its key"
                at, by = max(at, seconds), hashlib.sha256(raw).hexdigest()
                start, end = known.get(vkey, ("", ""))
                ends += [(_instant(start), _instant(end))] if start else []
    if not by:
        return "not signed by a key of the ledger that is known: a foreign key, or none"
    if wrong := _wrong_time(at, ends):
        return wrong
    if lacks := _lacks_ml_dsa(checkpoint, known, given, at):
        return lacks
    whose = "a key you gave" if given else "a key in this bundle: compare its fingerprint"
    return f"signed at {_moment(at * 1_000_000)} by {whose} (sha256:{by})"


def _lacks_ml_dsa(
    checkpoint: Checkpoint, known: dict[str, tuple[str, str]], given: Sequence[str], at: int
) -> str:
    """Return that the checkpoint lacks the ML-DSA-44 line of the keys of that second, or ""."""
    wanted = []
    for vkey in {*given, *known}:
        start, end = known.get(vkey, ("", ""))
        then = not start or _instant(start) <= at * 1_000_000 < _instant(end)
        if len(_raw_key(vkey)) != ED25519_BYTES and then:
            name = vkey.split("+", 1)[0].encode()
            wanted.append(hashlib.sha256(name + b"\n\x06" + _raw_key(vkey)).digest()[:4])
    lines = [one for _, one, data in checkpoint.signatures if len(data) == ML_DSA_44_BYTES]
    if wanted and not set(wanted) & set(lines):
        return "not signed by each key: the line of the ML-DSA-44 key is missing (partly signed)"
    return ""


def _wrong_time(at: int, ends: Sequence[tuple[int, int]]) -> str:
    """Return why a signature of this second, 0 for none stated, is not valid; "" where valid."""
    if not at:  # each checkpoint of the ledger has a signature with a time, also by the same key
        return "not valid: signed without saying when, so the key may have expired before"
    if any(not a - 1_000_000 <= at * 1_000_000 <= b + 1_000_000 for a, b in ends):
        return "not valid: signed when the key of the ledger had expired, or did not yet count"
    return ""


def _raw_key(vkey: str) -> bytes:
    """Return the bare public key of a verifier key; raises ValueError."""
    _, _, data = vkey.split("+", 2)
    return base64.b64decode(data, validate=True)[1:]


def _openssl() -> str | None:
    """Return the `openssl` of this computer; None where there is none that checks Ed25519.

    Older ones, and LibreSSL, refuse every such signature, which must not pass for a forgery: so
    the program has to accept a signature that is right (RFC 8032, 7.1, test 2). A program beside
    the bundle is none of this computer: Windows would look into the current folder first.
    """
    found = shutil.which("openssl")
    if found is None or not Path(found).is_absolute():
        return None
    try:
        return found if _right(found, *map(bytes.fromhex, KNOWN_SIGNATURE)) else None
    except Silent:
        return None


def _right(openssl: str, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature over a message is right, by the `openssl` program."""
    der = bytes.fromhex("302a300506032b6570032100") + public
    pem = (
        f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("key.pem", "message", "signature")]
        for path, data in zip(paths, (pem.encode(), message, signature)):  # noqa: B905 - 3.10
            path.write_bytes(data)
        files = ["-inkey", str(paths[0]), "-in", str(paths[1]), "-sigfile", str(paths[2])]
        command = [openssl, "pkeyutl", "-verify", "-pubin", "-rawin", *files]
        return _answer(command)[0] == 0


def _answer(command: Sequence[str]) -> tuple[int, str]:
    """Return exit code and words of a program, which gets no input, and limits of time and output.

    Raises:
        Silent: The program does not end in time, cannot be started, or says too much.
    """
    alone = os.name == "posix"  # a group of its own, which ends with whatever the program started
    try:
        program = subprocess.Popen(  # noqa: S603 - an argument list, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=alone,
        )
    except OSError as exc:
        raise Silent(f"{command[0]} cannot be started: {exc.strerror}") from None
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        _kill(program, alone=alone)

    timer = threading.Timer(OPENSSL_SECONDS, end)
    timer.start()
    try:
        said = program.stdout.read(MOST_SAID + 1) if program.stdout else b""
        if len(said) > MOST_SAID:
            _kill(program, alone=alone)
        code = program.wait()
    finally:
        timer.cancel()
        if program.stdout:
            program.stdout.close()
    if late or len(said) > MOST_SAID:
        raise Silent(f"{command[0]} does not answer as it should")
    return code, said.decode("utf-8", "replace")


def _kill(program: subprocess.Popen[bytes], *, alone: bool) -> None:
    try:
        if alone:
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()
    except OSError:
        pass  # ended meanwhile


class Certificate(NamedTuple):
    """A certificate that signed: subject, fingerprint, validity in microseconds since 1970."""

    subject: str
    sha256: str
    start: int
    end: int


def _trusted(trust: Trust) -> Trust:
    """Return the trust with fingerprints as bare digits; raises Unreadable where it is none."""
    bare = [one.strip().lower().replace(":", "").removeprefix("sha256") for one in trust.signer]
    for one in bare:
        if not re.fullmatch(r"[0-9a-f]{64}", one):
            raise Unreadable(f"{_shown(one)} is no fingerprint: 64 digits 0-9, a-f")
    for path in (trust.ca, trust.tsa_ca):
        if path and not Path(path).is_file():
            raise Unreadable(f"no file {_shown(path)}")
    return trust._replace(signer=bare)


def _openssl_cms() -> str | None:
    """Return the `openssl` of this computer that checks CMS and time stamps; None for none."""
    found = shutil.which("openssl")
    if found is None or not Path(found).is_absolute():
        return None
    try:
        code, said = _answer([found, "version"])
    except Silent:
        return None
    return found if not code and re.match(r"(OpenSSL (1\.1|[3-9])|LibreSSL [3-9])", said) else None


def _cms(
    openssl: str, signature: Path, content: Path, ca: str = "", at_us: int = 0
) -> tuple[bool, list[Certificate]]:
    """Whether a CMS signature is one over the content, and by which certificates.

    Without `ca` nobody's trust is asked for: only whether the signature fits its certificates.
    """
    with tempfile.TemporaryDirectory() as folder:
        signers, out = Path(folder) / "signers.pem", Path(folder) / "out"
        trust = ["-noverify"]
        if ca:
            trust = ["-CAfile", ca, "-attime", str(at_us // 1_000_000)]
        files = ["-in", str(signature), "-content", str(content), "-signer", str(signers)]
        argv = [openssl, "cms", "-verify", "-binary", "-inform", "DER", *files, *trust]
        code, _ = _answer([*argv, "-out", str(out)])
        if code or not signers.is_file():
            return False, []
        return True, _certificates(openssl, signers.read_text("ascii", "replace"), Path(folder))


def _certificates(openssl: str, pem: str, folder: Path) -> list[Certificate]:
    found = []
    for text in re.findall(
        r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL
    ):
        path = folder / "one.pem"
        path.write_text(text + "\n")
        what = ["-noout", "-subject", "-dates", "-fingerprint", "-sha256"]
        _, said = _answer([openssl, "x509", "-in", str(path), *what])
        facts = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        digest = next(v for k, v in facts.items() if k.lower().endswith("fingerprint"))
        start, end = (_openssl_time(facts[name]) for name in ("notBefore", "notAfter"))
        subject = facts.get("subject", "").strip()
        found.append(Certificate(subject, digest.replace(":", "").lower(), start, end))
    return found


def _openssl_time(text: str) -> int:
    """Read a time as `openssl` writes it, such as "Nov 29 23:59:59.5 2026 GMT"."""
    bare = re.sub(r"\.\d+", "", " ".join(text.split()))
    moment = datetime.strptime(bare, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=EPOCH.tzinfo)
    return (moment - EPOCH) // timedelta(microseconds=1)


def _stamp_time(openssl: str, stamp: Path) -> tuple[int | None, str]:
    """Return the time that a time stamp tells, as microseconds and as text; None: unreadable."""
    code, said = _answer([openssl, "ts", "-reply", "-in", str(stamp), "-text"])
    match = re.search(r"^Time stamp: (.+)$", said, re.MULTILINE)
    if code or not match:
        return None, ""
    try:
        at = _openssl_time(match[1])
    except ValueError:
        return None, ""
    return at, _moment(at)


def _ts(openssl: str, data: Path, stamp: Path, ca: str, at_us: int) -> bool:
    """Whether a time stamp is one over the data, by an authority under the roots in file `ca`.

    Without a file the certificates in the token itself count: that only tells a forgery apart.
    """
    with tempfile.TemporaryDirectory() as folder:
        if not ca:
            token, own = Path(folder) / "token", Path(folder) / "own.pem"
            made = ["-reply", "-in", str(stamp), "-token_out", "-out", str(token)]
            _answer([openssl, "ts", *made])
            shown = ["-inform", "DER", "-in", str(token), "-print_certs", "-out", str(own)]
            _answer([openssl, "pkcs7", *shown])
            if not own.is_file() or not own.stat().st_size:
                return False
            ca = str(own)
        files = ["-data", str(data), "-in", str(stamp), "-CAfile", ca]
        when = ["-partial_chain", "-attime", str(at_us // 1_000_000)]
        return _answer([openssl, "ts", "-verify", *files, *when])[0] == 0


def _manifest(root: Path) -> tuple[bytes, Document]:
    path = root / MANIFEST
    if not path.is_file() or path.is_symlink():
        raise Unreadable(f"no {MANIFEST} in {_shown(root)}")
    data = _read(path)
    try:
        document = _parse(data)
    except ValueError as exc:
        raise Unreadable(f"{MANIFEST} cannot be read: {_shown(exc)}") from exc
    if document.get("schema") not in SCHEMAS:
        raise Unreadable(f"{MANIFEST} is of a schema this program does not know")
    return data, document


def _unshaped(value: object, shape: object) -> Iterator[str]:
    """Yield a fault, such as ".case.ref is missing", for each member that does not fit `shape`."""
    if isinstance(shape, tuple):
        if value is not None:
            yield from _unshaped(value, shape[0])
        return
    kind = shape if isinstance(shape, type) else type(shape)
    if type(value) is not kind:  # not isinstance: true is no number
        yield f" is of type {type(value).__name__}, not {kind.__name__}"
    elif isinstance(shape, dict) and isinstance(value, dict):
        yield from _unshaped_members(value, shape)
    elif isinstance(shape, list) and isinstance(value, list):
        for number, each in enumerate(value):
            yield from (f"[{number}]{fault}" for fault in _unshaped(each, shape[0]))


def _unshaped_members(value: Document, shape: Document) -> Iterator[str]:
    for name, inner in shape.items():
        key = name.rstrip("?")
        if key in value:
            yield from (f".{key}{fault}" for fault in _unshaped(value[key], inner))
        elif key == name:
            yield f".{key} is missing"


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path and status of everything in the folder but folders; links are never followed."""
    folders = [""]
    while folders:
        under = folders.pop()
        with os.scandir(root / under) as entries:
            for entry in entries:
                path = f"{under}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path + "/")
                else:
                    yield path, entry.stat(follow_symlinks=False)


def _is_safe(path: object) -> bool:
    if not isinstance(path, str) or not path.isascii() or not path.isprintable():
        return False
    parts = path.split("/")
    return not any(p in ("", ".", "..") for p in parts) and not set(path) & set('\\:*?"<>|')


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST_JSON + 1)
    if len(data) > MOST_JSON:
        raise Unreadable(f"{_shown(path.name)} is too large")
    return data


def _parse(data: bytes) -> Document:
    """Read strict JSON: no key twice, whole numbers only. Raises ValueError."""
    strict = json.JSONDecoder(object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
    try:
        value = strict.decode(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - the value is wrong, not the code
    return value


def _once(pairs: list[tuple[str, object]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(text: str) -> object:
    raise ValueError(f"{text} is no whole number")


def _canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "surrogatepass")


def _digest(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            hasher.update(chunk)
    return hasher.hexdigest()


def _instant(text: str) -> int:
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=EPOCH.tzinfo)
    return (moment - EPOCH) // timedelta(microseconds=1)


def _interval(part: Document) -> Part:
    start, end = _instant(part["start"]), _instant(part["end"])
    if end <= start:
        raise ValueError(f"{part['start']} to {part['end']} is no interval")
    return start, end


def _tiles(window: Part, parts: Sequence[Part]) -> bool:
    starts = [start for start, _ in sorted(parts)] + [window[1]]
    return starts == [window[0]] + [end for _, end in sorted(parts)]


def _union(intervals: Sequence[Part], tolerance: int) -> list[Part]:
    joined: list[Part] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1] + tolerance:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _stated(segment: Document) -> list[Part]:
    """Return the parts of a segment's interval without the holes that the manifest states."""
    return _less([_interval(segment)], [_interval(hole) for hole in segment.get("holes", [])])


def _less(parts: Sequence[Part], without: Sequence[Part]) -> list[Part]:
    left = []
    for start, end in parts:
        at = start
        for a, b in sorted(without):
            if b > at and a < end:
                if a > at:
                    left.append((at, a))
                at = max(at, b)
        if at < end:
            left.append((at, end))
    return left


def _moment(us: int) -> str:
    return f"{(EPOCH + timedelta(microseconds=us)).strftime('%Y-%m-%dT%H:%M:%S.%f')}Z"


def _holes(path: Path, interval: Part) -> list[Part]:
    """Return the holes inside a segment of this interval: the rule of footage.holes, repeated.

    Raises:
        ValueError, LookupError, ArithmeticError, struct.error: The file is no fragmented MP4.
    """
    with path.open("rb") as file:
        return _holes_among(*_samples(file), interval)


def _holes_among(scale: int, samples: Sequence[Sample], interval: Part) -> list[Part]:
    times = sorted(pts for pts, _ in samples if pts >= samples[0][0])
    shown = [later - former for former, later in zip(times, times[1:])]  # noqa: B905, RUF007 - 3.10
    shown.append(samples[-1][1])
    usual = sorted(shown)[(len(shown) - 1) // 2]
    most = max(SHORTEST_HOLE_US * scale // 1_000_000, SEVERAL * usual)
    found = []
    for start, ticks in zip(times, shown):  # noqa: B905 - 3.10
        if ticks > most:
            a, b = (
                (at - samples[0][0]) * 1_000_000 // scale for at in (start + usual, start + ticks)
            )
            a, b = max(interval[0] + a, interval[0]), min(interval[0] + b, interval[1])
            if a < b:
                found.append((a, b))
    return found


def shown_at(segment: Document, scale: int, samples: Sequence[Sample], pts: int) -> int:
    """Return the wall time, in microseconds since 1970, of the picture with a media time `pts`.

    Time passes from the first picture on; of a live segment its length is that of the interval.
    """
    start, end = _interval(segment)
    passed = (pts - samples[0][0]) * 1_000_000 // scale
    last = max(samples)
    usual = sorted(ticks for _, ticks in samples)[(len(samples) - 1) // 2]
    lasts = last[1] if last == samples[-1] else usual  # durations count from decoding to decoding
    media = (last[0] + lasts - samples[0][0]) * 1_000_000 // scale
    if segment["time_source"] != "stated" and media > 0:
        passed = passed * (end - start) // media
    return start + passed


def _samples(file: BinaryIO) -> tuple[int, list[Sample]]:
    """Return the timescale and the samples of the first video track, in order of decoding."""
    track = scale = 0
    defaults: dict[int, int] = {}
    samples: list[Sample] = []
    waiting: list[Sample] = []
    size, at = file.seek(0, os.SEEK_END), 0
    while at + 8 <= size:
        file.seek(at)
        kind, length, head = _header(file.read(16))
        if not length or at + length > size:
            break  # the writer was killed: whole fragments count
        if kind in (b"moov", b"moof") and length > MOST_BOX:
            raise ValueError(f"{length} bytes of index")
        if kind == b"moov" and not track:
            file.seek(at + head)
            track, scale, defaults = _track(file.read(length - head))
        elif kind == b"moof":
            file.seek(at + head)
            waiting = _fragment(file.read(length - head), track, defaults)
        elif kind == b"mdat":
            samples += waiting
            waiting = []
        if len(samples) > MOST_SAMPLES:
            raise ValueError("too many samples")
        at += length
    if not samples or not scale:
        raise ValueError("no whole fragment of video")
    return scale, samples


def _pictures_of(path: Path) -> int:
    """Return the number of pictures of a film that is not fragmented."""
    with path.open("rb") as file:
        size, at = file.seek(0, os.SEEK_END), 0
        while at + 8 <= size:
            file.seek(at)
            kind, length, head = _header(file.read(16))
            if not length or at + length > size:
                break
            if kind == b"moov":
                if length > MOST_BOX:
                    raise ValueError(f"{length} bytes of index")
                file.seek(at + head)
                return _count(file.read(length - head))
            at += length
    raise ValueError("no index")


def _count(moov: bytes) -> int:
    for kind, trak in _boxes(moov):
        if kind == b"trak" and _inner(trak, b"mdia", b"hdlr")[8:12] == b"vide":
            stsz = _inner(trak, b"mdia", b"minf", b"stbl", b"stsz")
            return int(struct.unpack_from(">I", stsz, 8)[0])
    raise ValueError("no video track")


def _header(data: bytes) -> tuple[bytes, int, int]:
    """Return type, size and length of the header of a box."""
    size, kind = struct.unpack_from(">I4s", data)
    if size == 1:
        return kind, struct.unpack_from(">Q", data, 8)[0], 16
    if size and size < 8:  # noqa: PLR2004 - the shortest header
        raise ValueError("a box shorter than its header")
    return kind, size, 8


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        kind, size, head = _header(data[at : at + 16])
        end = at + size if size else len(data)
        if end > len(data):
            raise ValueError("a box sticks out of its container")
        yield kind, data[at + head : end]
        at = end


def _inner(data: bytes, *path: bytes) -> bytes:
    for kind in path:
        data = _child(_boxes(data), kind)
    return data


def _child(boxes: Iterable[tuple[bytes, bytes]], kind: bytes) -> bytes:
    for name, content in boxes:
        if name == kind:
            return content
    raise ValueError(f"no {kind.decode('ascii')} where it must be")


def _track(moov: bytes) -> tuple[int, int, dict[int, int]]:
    """Return id and timescale of the first video track, and default durations by track."""
    defaults = {}
    for kind, content in _boxes(moov):
        if kind == b"mvex":
            for name, trex in _boxes(content):
                if name == b"trex":
                    number, _, duration = struct.unpack_from(">III", trex, 4)
                    defaults[number] = duration
    for kind, trak in _boxes(moov):
        if kind == b"trak" and _inner(trak, b"mdia", b"hdlr")[8:12] == b"vide":
            tkhd, mdhd = _inner(trak, b"tkhd"), _inner(trak, b"mdia", b"mdhd")
            number = struct.unpack_from(">I", tkhd, 20 if tkhd[0] else 12)[0]
            return number, struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0], defaults
    raise ValueError("no video track")


def _fragment(moof: bytes, track: int, defaults: dict[int, int]) -> list[Sample]:
    found: list[Sample] = []
    for kind, traf in _boxes(moof):
        if kind != b"traf":
            continue
        boxes = list(_boxes(traf))
        tfhd = _child(boxes, b"tfhd")
        flags, number = struct.unpack_from(">II", tfhd)
        if number != track:
            continue
        duration, at = defaults.get(track, 0), 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
        if flags & 8:
            duration = struct.unpack_from(">I", tfhd, at)[0]
        dts = 0
        for name, content in boxes:
            if name == b"tfdt":
                dts = struct.unpack_from(">q" if content[0] else ">I", content, 4)[0]
        for name, content in boxes:
            if name == b"trun":
                dts = _run(content, dts, duration, found)
    return found


def _run(trun: bytes, dts: int, default: int, found: list[Sample]) -> int:
    """Add the samples of a `trun`; return the decode time behind the last."""
    flags, count = struct.unpack_from(">II", trun)
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    if count > MOST_SAMPLES or at + 4 * count * len(fields) > len(trun):
        raise ValueError("a run claims more samples than it holds")
    for _ in range(count):
        row = dict(zip(fields, struct.unpack_from(f">{len(fields)}i", trun, at)))  # noqa: B905
        at += 4 * len(fields)
        duration = row.get(0x100, default) & 0xFFFF_FFFF
        found.append((dts + row.get(0x800, 0), duration))
        dts += duration
    return dts


def clip_of(masters: Sequence[Path], location: bytes = b"") -> Iterator[bytes]:
    """Yield the bytes of a clip: the fragments of `masters`, with media time from 0.

    The clip is the index of the first master, then of each master all fragments in order. Media
    data stay byte for byte; of the indexes the decode times alone change, all by the same time.
    A box `location` goes to the end of the first master's user data.

    Raises:
        ValueError, LookupError, ArithmeticError, struct.error: The masters are no fragmented MP4,
            or not of one recording.
        OSError: A master cannot be read.
    """
    return ClipMaker(location).film(masters)


class ClipMaker:
    """A clip being made: the index, timescales by track, and the time that becomes 0."""

    def __init__(self, location: bytes = b"") -> None:
        self.location = location
        self.index = b""
        self.scales: dict[int, int] = {}
        self.begin = (0, 0)  # ticks and timescale

    def film(self, masters: Sequence[Path]) -> Iterator[bytes]:
        """Yield the bytes of the clip; errors are those of `clip_of`."""
        for path in masters:
            with path.open("rb") as file:
                yield from self.fragments(file)

    def fragments(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield what a master gives to the clip."""
        index, moof, size, at = b"", b"", file.seek(0, os.SEEK_END), 0
        count = 0
        while at + 8 <= size:
            file.seek(at)
            kind, length, _ = _header(file.read(16))
            if not length or at + length > size:
                break  # the writer was killed: whole fragments count
            if kind in (b"ftyp", b"moov", b"moof") and len(index) + length > MOST_BOX:
                raise ValueError(f"{len(index) + length} bytes of index")
            file.seek(at)
            if kind in (b"ftyp", b"moov"):
                index += file.read(length)
            elif kind == b"moof":
                yield from self.opened(index)
                moof = self.earlier(bytearray(file.read(length)))
            elif kind == b"mdat" and moof:
                yield moof
                moof = b""
                count += 1
                for done in range(0, length, CLIP_CHUNK):
                    yield file.read(min(CLIP_CHUNK, length - done))
            at += length
        if not count:
            raise ValueError("no whole fragment")

    def opened(self, index: bytes) -> Iterator[bytes]:
        """Yield the index of the first master; refuse a later master with another."""
        if not self.index:
            self.index = index
            for kind, start, end in _places(index, 0, len(index)):
                if kind == b"moov":
                    self.scales = _scales(index[start:end])
            yield _located(index, self.location)
        elif index != self.index:
            raise ValueError("the master files are not of one recording")

    def earlier(self, moof: bytearray) -> bytes:
        """Return a `moof` with decode times counted from the begin of the clip."""
        ((_, start, end),) = _places(moof, 0, len(moof))
        found = []
        for kind, first, last in _places(moof, start, end):
            if kind == b"traf":
                inside = {name: at for name, at, _ in _places(moof, first, last)}
                flags, track = struct.unpack_from(">II", moof, inside[b"tfhd"])
                if flags & 1:
                    raise ValueError("places in the file are told from its begin")
                at = inside[b"tfdt"]
                form = ">Q" if moof[at] else ">I"
                found.append((at + 4, form, struct.unpack_from(form, moof, at + 4)[0], track))
        if not self.begin[1]:
            times = [(ticks, self.scales[track]) for _, _, ticks, track in found]
            self.begin = min(times, key=lambda one: one[0] / one[1])
        ticks, scale = self.begin
        for at, form, time, track in found:
            struct.pack_into(form, moof, at, time - ticks * self.scales[track] // scale)
        return bytes(moof)


def _places(data: bytes | bytearray, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of the content of each box in `data`."""
    while at < end:
        kind, size, head = _header(bytes(data[at : at + 16]))
        if not size or at + size > end:
            raise ValueError("a box sticks out of its container")
        yield kind, at + head, at + size
        at += size


def _boxed(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _located(index: bytes, location: bytes) -> bytes:
    """Return the index of a film with a box at the end of `moov/udta`."""
    if not location:
        return index
    made = b""
    for kind, content in _boxes(index):
        if kind != b"moov":
            made += _boxed(kind, content)
            continue
        inside = [one for one in _boxes(content) if one[0] != b"udta"]
        kept = b"".join(data for name, data in _boxes(content) if name == b"udta")
        inside.append((b"udta", kept + location))
        made += _boxed(kind, b"".join(_boxed(*one) for one in inside))
    return made


def _location(file: BinaryIO) -> bytes:
    """Return the box `loci` at the end of `moov/udta`, b"" for none; go back to the begin."""
    found, at, size = b"", 0, file.seek(0, os.SEEK_END)
    while at + 8 <= size and not found:
        file.seek(at)
        kind, length, head = _header(file.read(16))
        if kind == b"moov" and length <= MOST_BOX:
            file.seek(at + head)
            for name, content in _boxes(file.read(length - head)):
                if name == b"udta":
                    *_, (last, box) = _boxes(content)
                    found = _boxed(last, box) if last == b"loci" else b""
        if kind == b"moof" or not length:
            break
        at += length
    file.seek(0)
    return found


def _clip_seal(seal: bytes) -> tuple[tuple[int, int], bytes]:
    """Return where in the box `meta` of a sealed clip the signature stands, and its certificate.

    Raises:
        ValueError: The bytes are no such box, or one with more than a single seal.
    """
    if len(seal) > MOST_SEAL:
        raise ValueError("too much stands behind the film")
    whole, signature, certificate = (0, len(seal)), None, b""
    for kind, skipped in ((b"meta", 4), (b"ipro", 6), (b"sinf", 0), (b"schi", 0)):
        found = [(a, b) for name, a, b in _places(seal, *whole) if name == kind]
        if len(found) != 1 or (kind == b"meta" and found[0] != (8, len(seal))):
            raise ValueError("a single seal must stand behind the film, and nothing else")
        whole = (found[0][0] + skipped, found[0][1])
    for name, first, last in _places(seal, *whole):
        if name == b"sibo":
            signature = (first, last)
        elif name == b"cert":
            certificate = seal[first:last]
    if signature is None or not certificate:
        raise ValueError("the seal has no signature or no certificate")
    return signature, certificate


def _pss(openssl: str, certificate: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether an RSASSA-PSS signature (SHA-256, salt of 20 bytes) is by a certificate's key."""
    text = base64.encodebytes(certificate).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("certificate.pem", "digest", "signature")]
        for path, data in zip(paths, (pem.encode(), digest, signature)):  # noqa: B905 - 3.10
            path.write_bytes(data)
        files = ["-inkey", str(paths[0]), "-in", str(paths[1]), "-sigfile", str(paths[2])]
        kind = ("digest:sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:20")
        options = [word for one in kind for word in ("-pkeyopt", one)]
        command = [openssl, "pkeyutl", "-verify", "-certin", *files, *options]
        return _answer(command)[0] == 0


def _scales(moov: bytes) -> dict[int, int]:
    """Return the timescale of each track."""
    scales = {}
    for kind, trak in _boxes(moov):
        if kind == b"trak":
            tkhd, mdhd = _inner(trak, b"tkhd"), _inner(trak, b"mdia", b"mdhd")
            number = struct.unpack_from(">I", tkhd, 20 if tkhd[0] else 12)[0]
            scales[number] = struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0]
    return scales


class _AbsenceCheck(_Check):
    """A run over a certificate of absence.

    Of each camera the certificate holds leaves of the ledger: the *chain* from a leaf behind the
    interval back to one before it, each naming the next, and the *late* leaves from the camera's
    newest leaf back. The first of each is proven to be in the signed tree, the others are named by
    hash. So what they name is all that was entered; this class works out again what that proves.
    """

    def members(self) -> None:
        self.absence = NOT_CHECKED
        self.shaped(MANIFEST, self.document, ABSENCE_SHAPE)
        _instant(self.document["created"])

    def segments(self) -> None:
        """Check the certificate: against the ledger, and in itself."""
        self.absence = ALTERED
        told = _parse(self.read(CERTIFICATE))
        before = len(self.found)
        self.shaped(CERTIFICATE, told, CERTIFICATE_SHAPE)
        if len(self.found) > before:
            return
        asked = self.document["request"]
        cameras = [one["camera"] for one in told["cameras"]]
        if told["interval"] != asked["interval"] or cameras != asked["cameras"]:
            self.altered("is of another interval or other cameras than the manifest")
        if not 0 <= told["join_tolerance_us"] <= MOST_JOIN_US or len(set(cameras)) != len(cameras):
            self.altered("states a camera twice, or a wrong join_tolerance_us")
        entries = self.extract("absence")
        root, since = self.roots(told["ledger"])
        unproven = 0
        for one in told["cameras"]:
            try:
                unproven += self.camera(one, told, root, since)
            except (LookupError, TypeError, ValueError, AttributeError) as exc:
                self.altered(f"the leaves of {one['camera']} cannot be read: {exc}", "ledger")
            self.attested(one, entries)
        if {f.kind for f in self.found[before:]} - {"unproven"}:
            return
        self.absence = NO if unproven else PROVEN
        if self.absence == PROVEN:  # no surer than who signed the tree
            self.absence = self.committed[0]

    def altered(self, message: str, kind: str = "statement") -> None:
        self.note(kind, CERTIFICATE, message)

    def roots(self, ledger: Document | None) -> tuple[Checkpoint | None, int | None]:
        """Check the checkpoints; return the last, and the time of one before the interval."""
        if ledger is None:
            self.committed = (NOT_CHECKED, "there was no ledger")
            return None, None
        keys = _parse(self.read("proofs/ledger.json"))["keys"]
        last = _checkpoint(self.read("proofs/checkpoint").decode("utf-8"))
        stated = (ledger["origin"], ledger["leaves"])
        if (last.origin, last.size) != stated:
            self.note("ledger", "proofs/checkpoint", "is another than the certificate states")
        why = self.signed_by("proofs/checkpoint", last, keys, ledger["signed"])
        times = {}
        for name in ("before", "fixed"):
            if ledger[name] is None:
                continue
            path = f"proofs/checkpoint.{name}"
            old = _checkpoint(self.read(path).decode("utf-8"))
            steps = [base64.b64decode(step, validate=True) for step in ledger[name]["proof"]]
            if old.size != ledger[name]["leaves"] or old.origin != last.origin:
                self.note("ledger", path, "is another than the certificate states")
            elif not _consistent(old, last, steps):
                text = "is of another tree than the last checkpoint: the ledger was forked"
                self.note("ledger", path, text)
            one = self.signed_by(path, old, keys, ledger[name]["signed"])
            why = why if one.startswith("signed") else one
            times[name] = _instant(ledger[name]["signed"])
        if why.startswith("signed"):
            verdict = PROVEN if self.ledger_keys else UNKNOWN_KEY
            self.committed = (verdict, f"the checkpoints are of one tree, {why}")
        elif why.startswith(NOT_CHECKED):
            self.committed = (NOT_CHECKED, why)
        else:
            self.committed = (ALTERED if why.startswith("forged") else NO, why)
        return last, times.get("before")

    def signed_by(
        self, path: str, checkpoint: Checkpoint, keys: list[Document], stated: str
    ) -> str:
        """Return by whom a checkpoint is signed, noting what is wrong with it."""
        why = _signed(checkpoint, keys, self.ledger_keys)
        if why.startswith("forged"):
            self.note("ledger", path, why)
        elif why.startswith(("not signed", "not valid")):
            self.note("unproven", path, why)
        at = _stated_time(checkpoint, [one["key"] for one in keys])
        if at * 1_000_000 != _instant(stated):
            self.note("ledger", path, f"was not signed at {stated}, as the certificate states")
        return why

    def camera(
        self, one: Document, told: Document, root: Checkpoint | None, since: int | None
    ) -> int:
        """Check a camera; return the number of parts whose absence is not proven."""
        asked = _interval(told["interval"])
        chain = self.leaves(one, "chain", root)
        late = self.leaves(one, "late", root)
        self.on_time(one["camera"], chain)
        self.newest(one["camera"], chain, late)
        self.footage(one, chain + late, asked)
        tolerance = int(told["join_tolerance_us"])
        stored = _union([_interval(each) for each in one["segments"]], tolerance)
        gone = _union([_interval(each) for each in one["gone"]], tolerance)
        parts = [_interval(part) for part in one["parts"]]
        if not _tiles(asked, parts):
            self.altered(f"the parts of {one['camera']} do not add up to the interval")
        stood = [_interval(each) for each in one.get("stood", [])]
        if stood and not _tiles(asked, stood):
            self.altered(f"the places of {one['camera']} do not add up to the interval")
        unproven = 0
        for part, (start, end) in zip(one["parts"], parts):  # noqa: B905 - 3.10
            whole = {"stored": stored, "gone": gone}.get(part["state"], [])
            inside = any(a <= start and end <= b for a, b in whole)
            touched = any(a < end and start < b for a, b in stored + gone)
            if part["state"] not in ("stored", "gone", "absent") or (
                touched if part["state"] == "absent" else not inside
            ):
                self.altered(f"{part['start']} of {one['camera']} is said to be {part['state']}")
            why = absence_unproven(chain, late, (start, end), asked[0], since)
            if part["proven"] != (part["state"] == "absent" and not why):
                self.altered(f"says of {part['start']} of {one['camera']} what leaves do not prove")
            if part["state"] == "absent" and why:
                unproven += 1
                where = f"{one['camera']} {part['start']} to {part['end']}"
                self.note("unproven", where, f"that nothing was entered is not proven: {why}")
            self.imports.append(_shown(_told_part(one["camera"], part)))
        for leaf in late:
            if leaf["late"] is not None and _touches(leaf, asked):
                text = f"entered late ({leaf['late']}) at {leaf['appended']}"
                self.imports.append(_shown(f"{one['camera']} {leaf['start']}: {text}"))
        if late:
            text = f"what was entered later is known up to {late[0]['appended']}"
            self.imports.append(_shown(f"{one['camera']}: {text}"))
        return unproven

    def leaves(self, one: Document, name: str, root: Checkpoint | None) -> list[Document]:
        """Return the leaves of a list, of which the first is in the tree, each naming the next."""
        link = "before" if name == "chain" else "late_before"
        found: list[Document] = []
        named: Document | None = None
        for number, each in enumerate(one[name]):
            data = each["leaf"].encode("ascii")
            leaf = _parse(data)
            digest = hashlib.sha256(b"\x00" + data).hexdigest()
            if number == 0:
                steps = [base64.b64decode(step, validate=True) for step in one[f"{name}_proof"]]
                if root is None or _root(data, each["index"], root.size, steps) != root.root:
                    self.altered(
                        f"leaf {each['index']} is not in the tree that was signed", "ledger"
                    )
            elif named != {"hash": digest, "index": each["index"]}:
                text = f"leaf {each['index']} is not the one that the leaf after it names"
                self.altered(text, "ledger")
            if leaf["v"] != "footage.leaf/1" or leaf["camera"] != one["camera"]:
                self.altered(f"leaf {each['index']} is of another camera", "ledger")
            if _instant(leaf["end"]) <= _instant(leaf["start"]):
                raise ValueError(f"leaf {each['index']} ends before it starts")
            named = leaf[link]
            found.append({**leaf, "index": each["index"]})
        return found

    def on_time(self, camera: str, chain: list[Document]) -> None:
        for number, leaf in enumerate(chain):
            waited = _instant(leaf["appended"]) - _instant(leaf["end"])
            if leaf["late"] is None and not 0 <= waited <= ON_TIME_US:
                text = f"leaf {leaf['index']} of {camera} says to be on time, and was entered late"
                self.altered(text, "ledger")
            if number and leaf["late"] is not None:
                self.altered(
                    f"leaf {leaf['index']} of {camera} is late, among those on time", "ledger"
                )
            former = chain[number - 1] if number else leaf
            ordered = _instant(leaf["start"]) < _instant(former["start"])
            if number and former["late"] is None and not ordered:
                self.altered(f"the leaves of {camera} are not in the order of footage", "ledger")

    def newest(self, camera: str, chain: list[Document], late: list[Document]) -> None:
        if chain and (not late or late[0]["index"] < chain[0]["index"]):
            self.altered(f"the newest leaf of {camera} is missing among the late ones", "ledger")
        if any(leaf["late"] is None for leaf in late[1:]):
            self.altered(f"a leaf of {camera} is on time, among those that are late", "ledger")

    def footage(self, one: Document, leaves: list[Document], asked: Part) -> None:
        """Compare what leaves name with the footage that the certificate states."""
        stated = {each["object_key"]: each for each in one["segments"] + one["gone"]}
        if len(stated) != len(one["segments"]) + len(one["gone"]):
            self.altered(f"states footage of {one['camera']} twice")
        named = {leaf["key"]: leaf for leaf in leaves if _touches(leaf, asked)}
        for key, leaf in named.items():
            each = stated.get(key)
            same = each is not None and (
                all(each[name] == leaf[name] for name in ("start", "end", "size", "sha256"))
                and (each["leaf"], each["late"]) == (leaf["index"], leaf["late"] or "")
            )
            if not same:
                text = f"leaf {leaf['index']} says that {key} was stored; the certificate differs"
                self.altered(text, "ledger")
        for key, each in stated.items():
            if each["leaf"] is not None and key not in named:
                self.altered(f"states a leaf of {key}, and there is none here", "ledger")
            if not _touches(each, asked):
                self.altered(f"{key} does not lie in the interval")

    def attested(self, one: Document, entries: dict[str, Document]) -> None:
        """Check that entries of the custody log are here which the certificate names."""
        for each in [*one["gone"], *one["parts"]]:
            for number in each["custody"]:
                entry = entries.get(str(number))
                read = {} if entry is None else _read_entry(entry)
                purged = entry is not None and entry["action"] == "purge"
                plan = read.get("what", {}).get("plan")
                if entry is None or (purged and plan != each.get("plan", plan)):
                    text = f"names entry {number} of the custody log, which says no such thing"
                    self.altered(text)
                elif each.get("who") not in (None, "", read["actor"]):
                    self.altered(f"names another person than entry {number} of the custody log")

    def times(self) -> None:
        """A certificate holds no footage to compare."""

    pictures = imported = repeated = ledger = custody_proofs = clips = times
    camera_signatures = stills = views = report = times


def absence_unproven(
    chain: Sequence[Document],
    late: Sequence[Document],
    part: Part,
    asked_from: int,
    since: int | None,
) -> str:
    """Return why leaves do not prove that nothing else of a time was entered; "" where they do.

    Args:
        chain: Leaves of a camera, each naming the next as the one before: the first is on time, or
            late; all others are on time. The leaves that start in `part` are among them.
        late: Leaves from the camera's newest back, each naming the next as the late one before.
        part: The time, in microseconds.
        asked_from: Begin of the time asked for.
        since: When a checkpoint of the ledger was signed before that time; None: none is known.
    """
    start, end = part
    if not chain:
        return "the ledger has no leaf of this camera"
    first, last, oldest = chain[0], chain[-1], late[-1]
    if first["late"] is None:
        closed = _instant(first["start"]) >= end
    else:  # every leaf on time of footage before `end` was entered before this late one
        closed = _instant(first["appended"]) >= end + LONGEST_US + ON_TIME_US
    if not closed:
        return f"the ledger has no later leaf of this camera; its last is of {first['start']}"
    if last["before"] is not None:
        opened = last["late"] is None and _instant(last["start"]) <= start - LONGEST_US
    else:
        begun = last["late"] is None and _instant(last["start"]) <= start
        opened = begun or (since is not None and since <= start)
    if not opened:
        return "before the camera's first leaf, and no checkpoint shows that there was a ledger"
    if oldest["late_before"] is not None and _instant(oldest["appended"]) > asked_from - AHEAD_US:
        return "there are more late leaves of this camera than the certificate names"
    return ""


def _touches(each: Document, asked: Part) -> bool:
    start, end = _interval(each)
    return start < asked[1] and asked[0] < end


def _told_part(camera: str, part: Document) -> str:
    state = {"stored": "footage is stored", "gone": "was stored, and is gone"}.get(
        part["state"], ""
    )
    if part["state"] == "absent":
        state = (
            "nothing was entered (proven)" if part["proven"] else "said to be empty (not proven)"
        )
    why = f"{part['reason']} {part['detail']}".strip()
    told = f"; why, not proven but attested by {part['attested_by']}: {why}" if why else ""
    return f"{camera} {part['start']} to {part['end']}: {state}{told}"


def _certificate_verdicts(report: Report) -> Document:
    kinds = {finding.kind for finding in report.findings} - {"added", "unproven"}
    return {
        "intact": ALTERED if kinds else PROVEN,
        "signer": report.signer[0],
        "time": report.time[0],
        "committed": report.committed,
        "absence": ALTERED if kinds else report.absence,
    }


def _certificate_words(report: Report) -> str:
    verdicts = report.verdicts
    found = "".join(f"  {f.kind}: {f.where}: {f.message}\n" for f in report.findings)
    found += "".join(f"  {line}\n" for line in report.imports)
    intact = "proven: every file of the certificate is as listed"
    words = {
        PROVEN: "proven: nothing was entered in the ledger where the certificate says so",
        NO: "not all of it is proven; see above what, and why",
        UNKNOWN_KEY: "unknown key: nothing was entered where the certificate says so, in a ledger "
        "that this folder alone vouches for",
        NOT_CHECKED: "not checked: it is not known who signed",
        ALTERED: "ALTERED: do not rely on it",
    }
    noted = (
        "is the one noted at hand-over" if report.noted else "is to be compared with the one noted"
    )
    return f"""\
certificate of absence {report.bundle}, {report.files} files
manifest {report.manifest}

{found}
intact         {"ALTERED: do not rely on it" if verdicts["intact"] == ALTERED else intact}
absence        {words[verdicts["absence"]]}
committed      {report.committed}: {report.ledger}
signer         {report.signer[0]}: {report.signer[1]}
time           {report.time[0]}: {report.time[1]}

Why something is missing is not proven by any ledger: it is what those named above attest.
The digest of the manifest {noted}."""


def _consistent(old: Checkpoint, new: Checkpoint, steps: Sequence[bytes]) -> bool:
    """Whether the tree of `new` begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old.size == new.size:
        return old.root == new.root and not steps
    if not old.size:
        return old.root == hashlib.sha256(b"").digest() and not steps
    if not 0 < old.size < new.size or not steps:
        return False
    path = list(steps)
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    one = two = path[0]
    for step in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            one = hashlib.sha256(b"\x01" + step + one).digest()
            two = hashlib.sha256(b"\x01" + step + two).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            two = hashlib.sha256(b"\x01" + two + step).digest()
        at, last = at >> 1, last >> 1
    return not last and (one, two) == (old.root, new.root)


def _stated_time(checkpoint: Checkpoint, keys: Sequence[str]) -> int:
    """Return the latest second that signatures by these keys state; 0 for none."""
    at = 0
    for vkey in keys:
        name, raw = vkey.split("+", 1)[0], _raw_key(vkey)
        key_id = hashlib.sha256(name.encode() + b"\n\x04" + raw).digest()[:4]
        for _, of_key, signature in checkpoint.signatures:
            if of_key == key_id:
                at = max(at, int.from_bytes(signature[:8], "big"))
    return at


def _shown(text: object) -> str:
    """Replace characters not printable, so that no name can control the reader's screen."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle.")
    parser.add_argument("folder")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--manifest", default="", help="digest noted at hand-over")
    parser.add_argument(
        "--ledger-key",
        action="append",
        default=[],
        help="verifier key of the ledger, got elsewhere",
    )
    parser.add_argument(
        "--signer", action="append", default=[], help="SHA-256 of the certificate, noted elsewhere"
    )
    parser.add_argument("--ca", default="", help="root certificate of the signer, got elsewhere")
    parser.add_argument("--tsa-ca", default="", help="root certificate of the time stamp")
    try:
        given = parser.parse_args(argv)
        trust = Trust(given.signer, given.ca, given.tsa_ca)
        report = check(given.folder, given.manifest, given.ledger_key, trust)
    except SystemExit as exc:  # argparse ends with 2, which means incomplete here
        return EXIT_UNREADABLE if exc.code else EXIT_PROVEN
    except (Unreadable, MemoryError, RecursionError) as exc:
        sys.stderr.write(f"unreadable: {exc!s}\n".encode("ascii", "backslashreplace").decode())
        return EXIT_UNREADABLE
    text = json.dumps(report.as_json(), indent=2) if given.json else report.words()
    sys.stdout.write(text + "\n")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
