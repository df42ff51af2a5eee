"""One embedded simulator for the tests that drive: a process of its own, as in the product."""

from __future__ import annotations

import pytest

from agent.embedded import embedded_simulator


@pytest.fixture(scope="session")
def simulator():
    with embedded_simulator("loop", 0) as address:
        yield address()
