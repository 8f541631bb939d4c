"""For tests of the verifier: forge a bundle as an attacker would, and list the findings."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from evidence import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Document = dict[str, Any]


def masters(bundle: Path) -> list[Path]:
    return sorted((bundle / "master").rglob("*.mp4"))


def write_sums(bundle: Path) -> None:
    """Compute every line of SHA256SUMS anew, as a forger would."""
    lines = []
    for path in sorted(bundle.rglob("*")):
        if path.is_file() and path.name != "SHA256SUMS":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{digest}  {path.relative_to(bundle).as_posix()}\n")
    (bundle / "SHA256SUMS").write_text("".join(lines))


def forge(bundle: Path, edit: Callable[[Document], object]) -> None:
    """Change the manifest, write canonical JSON again, compute every checksum anew."""
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    edit(document)
    for name in ("gaps", "clock"):
        side = bundle / "provenance" / f"{name}.json"
        if side.is_file():
            side.write_text(spelled({name: document[name]}))
    for fact in document["files"]:
        path = bundle / str(fact["path"])
        if path.is_file() and "master" not in fact["path"]:
            fact["size"] = path.stat().st_size
            fact["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (bundle / "MANIFEST.json").write_text(spelled(document))
    write_sums(bundle)


def spelled(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def found(bundle: Path, kind: str) -> list[str]:
    report = verify.check(bundle)
    assert report.verdicts["intact"] == "altered"
    assert report.exit_code == 1
    return [f"{f.where} {f.message}" for f in report.findings if f.kind == kind]
