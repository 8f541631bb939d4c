"""The part of a campaign's world that running and judging need, whatever the stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from footage.ports import Catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.ports import ObjectStore
    from tests.chaos.recording.node import Node
    from tests.common.camera.handle import Cameras
    from tests.common.camera.model import Look


class OpenCatalogue(Catalogue, Protocol):
    """A catalogue that whoever asked for it closes."""

    def close(self) -> None:
        """Close the catalogue."""
        ...


class Scene(Protocol):
    """Simulated cameras, the recorders that record them, and the stores."""

    @property
    def folder(self) -> Path:
        """Folder of everything that a campaign leaves."""
        ...

    @property
    def clock(self) -> Clock:
        """The machine's clock."""
        ...

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Recorders by name."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """Numbers of the simulated cameras by name."""
        ...

    @property
    def cameras(self) -> Cameras:
        """The simulator."""
        ...

    def store(self) -> ObjectStore:
        """The object store, reached directly."""
        ...

    def catalogue(self) -> OpenCatalogue:
        """The catalogue, reached directly; to be closed by the caller."""
        ...

    def look(self, camera: CameraId) -> Look:
        """The look of a camera."""
        ...

    def camera_ids(self) -> list[CameraId]:
        """All cameras."""
        ...
