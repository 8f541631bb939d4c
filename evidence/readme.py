"""Text of a bundle's README.txt: content of the bundle and steps to check, for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.instant import ZERO

if TYPE_CHECKING:
    from evidence.imports import ImportFact
    from evidence.manifest import Source, Statement
    from footage.instant import Elapsed
    from footage.scope import Scope

VERIFY_COMMAND: Final = "python3 -I -S verify/verify.py ."
"""Command that checks a bundle in the bundle's folder, with Python alone."""
VERIFY_PAGE: Final = "verify/verify.html"
"""Page of a bundle that checks the bundle's files in a browser, and plays the films."""


def readme(statement: Statement) -> str:
    """Write the README.txt of a bundle."""
    asked = statement.interval
    cameras = "\n".join(
        _line(source, by_place=statement.places.by_place) for source in statement.sources
    )
    originals = _originals(statement)
    return f"""\
FOOTAGE, EXPORTED AS EVIDENCE

Bundle      {statement.bundle_id}
Case        {statement.purpose.case or "(none stated)"}
Made        {statement.created} by {statement.purpose.actor}
Asked for   {asked.start} to {asked.end} (UTC){_places(statement.places)}

START-HERE.html and START-HERE.txt tell cameras, times and files in English and Urdu.

WHAT IS HERE
{cameras}
{_imported(statement)}
{_masters(statement)}{originals}{_derived(statement)}\
provenance/    gaps.json: what is missing and why. clock.json: where the times come from and how
               wrong they can be. custody.json: who held, watched, exported or imported it.
MANIFEST.json  The size and SHA-256 of every file, and all statements above.
SHA256SUMS     The same checksums for common tools.
verify/        A program that checks all of it, and a page that checks the files in a browser.

HOW TO CHECK IT
Work on a copy. No network and no account is needed.

1. With tools every Linux or macOS has, in this folder:
       sha256sum -c SHA256SUMS
   On Windows:  certutil -hashfile FILE SHA256   and compare with SHA256SUMS.
2. With Python 3.9 or later, in this folder:
       {VERIFY_COMMAND}
   It says what is proven, what is missing and what was not checked. Take the program from another
   source if you do not trust the one in this bundle.
   Without Python: open {VERIFY_PAGE} in a browser and choose this folder. It computes the
   checksums and plays the films, without a network; it does not check what else is stated.
3. Compare the SHA-256 of MANIFEST.json with the one noted when this bundle was handed over. Only
   this step shows that the bundle is the one that was made{_unsigned(statement)}.
{_signed(statement)}
WHAT IT CANNOT SHOW
See "limitations" in MANIFEST.json.
"""


def _derived(statement: Statement) -> str:
    """Lines about clips, stills and the report; "" for what the bundle does not have."""
    lines = [
        ("clip/          Playable films of unbroken stretches, derived.\n", statement.clips),
        ("view/          Films for viewing, with the times below; derived.\n", statement.views),
        ("stills/        Single pictures of the footage, derived.\n", statement.stills),
        ("report.pdf     All of this for printing; report.ur.pdf in Urdu.\n", statement.report),
    ]
    return "".join(line for line, there in lines if there)


def _unsigned(statement: Statement) -> str:
    return "" if statement.crypto["signers"] else ": it is not signed"


def _signed(statement: Statement) -> str:
    """Text on checking the signature without any program of ours; "" without a signature."""
    if not statement.crypto["signers"]:
        return ""
    return """\
4. The signature, with OpenSSL 3 alone, in this folder:
       openssl cms -verify -binary -inform DER -in MANIFEST.json.p7s -content MANIFEST.json \\
           -CAfile trust/signer.pem -out manifest.checked
       openssl x509 -in trust/signer.pem -noout -fingerprint -sha256
   Compare the fingerprint with the one noted elsewhere: anybody could put another certificate here.
   Where MANIFEST.json.p7s.tsr is here, the time stamp over the signature:
       openssl ts -verify -data MANIFEST.json.p7s -in MANIFEST.json.p7s.tsr -CAfile trust/tsa.pem
"""


def _places(places: Scope) -> str:
    """A line for the places asked for; "" for cameras alone."""
    if not places.by_place:
        return ""
    circle = places.circle
    named = [
        *(f"site {site}" for site in sorted(places.sites)),
        *(f"district {district}" for district in sorted(places.districts)),
        *(
            [f"{circle.radius_m} m around {circle.centre.lat}, {circle.centre.lon}"]
            if circle
            else []
        ),
    ]
    return (
        f"\n            of {', '.join(named)}: of each camera the time in which it stood there,"
        "\n            as the register of cameras tells"
    )


def _line(source: Source, *, by_place: bool) -> str:
    gaps = source.missing()
    missing = sum((gap.interval.length for gap in gaps), ZERO)
    number = "1 gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
    said = f"{number}, {rounded(missing)} missing" if gaps else "no gaps"
    line = f"  {source.camera.id}: {_files(len(source.segments))}, {said}"
    return "\n".join(
        [
            line,
            *(f"    stood there {part.start} to {part.end}" for part in source.asked if by_place),
        ]
    )


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def rounded(elapsed: Elapsed) -> str:
    """Write a time to the millisecond, in seconds."""
    return f"{elapsed.in_seconds:.3f} s"


def _masters(statement: Statement) -> str:
    if statement.views_alone:
        return """\
master/        left out on purpose: the recorded files are not here. MANIFEST.json states their
               SHA-256, so that whoever holds them can show that they are the same.
"""
    return f"""\
master/        {_master(statement)}
               Their folders name site, day, camera and hour; the file name gives minute and
               second, in UTC. Any player for MP4 (for instance VLC or ffplay) plays them.
"""


def _master(statement: Statement) -> str:
    """Say of the files under master/ whether the files were recorded, imported, or both."""
    imported = {segment.key for one in statement.imports for segment in one.segments}
    if not imported:
        return "The recorded files, byte for byte as they were first written."
    if all(segment.key in imported for segment in statement.segments()):
        return "Files cut from the imported files above, pictures copied unchanged."
    return (
        "The recorded files, byte for byte as they were first written; those of the\n"
        "               imports above were cut from the files named there, pictures unchanged."
    )


def _originals(statement: Statement) -> str:
    if not any(one.original and one.original.path for one in statement.imports):
        return ""
    return """\
originals/     The imported files themselves, byte for byte as they were brought: each with all its
               tracks, and with time before and after the time asked.
"""


def _imported(statement: Statement) -> str:
    """A paragraph for each imported file; "" without imports."""
    if not statement.imports:
        return ""
    told = "\n".join(_import(one) for one in statement.imports)
    return f"""
IMPORTED, NOT RECORDED BY THIS SYSTEM
Somebody brought these recordings as files. Camera and time are as stated by who is named; this
system has not seen the camera record them.

{told}
"""


def _import(one: ImportFact) -> str:
    file, first, last = one.file, one.segments[0], one.segments[-1]
    lines = [
        (
            f"  {one.key.camera}: {_files(len(one.segments))} under master/, "
            f"{first.interval.start} to {last.interval.end} (UTC)"
        )
    ]
    if file:
        lines += [
            (
                f"    from the file {file.get('file')}, {file.get('bytes')} bytes"
                f"{f', container {one.container}' if one.container else ''}"
            ),
            f"    SHA-256 of that file {file.get('sha256')}",
            (
                f"    imported {one.at or '(time not known)'} by {one.by}, "
                f"{f'case {one.case}' if one.case else 'no case stated'}, "
                f"custody entry {', '.join(map(str, one.entries))}"
            ),
        ]
    else:
        lines += [
            f"    from a file whose SHA-256 begins with {one.key.digest}",
            "    The custody log has no entry of the import: file, person and time are not known.",
        ]
    if kept := one.original:
        lines.append(
            f"    the file itself is {kept.path}, byte for byte"
            if kept.path
            else f"    the file itself is stored (SHA-256 {kept.original.digest.hex}), not in here"
        )
    doubt = rounded(max(segment.clock.uncertainty for segment in one.segments))
    ahead = first.clock.offset
    lines.append(f"    its start {one.key.start} was stated by: {_who(one)}")
    if ahead is None:
        lines += [
            f"    uncertain by {doubt} as stated; nobody compared the device's clock with true",
            "    time, so it may be further off",
        ]
    else:
        lines += [
            f"    uncertain by {doubt}; the device's clock was stated to be {rounded(ahead)}",
            "    ahead, which was taken off",
        ]
    lines += [f"    CONTRADICTION: {each}" for each in one.contradictions]
    return "\n".join(lines) + "\n"


def _who(one: ImportFact) -> str:
    """Name for people who or what states the start of an import."""
    how = str(one.file.get("stated_by") or "not known")
    return {
        "by hand": f"{one.by}, by hand",
        "creation time": "the file itself (creation time in its container)",
    }.get(how, how if how == "not known" or "line" in how else f"the file's name ({how})")
