"""Cameras made for tests, and waiting for what they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from helmet_service.cameras.camera import Camera, CameraSource, Credentials, SourceKind
from helmet_service.cameras.schedule import Schedule
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.watch.frame_source import FrameSource, SourceState
from helmet_service.watch.sources import open_source

PATIENCE_S = 60.0
PAUSE = threading.Event()
VIEWER = Credentials("viewer", "se@c:r/e%t")


@contextmanager
def opened(
    kind: SourceKind,
    address: str = "",
    credentials: Credentials | None = None,
    rate: float = 10.0,
    folder: str = "unused",
) -> Iterator[FrameSource]:
    """A camera's source, which is stopped at the end."""
    camera = Camera("gate", "Gate", CameraSource(kind, address, credentials), rate, Schedule())
    source = open_source(camera, WatchFolder(Path(folder)))
    try:
        yield source
    finally:
        source.stop()


def state_once(source: FrameSource, reached: Callable[[SourceState], object], *, taking: bool = True) -> SourceState:
    """How a source does once that is reached. taking: its frames are taken meanwhile."""
    until_s = time.monotonic() + PATIENCE_S
    while not reached(source.state()):
        assert time.monotonic() < until_s, source.state()
        source.newest(0.05) if taking else PAUSE.wait(0.05)
    return source.state()
