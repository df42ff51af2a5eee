"""One embedded simulator for the tests that drive: a process of its own, as in the product."""

from __future__ import annotations

import pytest

from agent.embedded import embedded_simulator


@pytest.fixture(scope="session")
def simulator():
    with embedded_simulator("loop", 0) as address:
        yield address()


@pytest.fixture
def tensorflow_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door may be called in a process whose TensorFlow has started: its thread counts stay what they are."""
    monkeypatch.setattr("agent.model.configure_tensorflow", lambda *_, **__: None)
