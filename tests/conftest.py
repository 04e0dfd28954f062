"""Fixtures that both packages' tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import pose
from samples.demo import service

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def estimator() -> pose.Estimator:
    """The shipped model on the default runtime, loaded once."""
    return pose.load(ROOT / "model", threads=2)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the service answers, run by gunicorn with its default settings."""
    with service() as running:
        yield running.address


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the test is skipped, but fails where CI is set."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        missing = "expected the system package chromium, got none"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return path
