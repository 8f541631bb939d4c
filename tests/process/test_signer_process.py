"""Keys in a process and under a user of their own: everything works, and nobody else reads them.

Needs root, to run processes as two other users that the system need not know.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.common.cli import Said
from tests.common.recording import make_film
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SIGNER, FOOTAGE, STRANGER = 4101, 4102, 4103
PLACE = ("--site", "s1", "--district", "d1", "--lat", "31", "--lon", "70")
pytestmark = [
    pytest.mark.timeout(900),  # two dozen commands, each a process of its own
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to run as other users"),
]


@cache
def environment() -> dict[str, str]:
    found = [one for one in sys.path if one.endswith("site-packages")]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *found])}


@cache
def python() -> str:
    """An interpreter of this version that users other than root may run."""
    named = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for one in (sys.executable, f"/usr/bin/{named}"):
        try:
            done = subprocess.run([one, "-c", "import footage, pydantic"], check=False,
                                  user=FOOTAGE, group=FOOTAGE, extra_groups=[], cwd="/",
                                  env=environment(), capture_output=True)  # fmt: skip
        except OSError:
            continue
        if done.returncode == 0:
            return one
    pytest.skip("no interpreter that other users may run")


@dataclass
class User:
    """Runs `footage` as a user with a home of its own."""

    uid: int
    home: Path
    settings: dict[str, str]

    def argv(self, *words: str) -> list[str]:
        return [python(), "-m", "infra.cli", *words]

    def env(self, more: dict[str, str]) -> dict[str, str]:
        own = {"FOOTAGE_HOME": str(self.home), "HOME": str(self.home), **self.settings}
        return {**environment(), **own, "FOOTAGE_CACHE": str(self.home / "cache"), **more}

    def __call__(self, *words: str, **more: str) -> Said:
        done = subprocess.run(self.argv(*words), env=self.env(more), cwd=self.home, text=True,
                              user=self.uid, group=self.uid, extra_groups=[], check=False,
                              capture_output=True, timeout=240)  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **more: str) -> Said:
        said = self(*words, **more)
        assert said.code == 0, said.out + said.err
        return said

    def reads(self, path: Path) -> str:
        """What the kernel answers when the user opens a file."""
        done = subprocess.run([python(), "-c", f"open({str(path)!r}).read()"], cwd="/",
                              user=self.uid, group=self.uid, extra_groups=[], check=False,
                              capture_output=True, text=True)  # fmt: skip
        return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@dataclass
class Machine:
    """A machine with the two users, and the film that was ingested."""

    root: Path
    signer: User
    footage: User
    stranger: User
    socket: Path

    def begun(self) -> Any:  # noqa: ANN401 - JSON
        """A camera is there, and keys are made by the user who has them; the keys' fingerprints."""
        film = str(self.root / "film.mp4")
        self.footage.ok("cameras", "add", "c1", *PLACE, "--source", film)
        origin = self.footage("ledger", "status", "--json").json["origin"]
        refused = self.footage("keys", "init")
        assert (refused.code, f"keys init --origin {origin}" in refused.err) == (3, True)
        return self.signer.ok("keys", "init", "--origin", origin, "--json").json

    @contextmanager
    def signing(self) -> Iterator[subprocess.Popen[str]]:
        """The signing process, in the group of the other user alone besides its own."""
        made = subprocess.Popen(self.signer.argv("keys", "serve"), env=self.signer.env({}),
                                cwd=self.signer.home, user=SIGNER, group=SIGNER, text=True,
                                extra_groups=[FOOTAGE], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            assert made.stdout is not None
            assert "signing at" in made.stdout.readline()
            yield made
        finally:
            made.send_signal(signal.SIGTERM)
            made.wait(30)
            assert made.stdout is not None
            made.stdout.close()

    def part(self, name: str) -> dict[str, object]:
        """What doctor says of a part."""
        said = self.footage("doctor", "--json").json
        return next(one for one in said if one["what"] == name)


@pytest.fixture
def machine() -> Iterator[Machine]:
    root = Path(tempfile.mkdtemp(prefix="footage-signer-"))
    root.chmod(0o755)
    try:
        run = root / "run"
        for path, owner, group, mode in (
            (root / "keys", SIGNER, SIGNER, 0o700),
            (root / "home", FOOTAGE, FOOTAGE, 0o700),
            (root / "other", STRANGER, STRANGER, 0o700),
            (run, SIGNER, FOOTAGE, 0o750),
        ):
            path.mkdir()
            os.chown(path, owner, group)
            path.chmod(mode)
        socket = {"FOOTAGE_SIGNER__SOCKET": str(run / "sign.sock")}
        own = {
            "FOOTAGE_SIGNER__FOLDER": str(root / "keys" / "keys"),
            "FOOTAGE_SIGNER__GROUP": str(FOOTAGE),
            "FOOTAGE_SIGNER__USERS": str(FOOTAGE),
        }
        make_film(root / "film.mp4", seconds=20).chmod(0o644)
        yield Machine(
            root,
            User(SIGNER, root / "keys", socket | own),
            User(FOOTAGE, root / "home", socket),
            User(STRANGER, root / "other", socket),
            run / "sign.sock",
        )
    finally:
        shutil.rmtree(root)


def test_no_process_but_the_signer_can_read_a_private_key(machine: Machine) -> None:
    footage, made = machine.footage, machine.begun()
    keys = machine.root / "keys" / "keys"
    pem = sorted(keys.glob("*.pem"))
    assert len(pem) == 3
    with machine.signing() as process:
        footage.ok("record", "--for", "6s", FOOTAGE_RECORDING__SEGMENT_LENGTH="2s")
        footage.ok("ledger", "publish")
        status = footage.ok("ledger", "status", "--json").json
        assert status["leaves"] > 0
        assert (status["checkpoint"]["leaves"], status["waiting"]) == (status["leaves"], 0)
        out = machine.root / "home" / "bundle"
        asked = ("--camera", "c1", "--from", "1h ago", "--to", "1s ago")
        exported = footage.ok("export", *asked, "--out", str(out), "--json").json
        assert not exported["unsealed"]
        shown = footage.ok("keys", "certificate", "--json").json
        verified = footage("verify", str(out), "--signer", shown["sha256"], "--json").json
        assert {verified["verdicts"][one] for one in ("committed", "signer")} == {"proven"}
        assert machine.part("signer")["ok"] is True
        told = footage.ok("keys", "show", "--json").json
        assert (told["private_keys_here"], told["sets"][0]["sha256"]) == (False, made["sha256"])
        assert told["signer"] == str(machine.socket)
        entered = footage.ok("audit", "show", "--action", "keys", "--json").json
        assert made["sha256"]["ed25519"] in json.dumps(entered), "seen, and entered"

        # 1. By user: neither files nor memory of the signer are Footage's to read.
        closed = [*pem, keys / "signed.json", keys / "signatures.log"]
        for path in (*closed, *(Path(f"/proc/{process.pid}/{one}") for one in ("mem", "environ"))):
            assert "PermissionError" in footage.reads(path), path
        assert not list((machine.root / "home" / "keys").glob("*.pem"))
        assert "cannot be asked by this user" in machine.stranger("keys", "show").err
        # 2. Whoever has taken Footage over cannot change keys or have anything else signed.
        for words in (("rotate",), ("certificate", "--csr", "x.csr")):
            refused = footage("keys", *words)
            assert (refused.code, "has the keys" in refused.err) == (3, True)
        # 3. Rotation, by the user of the keys beside the running signer.
        machine.signer.ok("keys", "rotate")
        footage.ok("ledger", "publish")
        assert footage.ok("ledger", "verify", "--json").json["findings"] == []
        log = machine.signer.ok("keys", "log", "--json").json
        assert {one["for"]["uid"] for one in log["last"]} == {SIGNER, FOOTAGE}
        assert log["wrong"] is None
    assert not machine.socket.exists()


def test_while_the_signer_is_away_recording_goes_on_and_checkpoints_wait(machine: Machine) -> None:
    footage = machine.footage
    machine.begun()
    with machine.signing() as process:
        footage.ok("record", "--for", "4s", FOOTAGE_RECORDING__SEGMENT_LENGTH="2s")
        before = footage.ok("ledger", "status", "--json").json
        process.kill()
        process.wait()
    part = machine.part("signer")
    assert (part["ok"], "keys serve" in str(part["said"])) == (False, True)
    footage.ok("record", "--for", "4s", FOOTAGE_RECORDING__SEGMENT_LENGTH="2s")
    status = footage("ledger", "status", "--json").json
    assert status["leaves"] > before["leaves"], "places are given meanwhile"
    assert status["checkpoint"] == before["checkpoint"]
    assert footage("ledger", "publish").code == 4
    asked = ("--camera", "c1", "--from", "1h ago", "--to", "1s ago")
    out = machine.root / "home"
    unsigned = footage.ok("export", *asked, "--out", str(out / "unsigned"), "--json").json
    assert "keys serve" in unsigned["unsealed"]
    refused = footage("export", *asked, "--out", str(out / "none"), FOOTAGE_SEAL__REQUIRED="true")
    assert (refused.code, "keys serve" in refused.err) == (4, True)
    assert not (out / "none").exists()
    with machine.signing():  # over the socket that the killed one left
        until(machine.socket.exists)
        footage.ok("ledger", "publish")
        after = footage.ok("ledger", "status", "--json").json
        assert after["checkpoint"]["leaves"] == after["leaves"] == status["leaves"]
        assert footage.ok("ledger", "verify", "--json").json["findings"] == []
