"""The one place that makes generators of random scenery."""

import random


def seeded(*name: object) -> random.Random:
    """Give the generator named by `name`; the same name gives the same numbers everywhere."""
    return random.Random("/".join(str(part) for part in name))  # noqa: S311 - scenery, no secret
