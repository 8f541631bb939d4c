"""The part of a campaign's world that running and judging need, whatever the stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from footage.ids import CameraId
from footage.ports import Catalogue
from tests.chaos.recording.node import Node, kill_all
from tests.common.camera.model import Look

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from footage.clock import Clock
    from footage.ports import ObjectStore
    from tests.common.camera.handle import Cameras


class OpenCatalogue(Catalogue, Protocol):
    """A catalogue that whoever asked for it closes."""

    def close(self) -> None:
        """Close the catalogue."""
        ...


@dataclass(slots=True)
class Scene(ABC):
    """Simulated cameras, the recorders that record them, and the stores; ended by `with`.

    Attributes:
        folder: Folder of everything that a campaign leaves.
        clock: The machine's clock.
        nodes: Recorders by name.
        numbers: Numbers of the simulated cameras by name.
    """

    folder: Path
    clock: Clock
    nodes: dict[str, Node] = field(default_factory=dict, init=False)
    numbers: dict[str, int] = field(default_factory=dict, init=False)
    _stack: ExitStack = field(default_factory=ExitStack, init=False)
    _cameras: Cameras | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def cameras(self) -> Cameras:
        """The simulator."""
        assert self._cameras is not None
        return self._cameras

    def look(self, camera: CameraId) -> Look:
        """The look of a camera."""
        return Look.of(self._look(self.numbers[camera]))

    def camera_ids(self) -> list[CameraId]:
        """All cameras."""
        return [CameraId(name) for name in self.numbers]

    @abstractmethod
    def store(self) -> ObjectStore:
        """The object store, reached directly."""

    @abstractmethod
    def catalogue(self) -> OpenCatalogue:
        """The catalogue, reached directly; to be closed by the caller."""

    @abstractmethod
    def _build(self) -> None:
        """Start everything, and put on the stack what ends it."""

    @abstractmethod
    def _look(self, number: int) -> Mapping[str, object]:
        """The look of the camera of a number, as arguments of the simulator."""

    def _add_recorder(self, node: Node) -> None:
        """Take a recorder, not yet started, among the nodes; it ends with its FFmpegs."""
        self.nodes[node.name] = node
        self._stack.callback(lambda: kill_all(node.ffmpegs()))
        self._stack.callback(node.kill, ffmpegs=True)
