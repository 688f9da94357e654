"""One day of a line under a bad star, lived once; the tests of this tier look at its traces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.safety.bad_day import Day, live
from tests.support.parts import private_directory


@pytest.fixture(scope="package")
def bad_day() -> Iterator[Day]:
    """Everything that was said, failed and left behind."""
    with private_directory() as directory:
        yield asyncio.run(live(directory))
