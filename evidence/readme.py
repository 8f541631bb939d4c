"""Text of a bundle's README.txt: content of the bundle and steps to check, for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.instant import ZERO

if TYPE_CHECKING:
    from evidence.manifest import Source, Statement
    from footage.instant import Elapsed, Interval


def readme(statement: Statement) -> str:
    """Write the README.txt of a bundle."""
    asked = statement.interval
    cameras = "\n".join(_line(source, asked) for source in statement.sources)
    return f"""\
RECORDED FOOTAGE, EXPORTED AS EVIDENCE

Bundle      {statement.bundle_id}
Case        {statement.purpose.case or "(none stated)"}
Made        {statement.created} by {statement.purpose.actor}
Asked for   {asked.start} to {asked.end} (UTC)

WHAT IS HERE
{cameras}

master/        The recorded files, byte for byte as they were first written. Their folders name
               site, day, camera and hour; the file name gives minute and second, in UTC.
               Any player for MP4 (for instance VLC or ffplay) plays them.
provenance/    gaps.json: what is missing and why. clock.json: where the times come from and how
               wrong they can be. custody.json: who held, watched or exported it for this case.
MANIFEST.json  The size and SHA-256 of every file, and all statements above.
SHA256SUMS     The same checksums for common tools.
verify/        A program that checks all of it.

HOW TO CHECK IT
Work on a copy. No network and no account is needed.

1. With tools every Linux or macOS has, in this folder:
       sha256sum -c SHA256SUMS
   On Windows:  certutil -hashfile FILE SHA256   and compare with SHA256SUMS.
2. With Python 3.9 or later, in this folder:
       python3 -I -S verify/verify.py .
   It says what is proven, what is missing and what was not checked. Take the program from another
   source if you do not trust the one in this bundle.
3. Compare the SHA-256 of MANIFEST.json with the one noted when this bundle was handed over. Only
   this step shows that the bundle is the one that was made: it is not signed.

WHAT IT CANNOT SHOW
See "limitations" in MANIFEST.json.
"""


def _line(source: Source, asked: Interval) -> str:
    tiles = source.timeline(asked)
    missing = sum((gap.interval.length for gap in tiles.gaps), ZERO)
    said = f"{len(tiles.gaps)} gaps, {_rounded(missing)} missing" if tiles.gaps else "no gaps"
    return f"  {source.camera.id}: {len(source.segments)} files, {said}"


def _rounded(elapsed: Elapsed) -> str:
    return f"{elapsed.in_seconds:.3f} s"
