"""Attacks on the HTTP API by strangers, by people with limited grants, and by stolen secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from api.limits import PICTURE_PATH
from tests.common.api_city import PLAIN, a_picture

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

LONE_SURROGATE = "\\ud800"
QUESTION = json.dumps({"text": "red"})


def stranger(city: ApiCity) -> httpx.Client:
    """Return a client that sends neither token nor cookie."""
    return httpx.Client(base_url=city.client.base_url, timeout=30, verify=PLAIN)


def multipart(*parts: tuple[str, bytes], boundary: str = "edge") -> bytes:
    """Return a multipart body of parts, each with the parameters of its disposition."""
    lines = b""
    for parameters, data in parts:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {parameters}\r\n\r\n"
        lines += head.encode() + data + b"\r\n"
    return lines + f"--{boundary}--\r\n".encode()


# ------------------------------------------------------------------------ bodies


@pytest.mark.parametrize("charset", ["punycode", "undefined", "unicode_escape", "no-such"])
def test_a_form_is_never_decoded_by_a_codec_of_the_sender_s_choice(
    city: ApiCity, charset: str
) -> None:
    kind = f"multipart/form-data; boundary=edge; Charset={charset}"
    body = multipart(('name="question"', b"{}"))
    with stranger(city) as client:
        told = client.post(PICTURE_PATH, content=body, headers={"Content-Type": kind})
    assert told.status_code == 415


def test_a_second_content_type_does_not_hide_a_charset(city: ApiCity) -> None:
    kinds = [
        ("Content-Type", "multipart/form-data; boundary=edge; charset=undefined"),
        ("Content-Type", "multipart/form-data; boundary=edge"),
    ]
    body = multipart(('name="question"', b"{}"))
    with stranger(city) as client:
        assert client.post(PICTURE_PATH, content=body, headers=kinds).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        f'{{"{LONE_SURROGATE}": 1}}',
        f'{{"text": "{LONE_SURROGATE}"}}',
        f'{{"text": "red", "case": "{LONE_SURROGATE}"}}',
        "[" * 100_000,
        '{"limit": ' + "9" * 100_000 + "}",
        '{"text": "red", "threshold": NaN}',
        '{"text": "red", "threshold": Infinity}',
        '{"like": "1.1", "box": {"x": NaN}}',
        '{"like": "1.1", "text": "red", "text_weight": NaN}',
        '{"limit": 1e400}',
        "\x00",
        "",
    ],
)
def test_json_made_to_break_a_parser_is_bad_input(city: ApiCity, body: str) -> None:
    told = city.client.post(
        "/api/v1/search", content=body, headers={"Content-Type": "application/json"}
    )
    assert told.status_code in {400, 422}
    assert told.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        multipart(*[(f'name="f{n}"', b"") for n in range(1_001)]),
        multipart(*[(f'name="f{n}"; filename="x"', b"") for n in range(1_001)]),
        multipart(('name="question"', b"x" * (1 << 20 | 1))),
        multipart(("filename=x", b"")),
        b"--edge\r\n" + b"X: " + b"a" * 1_000_000,
        b"--edge\r\n" * 100_000,
        b"\r\n--edg" * 1_000_000,
        b"--edge\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\n--in--",
        b"",
    ],
)
def test_a_form_made_to_break_a_parser_is_bad_input(city: ApiCity, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    told = city.client.post(PICTURE_PATH, content=body, headers=kind)
    assert told.status_code in {400, 422}


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "../../etc/passwd", "x" * 2_000, "\u202egpj"])
def test_the_name_of_a_picture_file_breaks_nothing(city: ApiCity, name: str) -> None:
    files = {"picture": (name, a_picture(), "image/png")}
    told = city.client.post(PICTURE_PATH, files=files, data={"question": QUESTION})
    assert told.status_code == 200
    assert len(told.json()["query"]["example"]["name"]) <= 200
    assert name not in str(city.entries()[-2].what)


def test_a_path_with_a_slash_more_is_not_redirected(city: ApiCity) -> None:
    for path in ("/api/v1/cameras/", "/api/v1/session/", "/api/v1/jobs/"):
        assert city.client.get(path).status_code == 404
