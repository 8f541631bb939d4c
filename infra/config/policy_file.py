"""The policy file: TOML into `retention.policy` values; an unknown key is an error.

::

    [[policy]]
    name = "bus stands"
    match = { site = ["site-1", "site-2"] }   # camera, site, class, district; absent: everything
    keep = "30d"

`minimum_keep` is refused: nothing deletes footage before `keep`, so the key would have no effect.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Misconfigured
from footage.ids import camera_id, district_id, site_id
from footage.instant import Elapsed
from retention.policy import Match, Policy, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_POLICY_KEYS: Final = {"name", "match", "keep"}
_MATCH_KEYS: Final = {"camera", "site", "class", "district"}


def load_policies(path: Path) -> tuple[Policy, ...] | None:
    """The retention policies of a file; None when the file is missing: everything is kept.

    Raises:
        BadInput: The file holds no policy, an unknown key, or policies that contradict each other.
        Misconfigured: The file exists but cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"policy file {path} cannot be read: {exc}") from exc
    return parse_policies(text, str(path))


def parse_policies(text: str, where: str) -> tuple[Policy, ...]:
    """The retention policies in the TOML `text`, in order; `where` names the file in errors.

    Raises:
        BadInput: As `load_policies`.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise BadInput(f"{where} is no TOML: {exc}") from exc
    _known(content, {"policy"}, where)
    tables = content.get("policy", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput(f"{where}: `policy` is no list of tables", hint="write [[policy]]")
    if not tables:
        raise BadInput(
            f"{where} holds no policy, which may be a mistake",
            hint="remove the file to keep everything, or add a [[policy]]",
        )
    policies = tuple(
        _policy(table, f"{where}, policy {number}") for number, table in enumerate(tables, 1)
    )
    check(policies)
    return policies


def _policy(table: Mapping[str, object], where: str) -> Policy:
    if "minimum_keep" in table:
        raise BadInput(
            f"{where}: `minimum_keep` is not read yet: nothing deletes before `keep`",
            hint="remove the line; `keep` alone decides",
        )
    _known(table, _POLICY_KEYS, where)
    return Policy(
        _text(table, "name", where),
        Elapsed.parse(_text(table, "keep", where)),
        _match(table["match"], f"{where}, match") if "match" in table else None,
    )


def _match(table: object, where: str) -> Match:
    if not isinstance(table, dict):
        raise BadInput(f"{where} is no table", hint='write match = { site = ["site-1"] }')
    _known(table, _MATCH_KEYS, where)
    return Match(
        cameras=frozenset(map(camera_id, _names(table, "camera", where))),
        sites=frozenset(map(site_id, _names(table, "site", where))),
        classes=frozenset(_names(table, "class", where)),
        districts=frozenset(map(district_id, _names(table, "district", where))),
    )


def _names(table: Mapping[str, object], key: str, where: str) -> list[str]:
    if key not in table:
        return []
    names = table[key]
    if not isinstance(names, list) or not names:
        raise BadInput(f"{where}: `{key}` names nothing", hint=f'write {key} = ["a", "b"]')
    if not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"{where}: `{key}` holds something that is no name: {names!r}")
    return names


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise BadInput(f"{where}: `{key}` is missing or no text", hint=f'write {key} = "..."')
    return value


def _known(table: Mapping[str, object], keys: set[str], where: str) -> None:
    unknown = sorted(set(table) - keys)
    if unknown:
        raise BadInput(
            f"{where}: unknown key {', '.join(unknown)}", hint=f"known: {', '.join(sorted(keys))}"
        )
