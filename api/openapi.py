"""Writes the OpenAPI document: `python -m api.openapi > docs/openapi.json`."""

import json
import sys

from api.app import bare_app


def document() -> str:
    """Return the OpenAPI document as JSON text, as committed in `docs/openapi.json`."""
    return json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
