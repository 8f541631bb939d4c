"""Credentials go into a URL whatever their characters, and into no command line."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput
from recorder.capture.command_line import Capture, argv
from recorder.capture.messages import mask
from recorder.capture.source_list import source_list, with_secret

LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)


@given(LINE)
def test_a_password_of_any_characters_arrives(password: str) -> None:
    url = urlsplit(with_secret("rtsp://admin@10.0.0.5:554/live?x=1", password))
    assert (url.username, unquote(url.password or "")) == ("admin", password)
    assert (url.hostname, url.port, url.path, url.query) == ("10.0.0.5", 554, "/live", "x=1")
    assert mask(url.geturl()) == "rtsp://admin:***@10.0.0.5:554/live?x=1"


@given(LINE.filter(lambda user: ":" not in user), LINE)
def test_user_and_password_may_both_come_from_the_file(user: str, password: str) -> None:
    url = urlsplit(with_secret("rtsp://[fe80::1]/a@b", f"{user}:{password}"))
    assert (unquote(url.username or ""), unquote(url.password or "")) == (user, password)
    assert (url.hostname, url.path) == ("fe80::1", "/a@b")


@pytest.mark.parametrize(
    ("source", "secret", "why"),
    [
        ("/films/a.mp4", "u:geheim", "not for a file"),
        ("rtsp://u:other@cam/1", "geheim", "a password besides"),
        ("rtsp://cam/1", "geheim", "names a user"),
        ("rtsp://cam/1", ":geheim", "names a user"),
        ("rtsp://u@cam/1", "", "empty"),
        ("rtsp://u@cam/1", "geheim\nfile '/etc/shadow'", "plain line"),
        ("rtsp://u@cam/1", "geheim" * 200, "longer than 1000"),
    ],
)
def test_what_cannot_be_joined_is_refused_without_the_secret(
    source: str, secret: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        with_secret(source, secret)
    assert "geheim" not in str(refused.value)


def test_a_source_begins_no_other_line_of_the_list() -> None:
    with pytest.raises(BadInput, match="no URL has"):
        source_list("rtsp://cam/1\nfile '/etc/shadow'", {})
    lines = source_list("rtsp://cam/it's", {"timeout": 5}).decode().splitlines()
    assert lines == ["ffconcat version 1.0", r"file 'rtsp://cam/it'\''s'", "option timeout 5"]


@pytest.mark.parametrize(
    "source", ["rtsp://u:geheim@cam/1", "http://u:geheim@cam/1", "http://cam/1?password=geheim"]
)
def test_no_password_is_in_the_command_line(source: str) -> None:
    capture = Capture(source, Path("/s/x-%06d.mp4"))
    assert "geheim" not in " ".join(argv("ffmpeg", capture, 3, 4))
    assert source.encode() in capture.source_list


@pytest.mark.parametrize("source", ["/films/a.mp4", "http://cam/1", "udp://10.0.0.5:1234"])
def test_a_source_without_secrets_that_is_no_rtsp_stays_as_it_was(source: str) -> None:
    capture = Capture(source, Path("/s/x-%06d.mp4"))
    assert source in " ".join(argv("ffmpeg", capture, 3))
    assert capture.source_list == b""
