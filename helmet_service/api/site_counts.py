"""How the cameras and alarms of the site do, read from what the watch writes whenever somebody asks."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from helmet_service.alarms.database import StoreError
from helmet_service.alarms.events import CameraTrouble
from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder

SILENT_S: Final = 10.0  # without a word of the watch, which says how cameras do once a second
_LOG: Final = logging.getLogger(__name__)


class SiteCounts(Collector):
    """The metrics of cameras, alarms and outlets, and what `/v1/status` has of them."""

    def __init__(self, folder: WatchFolder, store: AlarmStore) -> None:
        self._folder, self._store, self._outbox = folder, store, Outbox(folder.path)

    def status(self) -> dict[str, Any]:
        """Cameras by state and trouble, and when the watch last said something; alarms, None while none can be read."""
        states = [state for _, state in self._states() if state]
        return {
            "cameras": {
                "watched_s": watched_s(state.at for state in states),
                "by_state": dict(Counter(state.state for state in states)),
                "by_trouble": dict(Counter(state.trouble for state in states if state.trouble)),
            },
            "alarms": self._alarms(),
        }

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now; those of alarms are left out while their database cannot be read."""
        states = self._states()
        yield from _of_cameras([(camera, state) for camera, state in states if state])
        seen = GaugeMetricFamily("helmet_watch_seen_seconds", "Seconds since the watch last said something.")
        if (seen_s := watched_s(state.at for _, state in states if state)) is not None:
            seen.add_metric([], seen_s)
        yield seen
        with _despite_the_disk():
            yield from self._of_alarms([camera.id for camera, _ in states])

    def _alarms(self) -> dict[str, int] | None:
        with _despite_the_disk():
            counts = self._store.counts()
            return {"open": counts.open, "unacknowledged": counts.unacknowledged}
        return None

    def _states(self) -> list[tuple[KnownCamera, CameraState | None]]:
        return [(camera, self._folder.state(camera.id)) for camera in self._folder.cameras()]

    def _of_alarms(self, cameras: list[str]) -> list[Metric]:
        lasting = Counter(alarm.camera for alarm in self._store.open_alarms())
        is_open = GaugeMetricFamily("helmet_alarms_open", "Alarms that last.", labels=["camera"])
        for camera in dict.fromkeys([*cameras, *lasting]):
            is_open.add_metric([camera], lasting[camera])
        told = CounterMetricFamily("helmet_alarms", "Alarms that were told, ever.")
        told.add_metric([], self._store.counts().told)
        waiting = GaugeMetricFamily("helmet_outbox_waiting", "Events that wait for an outlet.", labels=["outlet"])
        ended = CounterMetricFamily(
            "helmet_outbox_deliveries", "Events that wait no more, by outcome.", labels=["outlet", "outcome"]
        )
        for outlet in self._outbox.counts():
            waiting.add_metric([outlet.outlet], outlet.waiting)
            for outcome in ("done", "refused", "given_up"):
                ended.add_metric([outlet.outlet, outcome], getattr(outlet, outcome))
        return [is_open, told, waiting, ended]


def watched_s(said: Iterable[float]) -> float | None:
    """How many seconds ago the watch last said something; None where it never did. said: when, for each camera."""
    ages = [time.time() - at for at in said]
    return round(max(0.0, min(ages)), 1) if ages else None


@contextmanager
def _despite_the_disk() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        _LOG.error("WATCH_DIR: %s", error)


def _of_cameras(states: list[tuple[KnownCamera, CameraState]]) -> list[Metric]:
    """What the watch said last; a camera that it says nothing of any more is down."""
    up = GaugeMetricFamily("helmet_camera_up", "1: the camera is watched, or off by its schedule.", labels=["camera"])
    trouble = GaugeMetricFamily("helmet_camera_trouble", "1: it has this trouble.", labels=["camera", "trouble"])
    frames = CounterMetricFamily("helmet_camera_frames", "Frames that came.", labels=["camera"])
    judged = CounterMetricFamily("helmet_camera_judged", "Frames that were judged.", labels=["camera"])
    reconnects = CounterMetricFamily("helmet_camera_reconnects", "Connections made again.", labels=["camera"])
    delay = GaugeMetricFamily(
        "helmet_camera_delay_seconds", "From the last judged frame's arrival to its verdicts.", labels=["camera"]
    )
    for camera, state in states:
        is_told = time.time() - state.at < SILENT_S
        is_well = state.state == "off" or (state.state == "live" and state.trouble is None)
        up.add_metric([camera.id], is_told and is_well)
        for kind in get_args(CameraTrouble):
            trouble.add_metric([camera.id, kind], state.trouble == kind)
        frames.add_metric([camera.id], state.frames)
        judged.add_metric([camera.id], state.judged)
        reconnects.add_metric([camera.id], state.reconnects)
        if state.delay_s is not None:
            delay.add_metric([camera.id], state.delay_s)
    return [up, trouble, frames, judged, reconnects, delay]
