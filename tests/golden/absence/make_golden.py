"""Makes the golden certificate of absence, signed by keys that are thrown away.

Made anew only for a new version of the format, in a folder beside: older ones must verify for ever.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from unittest import mock

from evidence import verify
from footage.leaf import Late
from tests.common.absence_city import ONE, TWO, usual_city
from tests.common.builders import a_segment, at, during

GOLDEN = Path(__file__).with_name("golden")
KEY = GOLDEN.with_suffix(".key")


def make(folder: Path) -> tuple[Path, str]:
    """The certificate, made in `folder`, and the verifier key of the ledger."""
    tool = folder / "verify.py"
    tool.write_text("# The verifier of the day stands here.\n", encoding="ascii")
    city = usual_city(folder)
    city.delete(*[s for s in city.ledger.stored if s.camera == ONE][1:2])
    city.late(a_segment(ONE, at(300)), Late.IMPORT)
    with mock.patch.object(verify, "__file__", str(tool)):
        made = city.certify(during(60, 720), ONE, TWO, name="golden").folder
    return made, city.ledger.keys.sets()[0].keys[0].vkey


def main() -> None:
    """Replace the golden certificate."""
    with tempfile.TemporaryDirectory() as folder:
        made, key = make(Path(folder))
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(made, GOLDEN)
        KEY.write_text(key + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
