"""A small city, filmed and indexed once for each file of tests."""

from __future__ import annotations

import pytest

from tests.common.builders import START, at
from tests.common.small_city import BLUE, RED, SmallCity


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """Indexed: red passes camera-1, red and blue pass camera-2, blue passes camera-3."""
    city = SmallCity(tmp_path_factory.mktemp("city"))
    city.film("camera-1", START, [RED])
    city.film("camera-2", at(60), [RED, BLUE])
    city.film("camera-3", at(120), [BLUE])
    city.indexer.run_once()
    return city


@pytest.fixture
def city(filmed: SmallCity) -> SmallCity:
    """The filmed city, with an empty custody log that refuses nothing."""
    filmed.custody.intents.clear()
    filmed.custody.outcomes.clear()
    filmed.custody.refuses = False
    return filmed
