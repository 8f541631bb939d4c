"""Loading of settings: a TOML file, overridden by the environment; secrets from files.

The TOML file is `footage.toml` in `FOOTAGE_HOME`, or the file that `FOOTAGE_CONFIG` names. Any key
can be set in the environment: `FOOTAGE_STORE__ENDPOINT=...` is `endpoint` in `[store]`. This is the
only module that reads the environment.
"""

from __future__ import annotations

import getpass
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from footage.errors import Misconfigured
from infra.config.default_folders import default_cache, default_home
from infra.config.sections.section import Section
from infra.config.settings import CONFIG_NAME, Settings

_PASSWORD: Final = re.compile(r"(://[^:/@]*):[^@/]*@")
_LOCATORS: Final = ("FOOTAGE_CONFIG", "FOOTAGE_REQUIRE_SERVERS")


def load() -> Settings:
    """Read the settings from the file and the environment.

    Raises:
        Misconfigured: A key is unknown, a value cannot be right, or the file cannot be read.
    """
    named = os.environ.get("FOOTAGE_CONFIG")
    home = Path(os.environ.get("FOOTAGE_HOME") or default_home(os.environ)).expanduser()
    return _load(home, Path(named).expanduser() if named else None)


def load_home(home: Path) -> Settings:
    """Read the settings of the home folder `home` instead of `FOOTAGE_HOME`, for the demo.

    Raises:
        Misconfigured: As for `load`.
    """
    return _load(home, None).model_copy(update={"home": home})


def _load(home: Path, named: Path | None) -> Settings:
    path = named or home / CONFIG_NAME
    _refuse_unknown([name for name in os.environ if name.startswith("FOOTAGE_")])
    defaults = {"home": home, "cache": _cache(), "actor": _user()}
    try:
        return Settings(**{**defaults, **_read(path, required=named is not None)})
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise Misconfigured(f"settings of {path}: {wrong}", hint="see docs/settings.md") from exc
    except SettingsError as exc:
        raise Misconfigured(f"settings: {exc}", hint="see docs/settings.md") from exc


def secret(path: Path | None, *, what: str) -> str:
    """Read a secret: the first line of the file `path`; `what` names the secret in errors.

    Raises:
        Misconfigured: No file is named, or the file cannot be read.
    """
    if path is None:
        raise Misconfigured(f"no file names the {what}", hint="see docs/settings.md")
    try:
        return path.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, IndexError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"the {what} cannot be read from {path}") from exc


def _cache() -> Path:
    named = os.environ.get("FOOTAGE_CACHE")
    return Path(named).expanduser() if named else default_cache(os.environ, os.getuid())


def _user() -> str:
    """The name of the system user; `uid-` and a number for a nameless user, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        if required:
            raise Misconfigured(
                f"no settings file at {path}", hint="FOOTAGE_CONFIG names it"
            ) from exc
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise Misconfigured(f"settings of {path} cannot be read: {exc}") from exc


def _refuse_unknown(names: list[str]) -> None:
    known = {f"FOOTAGE_{name.upper()}" for name in Settings.model_fields}
    for name in names:
        if name not in known and name.split("__")[0] not in known and name not in _LOCATORS:
            raise Misconfigured(
                f"unknown setting in the environment: {name}", hint="see docs/settings.md"
            )


def effective(settings: Settings) -> dict[str, str | int | bool | None]:
    """All settings by dotted name, e.g. `store.kind`; a password inside a URL is masked."""
    values: dict[str, str | int | bool | None] = {}
    for name, value in settings:
        if isinstance(value, Section):
            fields = type(value).model_fields
            written = {key: fields[key].alias or key for key, _ in value}
            values.update({f"{name}.{written[key]}": shown(inner) for key, inner in value})
        else:
            values[name] = shown(value)
    return values


def shown(value: object) -> str | int | bool | None:
    """The value of a setting as written by people; a password inside a URL is masked."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return _PASSWORD.sub(r"\1:***@", str(value))
