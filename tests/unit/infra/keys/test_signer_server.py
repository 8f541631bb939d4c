"""A served signer answers the allowed users, whatever others or some of these send."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from api.allowance import Allowance
from footage.clock import SimulatedClock, SystemClock
from footage.errors import (
    BadInput,
    Conflict,
    Misconfigured,
    NotPermitted,
    Unavailable,
)
from footage.instant import Elapsed
from infra.keys import signer_server, signer_wire
from infra.keys.key_folder import KeyFolder
from infra.keys.signer import Signer
from infra.keys.signer_server import listening_at, user_number
from infra.keys.socket_keys import SocketKeys
from tests.common.signers import LEDGER, Grower, Served, manifest, served
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.signed_note import Checkpoint

pytestmark = pytest.mark.slow  # keys of RSA

TREE = Grower()
SHORT = Elapsed.parse("1s")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, made once: an RSA key takes a second."""
    folder = tmp_path_factory.mktemp("made") / "signer"
    Signer(KeyFolder(folder), SystemClock()).make(LEDGER, first=True)
    return folder


@pytest.fixture
def tmp_path(tmp_path: Path, made: Path) -> Path:
    shutil.copytree(made, tmp_path / "signer")
    return tmp_path


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as one:
        yield one


def signed(found: Served, size: int = 3) -> Checkpoint:
    return found.keys.sign(TREE.checkpoint(size), SystemClock().now(), TREE.grown(size))


def answer_to(found: Served, data: bytes) -> dict[str, str]:
    with found.raw() as made:
        made.sendall(data)
        with made.makefile("rb") as file:
            said: dict[str, str] = json.loads(file.readline())
            return said


def test_socket_and_folder_are_closed_to_others(found: Served) -> None:
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o660
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o750
    assert stat.S_IMODE(found.folder.stat().st_mode) == 0o700
    pem = sorted(found.folder.glob("*.pem"))
    assert len(pem) == 3
    assert {stat.S_IMODE(one.stat().st_mode) for one in pem} == {0o600}
    assert [one.name for one in found.folder.parent.glob("copy/*.pem")] == []


def test_who_asks_is_told_by_the_kernel_and_others_are_refused(tmp_path: Path) -> None:
    with served(tmp_path, users=[54_321]) as found:
        for _ in range(3):
            with pytest.raises(NotPermitted, match="does not answer"):
                found.keys.asked_sets()
        with pytest.raises(NotPermitted):
            signed(found)
        with pytest.raises(NotPermitted):
            found.keys.seal("seal", manifest("00" * 32) * 50_000)
    assert user_number("0") == user_number("root") == 0
    with pytest.raises(Misconfigured, match="no user"):
        user_number("nobody-of-this-name")


@pytest.mark.parametrize(
    "data",
    [b"\n", b"null\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b'{"do":"eat"}\n', b'{"do":"checkpoint"}\n',
     b'{"do":"checkpoint","note":"a\\n1\\nb\\n\\n","at":1}\n', b"[" * 5_000 + b"\n",
     b'{"do":"keys","body":-1}\n', b'{"do":"keys","body":99999999999}\n', b'{"do":"keys"}\nmore',
     b'{"do":"seal","body":2}\n{}', b'{"do":"checkpoint","note":"x","at":1e400}\n',
     b'{"do":"keys","body":"x"}\n', b'{"do":"clip","body":3}\nabc'],
)  # fmt: skip
def test_nonsense_is_refused_and_the_next_is_answered(found: Served, data: bytes) -> None:
    assert answer_to(found, data)["kind"] == "BadInput"
    assert signed(found).size == 3


def test_a_signed_note_is_not_signed_again(found: Served) -> None:
    note = signed(found).note()
    line = json.dumps({"do": "checkpoint", "note": note, "at": 0}).encode() + b"\n"
    assert "already" in answer_to(found, line)["error"]


def test_too_long_a_line_or_manifest_is_refused(
    found: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer_wire, "MOST_LINE", 4_096)
    monkeypatch.setattr(signer_wire, "MOST_BODY", 1_000)
    assert "more than 4096" in answer_to(found, b" " * 8_192)["error"]
    with pytest.raises(BadInput, match="at most 1000"):
        found.keys.seal("seal", b" " * 1_001)
    assert signed(found).size == 3


def test_slow_and_silent_askers_stop_nobody(tmp_path: Path) -> None:
    with served(tmp_path, within=SHORT) as found, ExitStack() as opened:
        slow = [opened.enter_context(found.raw()) for _ in range(6)]
        slow[0].sendall(b'{"do":')
        slow[1].sendall(b'{"do":"seal","body":1000}\n{')
        assert signed(found).size == 3
        assert found.keys.seal("seal", manifest(found.keys.seal_certificate().sha256))
        for one in slow:
            one.settimeout(20)
            assert one.recv(1) == b"", "hung up on after its time"
        assert signed(found).size == 3


def test_a_process_has_some_connections_alone(
    found: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer_server, "OF_A_PROCESS", 2)
    with found.raw() as one, found.raw() as two:
        with pytest.raises(Unavailable):
            found.keys.asked_sets()
        for each in (one, two):
            each.sendall(b'{"do":"keys"}\n')
            assert b'"ok"' in each.recv(1 << 16)
    until(lambda: answers(found))  # once the connections are counted as closed


def answers(found: Served) -> bool:
    try:
        return bool(found.keys.asked_sets())
    except Unavailable:
        return False


def test_a_connection_cut_at_any_moment_stops_nobody(found: Served) -> None:
    question = json.dumps({"do": "keys"}).encode() + b"\n"
    for at in range(0, len(question) + 1, 3):
        made = found.raw()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.sendall(question[:at])
        made.close()
    until(lambda: answers(found))


def test_too_many_signatures_are_refused_for_a_while_each_kind_apart(tmp_path: Path) -> None:
    with served(tmp_path, a_minute=3) as found:
        for _ in range(3):
            assert signed(found, 0).size == 0
        with pytest.raises(Unavailable, match="too many"):
            signed(found, 0)
        assert found.keys.seal("seal", manifest(found.keys.seal_certificate().sha256)), "other kind"
        assert found.keys.asked_sets(), "public keys are no signatures"


def test_a_bundle_of_many_clips_waits_for_its_signatures(tmp_path: Path) -> None:
    with served(tmp_path, a_minute=2) as found:
        clock = SimulatedClock(SystemClock().now())
        patient = SocketKeys(found.path, KeyFolder(tmp_path / "copy"), clock)
        real = found.server._allowance
        found.server._allowance = Allowance(2, Elapsed.parse("1m"), clock)
        assert len({patient.seal("clip", bytes([one]) * 32) for one in range(5)}) == 5
        assert clock.monotonic() > Elapsed.parse("1m")
        found.server._allowance = real
        clips = [line for line in found.signer.notes.lines() if b'"what":"clip"' in line]
        assert len(clips) == 5


def test_many_at_once_sign_one_history(found: Served) -> None:
    def ask(size: int) -> Checkpoint | None:
        try:
            return signed(found, size)
        except (Conflict, Unavailable):
            return None

    with ThreadPoolExecutor(4) as pool:
        made = [one for one in pool.map(ask, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]) if one]
    assert made
    assert all(one.root == TREE.checkpoint(one.size).root for one in made)
    assert found.signer.notes.check().wrong == 0
    assert found.signer.notes.check().lines >= len(made) + 1


def test_while_the_signer_is_away_public_keys_are_known_and_nothing_is_signed(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as found:
        sets = found.keys.sets()
        assert KeyFolder(tmp_path / "copy").sets() == sets
    assert not found.path.exists()
    assert found.keys.sets() == sets
    assert len(found.keys.log_keys()) == 3
    for ask in (found.keys.asked_sets, found.keys.seal_certificate, lambda: signed(found)):
        with pytest.raises(Unavailable, match="keys serve"):
            ask()
    stranger = SocketKeys(found.path, KeyFolder(tmp_path / "none"), SystemClock())
    with pytest.raises(Unavailable):
        stranger.sets()
    assert stranger.log_keys() == [], "none is known here, and no export fails for that"
    with served(tmp_path) as again:
        assert signed(again).size == 3


def test_a_rotation_beside_the_served_signer_is_seen_at_once(found: Served, tmp_path: Path) -> None:
    first = signed(found)
    Signer(KeyFolder(found.folder), SystemClock()).make("", first=False)
    second = signed(found)
    assert {one.key_id for one in first.signatures} != {one.key_id for one in second.signatures}
    assert len(found.keys.sets()) == len(KeyFolder(tmp_path / "copy").sets()) == 2


def test_another_signer_at_the_same_socket_is_refused_and_a_dead_ones_is_replaced(
    found: Served, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="another process"), listening_at(found.path, ""):
        pass
    assert signed(found).size == 3
    dead = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(dead))
    with listening_at(dead, ""):
        assert dead.exists()
    (tmp_path / "file").touch()
    with pytest.raises(Conflict, match="no socket"), listening_at(tmp_path / "file", ""):
        pass
    with pytest.raises(Misconfigured, match="too long"), listening_at(tmp_path / ("x" * 120), ""):
        pass


def test_a_signer_of_another_ledger_is_not_believed(found: Served) -> None:
    """What comes back is checked: an answer by other keys than the told ones is none."""
    note = signed(found).note()
    found.keys._asked = lambda *_: ({"ok": note}, b"")  # type: ignore[method-assign]
    found.keys.log_keys = list  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="is not signed by any key"):
        signed(found)
    with pytest.raises(Unavailable):
        signed(found, 4)
