from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage.errors import Misconfigured
from footage.instant import Elapsed
from infra.cmds.settings import in_force
from infra.config import loading

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FOOTAGE_HOME", str(tmp_path))
    monkeypatch.delenv("FOOTAGE_CONFIG", raising=False)
    return tmp_path


def test_the_environment_goes_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "footage.toml").write_text('[recording]\nsegment_length = "10s"\n', encoding="utf-8")
    assert loading.load().recording.segment_length == Elapsed.parse("10s")
    monkeypatch.setenv("FOOTAGE_RECORDING__SEGMENT_LENGTH", "20s")
    assert loading.load().recording.segment_length == Elapsed.parse("20s")


@pytest.mark.parametrize(("text", "expected"), [("auto", "auto"), ("0", 0), ("2", 2)])
def test_copies_are_a_number_or_auto(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str | int
) -> None:
    del home
    monkeypatch.setenv("FOOTAGE_CATALOGUE__REPLICAS", text)
    assert loading.load().catalogue.replicas == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[catalogue]\nreplicas = -1\n", "catalogue.replicas"),
        ('[catalogue]\nreplicas = "many"\n', "catalogue.replicas"),
        ("[store]\ncolour = 1\n", "store.colour"),
        ("unknown = 1\n", "unknown"),
        ('[recording]\nsegment_length = "long"\n', "not a duration"),
        ("[api]\nport = 70000\n", "api.port"),
        ('zone = "Mars/Base"\n', "not a time zone"),
        ("not toml", "cannot be read"),
    ],
)
def test_what_cannot_be_right_is_named(home: Path, text: str, told: str) -> None:
    (home / "footage.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match=told):
        loading.load()


@pytest.mark.parametrize("name", ["FOOTAGE_STOER", "FOOTAGE_STOER__KIND"])
def test_an_unknown_variable_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    del home
    monkeypatch.setenv(name, "x")
    with pytest.raises(Misconfigured, match=name):
        loading.load()


def test_a_named_file_must_be_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTAGE_CONFIG", str(home / "absent.toml"))
    with pytest.raises(Misconfigured, match=r"absent\.toml"):
        loading.load()


def test_secrets_come_from_files_and_are_never_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = home / "key"
    key.write_text("s3cret\n", encoding="utf-8")
    assert loading.secret(key, what="key") == "s3cret"
    with pytest.raises(Misconfigured, match="key"):
        loading.secret(None, what="key")
    monkeypatch.setenv("FOOTAGE_DATABASE__URL", "postgresql://me:hunter2@127.0.0.1/x")
    assert "hunter2" not in str(loading.effective(loading.load()))


def test_unset_settings_show_the_value_in_force(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTAGE_RECORDING__FFMPEG", "/usr/bin/ffmpeg")  # else it is looked for
    found = in_force(loading.load())
    assert found["store.path"] == str(home / "store")
    assert found["catalogue.path"] == str(home / "catalogue.db")
    assert found["retention.policies"].endswith("(no such file: everything is kept)")
    (home / "policies.toml").touch()
    assert in_force(loading.load())["retention.policies"] == str(home / "policies.toml")
    assert set(found) <= set(loading.effective(loading.load()))


def test_a_user_without_a_name_is_a_number(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    del home
    monkeypatch.setattr("getpass.getuser", nameless)
    assert loading.load().actor == f"uid-{os.getuid()}"
