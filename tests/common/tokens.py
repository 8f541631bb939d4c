"""For tests of keys in a token: SoftHSM, a token in files, where it is installed."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from infra.keys.private_keys import KeyFiles
from infra.keys.token_keys import TokenKeys

LABEL: Final = "footage-tests"
PIN: Final = "1234"
PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


def token_keys(folder: Path) -> TokenKeys:
    """Keys in the token of this process's tests; what the token cannot do is in files of `folder`.

    Labels of keys are those of sets: two folders with keys of set 1 share them.
    """
    return TokenKeys(module(), LABEL, PIN, KeyFiles(folder))


def module() -> Path:
    """The library of SoftHSM, with a token; skips the test where SoftHSM is not installed."""
    found = next((Path(place) for place in PLACES if Path(place).exists()), None)
    tool = shutil.which("softhsm2-util")
    if found is None or tool is None:
        pytest.skip("SoftHSM is not installed: Debian's package softhsm2")
    _made(tool)
    return found


@cache
def _made(tool: str) -> None:
    """Make the token; the library reads the environment once a process."""
    folder = tempfile.mkdtemp(prefix="softhsm-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = Path(folder, "softhsm2.conf")
    settings.write_text(f"directories.tokendir = {folder}\n", encoding="utf-8")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    argv = [tool, "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "5678"]
    subprocess.run(argv, check=True, capture_output=True)
