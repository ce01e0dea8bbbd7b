"""What several of these tests start from."""

from pathlib import Path

import pytest

from tests.tooling.processes import copy_checkout


@pytest.fixture
def copied_checkout(tmp_path: Path) -> Path:
    """The product's code in a folder of its own, so that its ``.env`` and ``var/`` are, too."""
    return copy_checkout(tmp_path / "checkout")
