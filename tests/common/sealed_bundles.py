"""For tests of the seal: a city whose bundles are signed, and stamped where wanted."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from evidence.export import ExportService
from evidence.seal import BundleSeal
from evidence.unfinished import UnfinishedExports
from footage.clock import SimulatedClock, SystemClock
from footage.ids import CameraId
from infra.keys.key_folder import FolderSealer, KeyFolder
from infra.keys.time_authority import HttpTimeAuthority
from tests.common.builders import during
from tests.common.bundles import spelled, write_sums
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import the_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evidence.seal import Sealer
    from tests.common.bundles import Document
    from tests.common.time_authority import OpensslAuthority

ORIGIN = "footage-ledger.invalid/0011223344556677"


class SealedCity:
    """Two minutes of a camera, exported under the seal of a folder of keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.footage = the_parts(folder)
        self.footage.clock = SimulatedClock(SystemClock().now())  # as the authority's of a test is
        self.footage.a_minute_each(2)
        self.keys = KeyFolder(folder / "keys")
        self.keys.make(ORIGIN, self.footage.clock.now(), first=True)
        self._number = 0

    @property
    def fingerprint(self) -> str:
        return self.keys.seal_certificate().sha256

    def bundle(
        self,
        authority: OpensslAuthority | None = None,
        sealer: Sealer | None = None,
        *,
        derived: bool = False,
    ) -> Path:
        """Export; the authority stamps, with its root in the bundle."""
        clock = self.footage.clock
        stamper = None
        if authority is not None:
            stamper = HttpTimeAuthority(authority.url, authority.root, SystemClock())
        self._number += 1
        out = self.folder / f"bundle-{self._number}"
        ExportService(
            self.footage.register,
            self.footage.catalogue,
            self.footage.store,
            self.footage.custody,
            clock,
            "0.1.0",
            unfinished=UnfinishedExports(self.folder / "exports"),
            seal=BundleSeal(sealer or FolderSealer(self.keys), stamper, clock),
            zone="Asia/Karachi",
        ).export([CameraId("camera-1")], during(0, 120), out, LIAISON, derived=derived)
        return out


def copied(bundle: Path, folder: Path) -> Path:
    shutil.copytree(bundle, folder)
    return folder


def resigned(bundle: Path, keys: KeyFolder, edit: Callable[[Document], object]) -> Path:
    """Rewrite the manifest, sign it by other keys, compute all sums anew, as a forger would."""
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    edit(document)
    data = spelled(document).encode()
    (bundle / "MANIFEST.json").write_bytes(data)
    (bundle / "MANIFEST.json.p7s").write_bytes(keys.seal(data))
    write_sums(bundle)
    return bundle
