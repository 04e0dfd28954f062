"""A service that several of these tests ask, and what it says when it does not start."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samples.demo import Running, service


@pytest.fixture(scope="session")
def never_ready() -> Iterator[Running]:
    """Where one worker lives that finds nobody in its warm-up picture, so that it refuses all work."""
    with service("/healthz", INPUT_HEIGHT="32", PRECISION="f32", WORKERS="1", LOG_LEVEL="error") as running:
        yield running


@pytest.fixture
def refusal(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line with which gunicorn's configuration ends the process with 78: `refusal(PORT="eighty")`."""

    def line(**environment: str) -> str:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # put back afterwards: the configuration sets it
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(root / "gunicorn.conf.py"))
        assert ended.value.code == 78
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return line
