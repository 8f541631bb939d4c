"""The policy file: TOML into `retention.policy` values; an unknown key or name is an error.

::

    [[policy]]
    name = "bus stands"
    match = { site = ["site-1", "site-2"] }   # camera, site, class, district; absent: everything
    keep = "30d"

Each error names the file, the policy's number, name and line. `minimum_keep` is refused: nothing
deletes footage before `keep`, so the key would have no effect.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Misconfigured
from footage.ids import camera_id, district_id, site_id
from footage.instant import Elapsed
from retention.policy import Match, Policy, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.config.policy_names import KnownNames

_POLICY_KEYS: Final = {"name", "match", "keep"}
_MATCH_KEYS: Final = {"camera", "site", "class", "district"}
_HOURS: Final = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
_KEEP: Final = re.compile(r"(?:[0-9]{1,6}[hdwy])+")
_PART: Final = re.compile(r"([0-9]+)([hdwy])")
_MINUTES: Final = re.compile(r"[0-9.]+ *m[a-z]*", re.IGNORECASE)
_LONGEST_H: Final = 1_000 * _HOURS["y"]
_TABLE: Final = re.compile(r"\s*\[\[\s*(?:policy|\"policy\"|'policy')\s*\]\]")
_UNITS: Final = 'write a number and h, d, w or y (365 days), e.g. "12h", "30d", "2w", "1y"'


def load_policies(path: Path, known: KnownNames | None = None) -> tuple[Policy, ...] | None:
    """The retention policies of a file; None when the file is missing: everything is kept.

    Args:
        path: The file.
        known: The names that a policy may use; None: names are not checked.

    Raises:
        BadInput: The file holds no policy, an unknown key or name, or policies that contradict each
            other.
        Misconfigured: The file exists but cannot be read.
        Unavailable: A name is checked by the catalogue, which cannot be reached.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"policy file {path} cannot be read: {exc}") from exc
    return parse_policies(text, str(path), known)


def parse_policies(text: str, where: str, known: KnownNames | None = None) -> tuple[Policy, ...]:
    """The retention policies in the TOML `text`, in order; `where` names the file in errors.

    Raises:
        BadInput: As `load_policies`.
        Unavailable: As `load_policies`.
    """
    tables = _tables(text, where)
    policies = []
    for named, table in zip(_named(text, tables), tables, strict=True):
        try:
            policy = _policy(table)
            if known:
                _require_known(policy, known)
        except BadInput as exc:
            raise BadInput(f"{where}, {named}: {exc.args[0]}", hint=exc.hint) from exc
        policies.append(policy)
    try:
        check(policies)
    except BadInput as exc:
        raise BadInput(f"{where}: {exc.args[0]}", hint=exc.hint) from exc
    return tuple(policies)


def _tables(text: str, where: str) -> list[dict[str, object]]:
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:  # a number too long is a ValueError alone
        raise BadInput(f"{where} is no TOML: {exc}") from exc
    try:
        _known(content, {"policy"})
    except BadInput as exc:
        raise BadInput(f"{where}: {exc.args[0]}", hint=exc.hint) from exc
    tables = content.get("policy", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput(f"{where}: `policy` is no list of tables", hint="write [[policy]]")
    if not tables:
        raise BadInput(
            f"{where} holds no policy, which may be a mistake",
            hint="remove the file to keep everything, or add a [[policy]]",
        )
    return tables


def _named(text: str, tables: list[dict[str, object]]) -> list[str]:
    """Name of each policy in errors: number, name and line, as far as known."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _TABLE.match(line)]
    sure = len(lines) == len(tables)  # not where tables stand in an array, or a header in a text
    called = []
    for number, table in enumerate(tables, 1):
        name = table.get("name")
        shown = f" {name!r}" if isinstance(name, str) else ""
        line = f" (line {lines[number - 1]})" if sure else ""
        called.append(f"policy {number}{shown}{line}")
    return called


def _policy(table: Mapping[str, object]) -> Policy:
    if "minimum_keep" in table:
        raise BadInput(
            "`minimum_keep` is not read yet: nothing deletes before `keep`",
            hint="remove the line; `keep` alone decides",
        )
    _known(table, _POLICY_KEYS)
    return Policy(
        _text(table, "name"),
        _keep(_text(table, "keep")),
        _match(table["match"]) if "match" in table else None,
    )


def _keep(text: str) -> Elapsed:
    """Read how long footage is kept; minutes and months, which look the same, are refused."""
    compact = text.strip()
    if _MINUTES.search(compact):
        raise BadInput(f"`keep` = {text!r}: minutes or months?", hint=_UNITS)
    if not _KEEP.fullmatch(compact):
        raise BadInput(f"`keep` = {text!r} is no length of time", hint=_UNITS)
    hours = sum(int(number) * _HOURS[unit] for number, unit in _PART.findall(compact))
    if not 0 < hours <= _LONGEST_H:
        raise BadInput(
            f"`keep` = {text!r} is not between 1 hour and 1000 years",
            hint="without a matching policy footage is kept for ever",
        )
    return Elapsed.parse(f"{hours}h")


def _match(table: object) -> Match:
    if not isinstance(table, dict):
        raise BadInput("`match` is no table", hint='write match = { site = ["site-1"] }')
    _known(table, _MATCH_KEYS)
    return Match(
        cameras=frozenset(map(camera_id, _names(table, "camera"))),
        sites=frozenset(map(site_id, _names(table, "site"))),
        classes=frozenset(_names(table, "class")),
        districts=frozenset(map(district_id, _names(table, "district"))),
    )


def _require_known(policy: Policy, known: KnownNames) -> None:
    for kind, names in policy.match.kinds() if policy.match else ():
        unknown = known.unknown(kind, names)
        if unknown:
            near = get_close_matches(unknown[0], known.registered[kind], n=3)
            many = "" if len(unknown) == 1 else f"; {len(unknown) - 1} more are unknown"
            raise BadInput(
                f"no {kind} {unknown[0]!r} is registered, nor any footage of it stored{many}",
                hint=f"did you mean {' or '.join(near)}?" if near else "see `footage cameras list`",
            )


def _names(table: Mapping[str, object], key: str) -> list[str]:
    if key not in table:
        return []
    names = table[key]
    if not isinstance(names, list) or not names:
        raise BadInput(f"`match`: `{key}` names nothing", hint=f'write {key} = ["a", "b"]')
    if not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"`match`: `{key}` holds something that is no name: {names!r}")
    return names


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise BadInput(f"`{key}` is missing or no text", hint=f'write {key} = "..."')
    return value


def _known(table: Mapping[str, object], keys: set[str]) -> None:
    unknown = [key if key.isprintable() else repr(key) for key in sorted(set(table) - keys)]
    if unknown:
        raise BadInput(
            f"unknown key {', '.join(unknown)}", hint=f"known: {', '.join(sorted(keys))}"
        )
