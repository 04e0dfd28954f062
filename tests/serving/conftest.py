"""Services that several of these tests ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samples.demo import Running, service


@pytest.fixture(scope="session")
def never_ready() -> Iterator[Running]:
    """Where one worker lives that finds nobody in its warm-up picture, so that it refuses all work; at two places."""
    places = {"HOST": "127.0.0.1,127.0.0.2"}
    with service("/healthz", INPUT_HEIGHT="32", PRECISION="f32", WORKERS="1", LOG_LEVEL="error", **places) as running:
        yield running


@pytest.fixture(scope="session")
def hurried() -> Iterator[str]:
    """Where one worker answers whose requests have a second, as have connections until a head is whole."""
    small = {"INPUT_HEIGHT": "128", "SECOND_LOOKS": "0"}  # is warm sooner
    with service(WORKERS="1", DEADLINE_S="1", KEEP_ALIVE_S="1", LOG_LEVEL="error", **small) as running:
        yield running.address
