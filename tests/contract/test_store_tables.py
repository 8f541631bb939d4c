"""A kind of store is a table row and a module: settings, wiring and doctor follow the table."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, cast

import pytest

from footage.clock import SimulatedClock
from footage.errors import Misconfigured
from infra import stores
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.config import loading
from infra.objects.directory_store import DirectoryStore
from infra.registers.sql_accounts import SqlAccounts
from infra.registers.sql_leases import SqlLeases
from infra.registers.sql_register import SqlRegister
from infra.stores import Adapter, Port
from infra.vectors.faiss_index import FaissIndex
from infra.wiring import Parts
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES: tuple[Port[object], ...] = (
    stores.OBJECTS,
    stores.CATALOGUES,
    stores.REGISTERS,
    stores.LEASES,
    stores.ACCOUNTS,
    stores.JOBS,
    stores.APPROVALS,
    stores.LEDGERS,
    stores.VECTORS,
)
LINES = [one for port in TABLES for one in port.adapters]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(loading.load_home(tmp_path), SimulatedClock(START))
    yield made
    made.close()


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.kind} {line.opens}")
def test_every_line_names_a_function_that_is_there(line: Adapter) -> None:
    assert callable(pkgutil.resolve_name(line.opens))
    assert line.meaning


@pytest.mark.parametrize(
    "port", [stores.LEASES, stores.ACCOUNTS, stores.JOBS], ids=lambda port: port.name
)
def test_leases_accounts_and_jobs_are_kept_by_every_register(port: Port[object]) -> None:
    assert [one.kind for one in port.adapters] == [one.kind for one in stores.REGISTERS.adapters]


@pytest.mark.parametrize(
    ("section", "port"),
    [("store", stores.OBJECTS), ("catalogue", stores.CATALOGUES), ("vectors", stores.VECTORS)],
)
def test_the_settings_take_the_kinds_of_the_table_and_no_other(
    section: str, port: Port[object], tmp_path: Path
) -> None:
    for one in port.adapters:
        (tmp_path / "footage.toml").write_text(f'[{section}]\nkind = "{one.kind}"\n', "utf-8")
        assert getattr(loading.load_home(tmp_path), section).kind == one.kind
    (tmp_path / "footage.toml").write_text(f'[{section}]\nkind = "tape"\n', "utf-8")
    with pytest.raises(Misconfigured, match=f"{section}.kind.*'tape', only {port.default}, "):
        loading.load_home(tmp_path)


def test_the_embedded_stores_lie_in_the_home_folder(parts: Parts) -> None:
    registers = (parts.register, parts.leases, parts.accounts)
    opened = (parts.store, parts.catalogue, *registers, parts.vectors)
    assert [type(one) for one in opened] == [
        DirectoryStore,
        SqliteCatalogue,
        SqlRegister,
        SqlLeases,
        SqlAccounts,
        FaissIndex,
    ]
    made = {path.name for path in parts.home.iterdir()}
    assert {"store", "catalogue.db", "register.db"} <= made


@pytest.mark.parametrize(
    ("section", "kind", "told"),
    [("store", "s3", "no endpoint"), ("catalogue", "elasticsearch", "not an address")],
)
def test_a_server_without_an_address_is_refused(
    section: str, kind: str, told: str, parts: Parts
) -> None:
    chosen = getattr(parts.settings, section).model_copy(update={"kind": kind})
    without = Parts(parts.settings.model_copy(update={section: chosen}), parts.clock)
    with pytest.raises(Misconfigured, match=told):
        getattr(without, section)


def test_a_line_and_its_module_are_a_store(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "def from_settings(section, context): return (section.kind, context.home)\n"
    (tmp_path / "shelf_store.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    shelf = Adapter("shelf", "a shelf of tapes", "shelf_store:from_settings")
    table: Port[object] = Port("object store", (*stores.OBJECTS.adapters, shelf))
    assert table.checked("shelf") == "shelf"
    assert "`shelf`: a shelf of tapes" in table.meanings
    monkeypatch.setattr(stores, "OBJECTS", table)
    chosen = parts.settings.store.model_copy(update={"kind": "shelf"})
    settings = parts.settings.model_copy(update={"store": chosen})
    opened = cast("object", Parts(settings, parts.clock).store)
    assert opened == ("shelf", parts.home)


def test_a_database_is_of_a_kind_in_the_table_or_refused(parts: Parts) -> None:
    def register(url: str) -> object:
        chosen = parts.settings.database.model_copy(update={"url": url})
        return Parts(parts.settings.model_copy(update={"database": chosen}), parts.clock).register

    assert stores.register_kind("postgresql+psycopg://footage@host/footage") == "postgresql"
    with pytest.raises(Misconfigured, match=r"no register of kind 'mysql'.*sqlite, postgresql"):
        register("mysql://footage:geheim@host/footage")
    with pytest.raises(Misconfigured, match="database URL is none") as told:
        register("geheim@host/footage")
    assert "geheim" not in str(told.value)
