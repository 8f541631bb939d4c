"""The stores that can hold Footage's data: a table per port.

To add a store: write a module, with a function that opens the store from a section of the settings,
and add a line here. The settings accept the new kind, `infra/wiring.py` opens the store, and
`docs/settings.md` and `footage doctor` name the kind. A module is imported when the store is
opened.
"""

from __future__ import annotations

import pkgutil
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack
    from pathlib import Path

    from footage.clock import Clock
    from footage.ports import (
        Accounts,
        Approvals,
        Cases,
        Catalogue,
        Guarantees,
        Jobs,
        Leases,
        Ledger,
        ObjectStore,
        Register,
        VectorIndex,
    )

T_co = TypeVar("T_co", covariant=True)

EMBEDDED_REGISTER: Final = "sqlite"
_SCHEME: Final = re.compile(r"([a-z0-9]+)(\+[a-z0-9]+)?://")


@dataclass(frozen=True, slots=True)
class StoreContext:
    """Arguments common to the opening of all stores, besides a section of the settings.

    Attributes:
        home: The home folder, where embedded stores lie.
        clock: Clock to tell time and wait by.
        closing: Stack on which an opened store registers the call that closes the store.
        seen_guarantees: Gives the guarantees an object store showed when tried; None where no
            result is recorded.
    """

    home: Path
    clock: Clock
    closing: ExitStack
    seen_guarantees: Callable[[], Guarantees | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Adapter:
    """A store that fulfils the contract of a port, as a line of a port's table.

    Attributes:
        kind: Name of the store in the settings.
        meaning: Description for people, e.g. "a folder".
        opens: `module:function`, called with the section of the settings and a `StoreContext`.
    """

    kind: str
    meaning: str
    opens: str


@dataclass(frozen=True, slots=True)
class Port(Generic[T_co]):
    """The stores of a port; the first is the embedded default.

    Attributes:
        name: Name of the port, for people.
        adapters: The stores to choose from.
    """

    name: str
    adapters: tuple[Adapter, ...]

    @property
    def default(self) -> str:
        """The kind of store in force when the settings name no kind."""
        return self.adapters[0].kind

    @property
    def meanings(self) -> str:
        """All kinds of store with a description each, in Markdown."""
        return "; ".join(f"`{adapter.kind}`: {adapter.meaning}" for adapter in self.adapters)

    def checked(self, kind: str) -> str:
        """Return `kind` unchanged; raise ValueError, as settings' validators do, if unknown."""
        if kind not in (known := [adapter.kind for adapter in self.adapters]):
            raise ValueError(f"no such {self.name}: {kind!r}, only {', '.join(known)}")
        return kind

    def open(self, kind: str, section: object, context: StoreContext) -> T_co:
        """Open the store of this kind.

        Args:
            kind: Kind of an adapter in the table.
            section: The part of the settings that the adapter's function takes.
            context: Home folder, clock and closing stack for the store.

        Raises:
            Misconfigured: No adapter has this kind.
            FootageError: The store cannot be opened, as the class of the store says.
        """
        for adapter in self.adapters:
            if adapter.kind == kind:
                opened: T_co = pkgutil.resolve_name(adapter.opens)(section, context)
                return opened
        known = ", ".join(adapter.kind for adapter in self.adapters)
        raise Misconfigured(f"no {self.name} of kind {kind!r}", hint=f"one of: {known}")


OBJECTS: Final[Port[ObjectStore]] = Port(
    "object store",
    (
        Adapter("directory", "a folder", "infra.objects.directory_store:from_settings"),
        Adapter("s3", "a server that speaks S3", "infra.objects.minio_store:from_settings"),
    ),
)
CATALOGUES: Final[Port[Catalogue]] = Port(
    "catalogue",
    (
        Adapter("sqlite", "a file", "infra.catalogues.sqlite_catalog:from_settings"),
        Adapter("elasticsearch", "a cluster", "infra.catalogues.elastic_catalog:from_settings"),
    ),
)
REGISTERS: Final[Port[Register]] = Port(
    "register",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_register:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_register:from_settings"),
    ),
)
LEASES: Final[Port[Leases]] = Port(  # a line for each register: leases are a part of it
    "register of leases",
    (
        Adapter(EMBEDDED_REGISTER, "for one recorder", "infra.registers.sql_leases:from_settings"),
        Adapter("postgresql", "for many recorders", "infra.registers.sql_leases:from_settings"),
    ),
)
ACCOUNTS: Final[Port[Accounts]] = Port(  # a line for each register: accounts are a part of it
    "register of accounts",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_accounts:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_accounts:from_settings"),
    ),
)
JOBS: Final[Port[Jobs]] = Port(  # as for accounts
    "register of jobs",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_jobs:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_jobs:from_settings"),
    ),
)
CASES: Final[Port[Cases]] = Port(  # as for accounts
    "register of cases",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_cases:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_cases:from_settings"),
    ),
)
APPROVALS: Final[Port[Approvals]] = Port(  # as for accounts
    "register of approvals",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_approvals:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_approvals:from_settings"),
    ),
)
LEDGERS: Final[Port[Ledger]] = Port(  # as for accounts
    "register of the ledger",
    (
        Adapter(EMBEDDED_REGISTER, "a file", "infra.registers.sql_ledger:from_settings"),
        Adapter("postgresql", "a server", "infra.registers.sql_ledger:from_settings"),
    ),
)
VECTORS: Final[Port[VectorIndex]] = Port(
    "vector index",
    (
        Adapter("faiss", "files, searched by FAISS", "infra.vectors.faiss_index:from_settings"),
        Adapter(
            "elasticsearch",
            "the cluster that `[catalogue]` names",
            "infra.vectors.elastic_vectors:from_settings",
        ),
    ),
)


def register_kind(url: str) -> str:
    """The kind of register that a database URL names; an empty URL: the embedded register.

    Raises:
        Misconfigured: The text is no URL; the message leaves the text out, since it may hold a
            password.
    """
    if not url:
        return EMBEDDED_REGISTER
    scheme = _SCHEME.match(url)
    if scheme is None:
        hint = "sqlite:///PATH or postgresql://USER@HOST/NAME"
        raise Misconfigured("the database URL is none", hint=hint)
    return scheme[1]
