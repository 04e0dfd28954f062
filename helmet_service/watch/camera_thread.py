"""One camera's thread: while its schedule says so, its newest frame is judged at its rate."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import Final

from helmet_service.alarms.events import CameraTrouble
from helmet_service.cameras.camera import Camera
from helmet_service.cameras.watch_folder import CameraState, WatchFolder
from helmet_service.http.problems import Problem
from helmet_service.watch.camera_frames import CameraFrames
from helmet_service.watch.frame_source import CameraFrame, FrameSource
from helmet_service.watch.health import Health
from helmet_service.watch.sources import open_source

_LOG: Final = logging.getLogger(__name__)
_WAIT_S: Final = 1.0  # for a frame, before the camera's health is looked at again
_REST_S: Final = 5.0  # after an error of our own, before the camera is tried again
_RATE_OVER_S: Final = 30.0
_ENOUGH: Final = 0.5  # of the frames that a camera's rate wants
_FIRST_FRAMES: Final = 5  # say nothing of the rate
_MOST_A_SECOND: Final = 10  # frames that a camera's rate allows
_BLIND: Final[frozenset[CameraTrouble | None]] = frozenset({"unreachable", "frozen", "black"})


class CameraThread:
    """Reads one camera and gives its frames to `CameraFrames`, until it is stopped."""

    def __init__(self, camera: Camera, folder: WatchFolder, frames: CameraFrames) -> None:
        self._camera, self._folder, self._frames = camera, folder, frames
        self._told = CameraState(camera.id, time.time(), "connecting", time.time())
        self._judged_at: deque[float] = deque(maxlen=_MOST_A_SECOND * int(_RATE_OVER_S))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera-{camera.id}", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Judge no further frame; returns at once."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait until it has stopped, at most so long; a thread that hangs is left behind."""
        self._thread.join(seconds)

    def state(self) -> CameraState:
        """How the camera does now."""
        return replace(self._told, at=time.time(), judged_per_s=self._judged_per_s())

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._is_on():
                    self._watch()
                else:
                    self._tell(state="off", trouble=None, why=None)
                    self._stopped.wait(_WAIT_S)
            except Exception as error:  # noqa: BLE001  a fault of ours at one camera must not end the watch of the others
                _LOG.exception("camera %s: a fault", self._camera.id)
                self._tell(why=f"a fault of the watch: {type(error).__name__}")
                self._stopped.wait(_REST_S)

    def _watch(self) -> None:
        """Watch until the schedule ends or the thread is stopped."""
        source, health = open_source(self._camera, self._folder), Health(self._camera.rate)
        counted = self._told
        try:
            due = time.monotonic()
            while not self._stopped.wait(max(0.0, due - time.monotonic())) and self._is_on():
                frame = source.newest(_WAIT_S)
                self._step(source, health, frame, counted)
                due = max(due + 1 / self._camera.rate, time.monotonic()) if frame else due
        finally:
            source.stop()
            self._frames.end()

    def _step(self, source: FrameSource, health: Health, frame: CameraFrame | None, before: CameraState) -> None:
        """One frame, or a second without any. before: what was counted before this source was opened."""
        state = source.state()
        trouble = health.step(frame.pixels if frame else None, time.monotonic(), state)
        frames, reconnects = before.frames + state.frames, before.reconnects + state.reconnects
        self._tell(state=state.state, trouble=trouble, why=state.why, frames=frames, reconnects=reconnects)
        if frame or trouble:  # a source that has just been opened knows nothing
            self._frames.notice(trouble)
        if frame is None or trouble in _BLIND:
            return
        try:
            seen = self._frames.take(frame)
        except Problem as problem:
            self._tell(why=problem.in_words)
            return
        self._judged_at.append(time.monotonic())
        self._tell(
            judged=self._told.judged + 1,
            delay_s=round(time.monotonic() - frame.at_s, 3),
            picture=(frame.pixels.shape[1], frame.pixels.shape[0]),
            people=seen.people,
            still=seen.still,
            why=seen.why or state.why or self._too_few(),
        )

    def _tell(self, **changes: object) -> None:
        told = replace(self._told, **changes)  # type: ignore[arg-type]
        if (told.state, told.trouble) != (self._told.state, self._told.trouble):
            told = replace(told, since=time.time())
            _LOG.info("camera %s: %s%s", told.id, told.trouble or told.state, f", {told.why}" if told.why else "")
        self._told = told

    def _judged_per_s(self) -> float:
        """Over the last half a minute, or since the first frame."""
        now, judged_at = time.monotonic(), tuple(self._judged_at)
        recent = [at_s for at_s in judged_at if now - at_s <= _RATE_OVER_S]
        return round(len(recent) / max(1.0, min(_RATE_OVER_S, now - judged_at[0])), 2) if recent else 0.0

    def _too_few(self) -> str | None:
        """In words, that too few frames are judged: the camera sends no more, or the machine is overloaded."""
        wanted, judged = self._camera.rate, self._judged_per_s()
        if judged >= wanted * _ENOUGH or len(self._judged_at) < _FIRST_FRAMES:
            return None
        return f"rate: expected {wanted:g} judged frames a second, got {judged:g}"

    def _is_on(self) -> bool:
        return self._camera.schedule.is_on(datetime.now())
