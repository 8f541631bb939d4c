"""Static files of the ledger checked by Go's own packages for such logs: no code of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.errors import Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.objects.ledger_files import write_tiles
from lab.servers.golang import find_go
from tests.common.builders import a_segment
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.server

SOURCES = Path(__file__).with_name("tlogcheck")
WITHIN = Elapsed.parse("4m")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The independent verifier, compiled."""
    go = find_go()
    if go is None:
        pytest.skip("no Go tool to compile the independent verifier with")
    out = tmp_path_factory.mktemp("tlogcheck") / "tlogcheck"
    argv = process.with_environment({"CGO_ENABLED": "0"}, [go, "build", "-o", str(out), "."])
    process.run(argv, timeout=WITHIN, cwd=SOURCES)
    return out


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A ledger of 700 leaves that grew in uneven steps, as static files; and its verifier key."""
    folder = tmp_path_factory.mktemp("ledger")
    parts = LedgerParts(folder)
    for number in range(700):
        parts.append(a_segment(f"camera-{number % 3}", parts.clock.now(), seconds=1))
        parts.clock.sleep(Elapsed.seconds(1))
        if number in {0, 100, 255, 256, 600}:
            parts.keeper.round(at_once=True)
    parts.keeper.round(at_once=True)
    out = folder / "out"
    write_tiles(parts.store, parts.ledger.state(), out)
    (key,) = [one.vkey for one in parts.keys.sets()[0].keys if not one.kind.timed]
    return out, key


@pytest.fixture
def checked(program: Path, published: tuple[Path, str]) -> Callable[[Path], str]:
    def check(folder: Path) -> str:
        return process.run([str(program), str(folder), published[1]], timeout=WITHIN).text.strip()

    return check


def test_an_independent_verifier_proves_checkpoint_tiles_and_leaves(
    checked: Callable[[Path], str], published: tuple[Path, str]
) -> None:
    assert checked(published[0]) == "700"


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/188"]
)
def test_a_changed_byte_is_found_by_the_other_verifier_too(
    checked: Callable[[Path], str], published: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    for path in published[0].rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(published[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    changed = bytearray((tmp_path / name).read_bytes())
    changed[45] ^= 1  # of the checkpoint, a digit of the root
    (tmp_path / name).write_bytes(changed)
    with pytest.raises(Unavailable):
        checked(tmp_path)
