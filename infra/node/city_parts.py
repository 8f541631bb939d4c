"""The parts of a process from which the status of the city, and lost data, are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock
    from footage.ports import Catalogue, Leases, ObjectStore, Register
    from infra.config.settings import Settings


class CityParts(Protocol):
    """Stores, clock and settings of a process; a store is opened when first asked for."""

    settings: Settings
    clock: Clock

    @property
    def home(self) -> Path:
        """The home folder."""
        ...

    @property
    def register(self) -> Register:
        """The register."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        ...

    @property
    def store(self) -> ObjectStore:
        """The object store."""
        ...

    @property
    def leases(self) -> Leases:
        """Leases of the recorders."""
        ...

    @property
    def encoder_digest(self) -> str:
        """Digest of the encoder in force."""
        ...

    @property
    def register_file(self) -> Path | None:
        """File of the register; None where the register is on a server."""
        ...

    @property
    def register_shared(self) -> bool:
        """Whether homes on other machines may use the register too."""
        ...

    @property
    def catalogue_file(self) -> Path | None:
        """File of the catalogue; None where the catalogue is on a server."""
        ...
