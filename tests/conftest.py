"""Fixtures that both packages' tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import pose

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def estimator() -> pose.Estimator:
    """The shipped model on the default runtime, loaded once."""
    return pose.load(ROOT / "model", threads=2)
