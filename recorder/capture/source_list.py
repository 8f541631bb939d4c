"""A camera's source as a list that FFmpeg reads from a descriptor: no password in a command line.

The command line of a process can be read by every user of the machine (`ps`), open descriptors by
the process's own user alone. FFmpeg takes a URL from the command line only, but a list of files
(format ffconcat) from anywhere: the list here has a single entry, the source, with the options for
opening that source. Stored bytes and the times of pictures are the same either way (measured with
5.1 and 9.0, every kind of stream).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from footage.errors import BadInput
from recorder.capture.messages import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

PROTOCOLS: Final = "pipe,tcp,udp,rtp,srtp,tls,http,https,httpproxy,crypto,srt,rtmp,rtmps"
"""What FFmpeg may open: the list, and what network sources are made of. No file: a camera that
sends a list of files of this machine is given none."""
_LONGEST_SECRET: Final = 1_000


def shows_password(source: str) -> bool:
    """Whether a source holds what would be masked where the source is shown."""
    return mask(source) != source


def with_secret(source: str, secret: str) -> str:
    """Put credentials into a URL.

    Args:
        source: A URL with a user (`rtsp://admin@camera/1`) or without (`rtsp://camera/1`).
        secret: The password where the URL has a user, otherwise `user:password`; any characters.

    Raises:
        BadInput: The source is no URL or has a password already, or the secret names no user where
            the URL has none. The message holds no part of the secret.
    """
    scheme, separator, rest = source.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    login, at, host = rest[:end].rpartition("@")
    if not separator:
        raise BadInput("a secret file is for a URL, not for a file")
    if ":" in login:
        raise BadInput("the source has a password besides the secret file")
    if not secret or len(secret) > _LONGEST_SECRET or not secret.isprintable():
        raise BadInput(f"the secret is empty, longer than {_LONGEST_SECRET}, or no plain line")
    user, colon, password = (login, ":", secret) if at else secret.partition(":")
    if not colon or not user:
        raise BadInput("neither the source nor the secret file names a user (user:password)")
    known = quote(user, safe="%") if at else quote(user, safe="")
    return f"{scheme}://{known}:{quote(password, safe='')}@{host}{rest[end:]}"


def source_list(source: str, options: Mapping[str, object]) -> bytes:
    """The list with `source` as its only entry, opened with `options`.

    Raises:
        BadInput: The source has a character no URL has, which could begin another line of the list.
    """
    if not source.isprintable():
        raise BadInput("the source has a character that no URL has")
    quoted = source.replace("'", r"'\''")
    lines = [
        "ffconcat version 1.0",
        f"file '{quoted}'",
        *(f"option {key} {value}" for key, value in options.items()),
    ]
    return "\n".join((*lines, "")).encode()
