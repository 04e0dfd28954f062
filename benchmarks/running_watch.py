"""A watch as a process, the pictures that a camera pushes to it, and a webhook on loopback that it tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Final

import cv2
import numpy as np

from benchmarks.still_streams import Pixels, noisy
from helmet_service.cameras.watch_folder import WatchFolder
from samples.demo import ROOT, free_port

PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.05
_NOISE: Final = 3.0  # grey levels, standard deviation
_NOISY: Final = 7  # pictures, one after the other: no two frames that follow each other are identical


@dataclass(slots=True)
class RunningWatch:
    """`python -m helmet_service watch` with a folder of its own, to be started, killed and started again.

    folder: WATCH_DIR is `watch` in it, and CAMERAS_FILE `cameras.yaml`. site: what that file says. settings: further
    variables. log: where its stderr goes; None: where this process's does.
    """

    folder: Path
    site: dict[str, Any]
    settings: dict[str, str] = field(default_factory=dict)
    log: IO[bytes] | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def watched(self) -> WatchFolder:
        """The files that it shares."""
        return WatchFolder(self.folder / "watch")

    def write(self, site: dict[str, Any]) -> None:
        """Replace what `cameras.yaml` says."""
        self.site = site
        (self.folder / "cameras.yaml").write_text(json.dumps(site))  # which is YAML, too

    def start(self) -> subprocess.Popen[bytes]:
        """Start one; returns at once."""
        self.write(self.site)
        own = {"WATCH_DIR": str(self.watched.path), "CAMERAS_FILE": str(self.folder / "cameras.yaml")}
        environment = {**os.environ, "LOG_LEVEL": "warning", **self.settings, **own}
        command = [sys.executable, "-m", "helmet_service", "watch"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=self.log)  # noqa: S603
        return self.process

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send the signal, and wait for the end; the seconds that it took."""
        began_s = time.monotonic()
        if self.process:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
        return time.monotonic() - began_s


@contextmanager
def watching(watch: RunningWatch) -> Iterator[RunningWatch]:
    """A watch that runs, and ends at the end, however that comes."""
    watch.start()
    try:
        yield watch
    finally:
        watch.end(signal.SIGKILL)


class Receiver:
    """Takes what a webhook posts. came: each event as JSON values, with the time when it came (seconds since 1970)."""

    def __init__(self) -> None:
        self.came: list[tuple[float, dict[str, Any]]] = []
        self._port = free_port()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The same each time that it is up."""
        return f"http://127.0.0.1:{self._port}/hook"

    def start(self) -> None:
        """Be up."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self.came))
        threading.Thread(target=self._server.serve_forever, args=(_LOOK_S,), daemon=True).start()

    def stop(self) -> None:
        """Be down: nobody listens."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def kinds(self) -> list[str]:
        """Of what came."""
        return [event["kind"] for _, event in self.came]


def _handler(came: list[tuple[float, dict[str, Any]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((time.time(), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that is up, and down at the end."""
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


class Pushing:
    """A camera that pushes noisy pictures, so many a second. shown: what it sees now."""

    def __init__(self, folder: WatchFolder, camera: str, shown: Sequence[bytes], rate: float) -> None:
        self.shown = shown
        self._folder, self._camera, self._period_s = folder, camera, 1 / rate
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Pushing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stopped.wait(self._period_s):
            self._folder.push(self._camera, self.shown[number % len(self.shown)])
            number += 1


def noisy_jpegs(pixels: Pixels, noise: float = _NOISE) -> list[bytes]:
    """A picture as a camera sends it, frame after frame."""
    return [cv2.imencode(".jpg", frame)[1].tobytes() for frame in noisy([pixels] * _NOISY, noise)]


def far_people() -> Pixels:
    """The sample picture with three bare heads."""
    return np.asarray(cv2.imread(str(ROOT / "samples" / "site_far.jpg")), np.uint8)


def until(reached: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Return once that is so; TimeoutError where it takes too long."""
    late_s = time.monotonic() + patience_s
    while not reached():
        if time.monotonic() > late_s:
            raise TimeoutError(f"expected it within {patience_s:g} s")
        time.sleep(_LOOK_S)
