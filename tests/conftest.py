"""Fixtures that both packages' tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

import pose
from pose.runtimes import Runtime
from samples.demo import free_port, service
from tests.nginx import running_nginx
from tests.rtsp import RtspServer, is_installed

ROOT = Path(__file__).resolve().parent.parent

# How long examples take is no failure: other work on the machine decides it.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


class Remembering(Runtime):
    """A runtime that computes once what many tests ask of it: a network answers the same pictures the same."""

    def __init__(self, runtime: Runtime) -> None:
        def run(shape: tuple[int, ...], pixels: bytes) -> NDArray[np.float32]:
            answer = runtime.run(np.frombuffer(pixels, np.uint8).reshape(shape))
            answer.flags.writeable = False
            return answer

        self.precision = runtime.precision
        self._run = lru_cache(maxsize=50)(run)  # of about 4 MB each

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._run(batch.shape, batch.tobytes())


@pytest.fixture(scope="session")
def estimator() -> pose.Estimator:
    """The shipped model on the default runtime, loaded once; it remembers the pictures that it saw last."""
    loaded = pose.load(ROOT / "model", threads=2)
    return pose.Estimator(loaded.model, Remembering(loaded.runtime), loaded.height, loaded.headwear, loaded.hands)


@pytest.fixture(scope="session")
def video_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service of `address` has its videos; no consumer works on them."""
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="session")
def watch_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service of `address` reads what a watch tells of cameras and alarms; no watch runs."""
    return tmp_path_factory.mktemp("watch")


@pytest.fixture(scope="session")
def address(video_dir: Path, watch_dir: Path) -> Iterator[str]:
    """Where the service answers on all its routes, run by gunicorn with its default settings but for disks."""
    folders = {"VIDEO_DIR": str(video_dir), "VIDEO_FREE_MB": "0", "WATCH_DIR": str(watch_dir)}
    with service(WEB_SYSTEM="1", **folders) as running:
        yield running.address


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the test is skipped, but fails where CI is set."""
    return _found(shutil.which("chromium") or shutil.which("google-chrome"), "chromium")


@pytest.fixture(scope="session")
def nginx() -> str:
    """nginx's path; without it the test is skipped, but fails where CI is set."""
    return _found(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "nginx-light")


@pytest.fixture(scope="session")
def below_a_path(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service answers behind deploy/nginx-below-a-path.conf."""
    location = (ROOT / "deploy" / "nginx-below-a-path.conf").read_text()
    videos = {"VIDEO_DIR": str(tmp_path_factory.mktemp("videos")), "VIDEO_FREE_MB": "0"}
    with service(WORKERS="1", TRUSTED_PROXIES="1", LOG_LEVEL="error", **videos) as running:
        port = free_port()
        own = location.replace("http://127.0.0.1:24417", running.address)
        server = f"server {{ listen 127.0.0.1:{port}; {own} }}"
        address = f"http://127.0.0.1:{port}/helmets"
        with running_nginx(nginx, tmp_path_factory.mktemp("nginx"), server, f"{address}/readyz"):
            yield address


@pytest.fixture(scope="session")
def _rtsp_is_installed() -> None:
    _found("there" if is_installed() else None, "gir1.2-gst-rtsp-server-1.0")


@pytest.fixture
def rtsp_server(_rtsp_is_installed: None) -> Iterator[Callable[..., RtspServer]]:
    """Starts RTSP servers, each for a file and with options as `RtspServer` takes them; kills what is left of them.

    Without GStreamer's RTSP server the test is skipped, but fails where CI is set.
    """
    begun: list[RtspServer] = []

    def begin(file: Path, *options: str) -> RtspServer:
        begun.append(RtspServer(file, *options))
        begun[-1].start()
        return begun[-1]

    yield begin
    for server in begun:
        server.kill()


def _found(path: str | None, package: str) -> str:
    if path is None:
        missing = f"expected the system package {package}, got none"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return path
