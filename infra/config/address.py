"""Network addresses as written in settings: "127.0.0.1:8961", "[::1]:8961", "node-3:8961"."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from footage.errors import BadInput

_ADDRESS: Final = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.%]+)\]|(?P<host>[^\s\[\]:/]+)):(?P<port>\d+)"
)
_LAST_PORT: Final = 65_535


class Address(NamedTuple):
    """A host and a TCP port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read HOST:PORT.

        Raises:
            BadInput: The text is no address.
        """
        found = _ADDRESS.fullmatch(text.strip())
        if found is None or int(found["port"]) > _LAST_PORT:
            raise BadInput(f"not an address: {text!r}", hint='write it like "127.0.0.1:8961"')
        return cls(found["v6"] or found["host"], int(found["port"]))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
