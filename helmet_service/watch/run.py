"""The process of `python -m helmet_service watch`."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Final

from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import Camera, Site
from helmet_service.cameras.site_file import SiteError, load_site
from helmet_service.cameras.watch_folder import KnownCamera, WatchFolder
from helmet_service.observing import logs
from helmet_service.outlets.sender import Senders
from helmet_service.setting_fields import SettingsError
from helmet_service.settings import SPARE_THREADS, Settings
from helmet_service.shared_files import try_lock
from helmet_service.watch.camera_frames import CameraFrames, Parts
from helmet_service.watch.camera_thread import CameraThread
from helmet_service.watch.checked_site import site_or_end
from helmet_service.watch.recording import Recorder
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service

_LOG: Final = logging.getLogger(__name__)
_TICK_S: Final = 0.5
_PURGE_S: Final = 60.0
_STOP_S: Final = 3.0  # what a source takes to stop, and the frames that are judged now
_MOST_CAMERAS: Final = 100  # that wait for the network at once; one that comes too late waits for its next frame


@dataclass(slots=True)
class Asked:
    """What signals ask of the watch: plain values, as the lock of an event may be held when a signal is handled."""

    stop: bool = False
    reload: bool = False

    def listen(self) -> None:
        """Let SIGTERM and SIGINT ask to stop, SIGHUP to read `cameras.yaml` again."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "stop", True))
        signal.signal(signal.SIGHUP, lambda *_: setattr(self, "reload", True))


class Watch:
    """All cameras of a site, each in a thread; what they say is written down once a tick."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings, self.site = settings, site
        settings = _for_cameras(settings)
        service = Service(settings, load_warm(settings))
        self._folder, self._store = WatchFolder(settings.watch_dir), AlarmStore(settings.watch_dir)
        self._senders = Senders(site, self._folder.path)
        self._recorder = Recorder(self._store, self._outlets, self._wake_senders)
        self._parts = Parts(service, self._folder, self._store, self._recorder)
        self._watched: dict[str, tuple[Camera, CameraThread]] = {}
        self._purged_s = time.monotonic()
        self._refusals: dict[str, str] = {}

    def run(self, asked: Asked) -> None:
        """Watch until it is asked to stop."""
        with self._going_on("open alarms"):
            for event in self._store.end_open(time.time()):
                self._recorder.record(event)
        self._purge()
        self._recorder.start()
        self._senders.start()
        self._apply(self.site)
        try:
            while not asked.stop:
                if asked.reload:
                    asked.reload = False
                    with self._going_on("reading the cameras again"):
                        self._reload()
                self._tick()
                time.sleep(_TICK_S)
        finally:
            self._stop(list(self._watched))
            self._recorder.stop()
            self._senders.stop()

    def _tick(self) -> None:
        for name, (_, thread) in self._watched.items():
            with self._going_on(f"camera {name}"):
                self._folder.write_state(thread.state())
        if time.monotonic() - self._purged_s >= _PURGE_S:
            self._purge()

    def _purge(self) -> None:
        passed_s = time.monotonic() - self._purged_s
        self._purged_s += passed_s
        with self._going_on("removing old alarms"):
            self._store.purge(self.site.alarms, passed_s=passed_s)

    def _reload(self) -> None:
        try:
            site = load_site(self._settings.cameras_file, os.environ, self._settings)
        except SiteError as error:
            for line in error.lines:
                _LOG.error("%s", line)
            _LOG.error("the cameras stay as they were")
            return
        if _told_by_outlets(site) != _told_by_outlets(self.site):
            self._senders.stop()
            self._senders = Senders(site, self._folder.path)
            self._senders.start()
        self._apply(site)
        _LOG.info("%s read again", self._settings.cameras_file)

    def _apply(self, site: Site) -> None:
        """Watch the cameras of a site; those that stay as they were go on."""
        self.site = site
        wanted = {camera.id: camera for camera in site.cameras}
        self._stop([name for name, (camera, _) in self._watched.items() if wanted.get(name) != camera])
        for name, camera in wanted.items():
            if name not in self._watched:
                frames = CameraFrames(self._parts, camera, lambda: self.site.alarms)
                self._watched[name] = camera, CameraThread(camera, self._folder, frames)
                self._watched[name][1].start()
        for warning in site.warnings:
            _LOG.warning("%s", warning)
        with self._going_on("naming the cameras"):
            self._folder.publish([KnownCamera.of(camera) for camera in site.cameras])

    def _outlets(self) -> list[str]:
        return [outlet.name for outlet in self.site.outlets]

    def _wake_senders(self) -> None:
        """Of now: reading the cameras again replaces them."""
        self._senders.wake()

    @contextmanager
    def _going_on(self, what: str) -> Iterator[None]:
        """Go on without what the disk refuses, and after a fault of ours; a trouble that lasts is said once."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  all other cameras depend on it
            if self._refusals.get(what) != str(error):
                _LOG.error("the watch goes on, but %s: %s", what, error, exc_info=not isinstance(error, OSError))
            self._refusals[what] = str(error)
        else:
            self._refusals.pop(what, None)

    def _stop(self, names: Sequence[str]) -> None:
        stopping = [self._watched.pop(name)[1] for name in names]
        for thread in stopping:
            thread.ask_to_stop()
        ends = time.monotonic() + _STOP_S
        for thread in stopping:
            thread.join(max(0.0, ends - time.monotonic()))


def watch(settings: Settings) -> None:
    """Watch the cameras of CAMERAS_FILE until SIGTERM or SIGINT; SIGHUP reads the file again.

    A file with mistakes ends the process. Raises SettingsError where videos cannot be read, WATCH_DIR cannot be written
    or another watch has it; PoseError for a model that cannot be loaded.
    """
    if find_spec("av") is None:
        raise SettingsError("av: expected PyAV (.venv/bin/pip install -r requirements-video.txt), got none")
    asked = Asked()
    asked.listen()
    site = site_or_end(settings, os.environ)
    lock = _lock(settings)
    logs.configure(settings.log_level, settings.log_format)
    begun = Watch(settings, site)
    _LOG.info("cameras of %s that are watched: %d", settings.cameras_file, len(site.cameras))
    try:
        begun.run(asked)
    finally:
        os.close(lock)


def _told_by_outlets(site: Site) -> object:
    """What senders know of a site."""
    return site.outlets, site.alarms, [(camera.id, camera.name) for camera in site.cameras]


def _lock(settings: Settings) -> int:
    """The lock of WATCH_DIR, which one watch at a time has."""
    folder = settings.watch_dir.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = try_lock(folder / "lock")
    except OSError as error:
        raise SettingsError(f"WATCH_DIR: expected a folder to write to, got {folder}: {error.strerror}") from error
    if lock is None:
        raise SettingsError(f"WATCH_DIR: expected a folder that no other watch uses, got {folder}")
    return lock


def _for_cameras(settings: Settings) -> Settings:
    """The service's settings for a watch: one run of the network at a time, on all cores, and no clients."""
    return replace(
        settings,
        inference_threads=os.cpu_count() or 1,
        inferences=1,
        queue=_MOST_CAMERAS,
        threads=2 * _MOST_CAMERAS + SPARE_THREADS,
        api_keys_file="",
        rate_limit=0,
    )
