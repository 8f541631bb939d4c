"""Sources of cameras that may be named over HTTP, and those that lead where no recorder may go."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from api.camera_sources import SourceRule, host_of
from footage.errors import BadInput, Refused
from infra.host.host_addresses import addresses_of

NAMES = {"cam.example": ["10.0.0.5"], "rebound.example": ["10.0.0.5", "127.0.0.1"]}
RULE = SourceRule(lambda host: NAMES.get(host) or addresses_of(host))


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://10.0.0.5/1",
        "rtsp://admin:p%40ss@10.0.0.5:554/cam/realmonitor?channel=1&subtype=0",
        "rtsps://cam.example/1",
        "rtsp://[fd12:3456::5]/1",
        "rtsp://203.0.113.7",
    ],
)
def test_cameras_of_a_city_may_be_named(source: str) -> None:
    RULE.require(source)


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "film.mp4",
        "http://10.0.0.5/",
        "concat:rtsp://10.0.0.5/1",
        "RTSP://10.0.0.5/1",
        "rtsp:/10.0.0.5/1",
        "rtsp://",
        "rtsp://10.0.0.5\\@127.0.0.1/",
        "rtsp://a@10.0.0.5@127.0.0.1/",
        "rtsp://10.0.0.5#@127.0.0.1/",
        "rtsp://10.0.0.5 @127.0.0.1/",
        "rtsp://10.0.0.5/1\nfile /etc/passwd",
        "rtsp://10.0.0.5/1'",
        "rtsp://[fe80::1%25eth0]/1",
        "-i /etc/passwd",
        "rtsp://10.0.0.5/" + "x" * 1_100,
    ],
)
def test_what_is_no_plain_url_is_refused(source: str) -> None:
    with pytest.raises(BadInput):
        RULE.require(source)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 - refused here
        "0.0.0.7",
        "localhost",
        "db.localhost",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "rebound.example",
    ],
)
def test_addresses_of_the_machine_and_of_services_are_refused(host: str) -> None:
    with pytest.raises(Refused):
        RULE.require(f"rtsp://user:secret@{host}:8554/1")


def test_a_refusal_does_not_show_the_login() -> None:
    with pytest.raises(Refused) as told:
        RULE.require("rtsp://user:secret@127.0.0.1/1")
    assert "secret" not in str(told.value)


def test_a_setting_allows_a_network_and_no_other() -> None:
    rule = SourceRule(addresses_of, (ip_network("127.0.0.0/8"),))
    rule.require("rtsp://127.0.0.1:8554/1")
    with pytest.raises(Refused):
        rule.require("rtsp://169.254.169.254/1")


def test_the_host_is_read_without_login_and_port() -> None:
    assert host_of("rtsp://admin:x@Cam.Example:554/1") == "cam.example"
