"""All operations of the HTTP API, as the description names them, with paths that can be asked."""

from __future__ import annotations

import json
from typing import Any, Final

from api.openapi import document

_PATHS: Final[dict[str, dict[str, Any]]] = json.loads(document())["paths"]
OPERATIONS: Final[dict[tuple[str, str], dict[str, Any]]] = {
    (method.upper(), path): operation
    for path, methods in _PATHS.items()
    for method, operation in methods.items()
    if path.startswith("/api/")
}
"""Each operation of /api/v1 by method and path."""
_SEGMENT: Final = "site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4"
_VALUES: Final = {
    "camera": "camera-1",
    "segment": _SEGMENT,
    "hold": "hold-1",
    "person": "amina",
    "token": "0123456789ab",
    "plan": f"plan-{'0' * 32}",
    "job": "019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77",
    "case": "019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77",
    "exhibit": "1",
    "number": "1",
    "name": "certificate.json",
}


def filled(path: str) -> str:
    """Return a path with a value of the right form in the place of each name."""
    return path.format(**_VALUES)
