"""Random generators for scenery; no other module makes any."""

import random


def seeded(*name: object) -> random.Random:
    """Return the generator named by `name`; the same name gives the same numbers everywhere."""
    return random.Random("/".join(str(part) for part in name))  # noqa: S311 - scenery, no secret
