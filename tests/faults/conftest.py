"""One stack for all short tests of faults; each of them leaves it mended."""

from collections.abc import Iterator

import pytest

from tests.faults.town import Town


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    town = Town()
    try:
        town.start()
        yield town
    finally:
        town.close()
