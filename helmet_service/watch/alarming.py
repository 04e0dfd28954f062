"""The judged frames of one camera -> the alarms that begin, go on and end, as events."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from helmet_service.alarms.events import AlarmFacts, Event
from helmet_service.alarms.machine import AlarmChange, Key, SeenFrame, States, step
from helmet_service.cameras.camera import AlarmRules, Camera
from helmet_service.cameras.zones import Zone, helmet_zones
from helmet_service.http.request_ids import new_request_id
from helmet_service.watch.judging import JudgedCameraFrame


class CameraAlarms:
    """Which alarms of one camera are open. rules: those that hold now."""

    def __init__(self, camera: Camera, rules: Callable[[], AlarmRules]) -> None:
        self._camera, self._rules = camera, rules
        self._states: States = {}
        self._ids: dict[Key, str] = {}

    def step(self, judged: JudgedCameraFrame, zones: Sequence[Zone], still: Collection[int]) -> list[Event]:
        """The next frame: what is to be told. still: the tracks that must not alarm now."""
        at_s, (height, width) = judged.watched.at_s, judged.frame.pixels.shape[:2]
        bare: dict[Key, float] = {}
        for voted, verdict in zip(judged.watched.voted, judged.watched.judged.judgement.people, strict=True):
            if voted.status == "no_helmet" and voted.track not in still:
                for zone in helmet_zones(zones, verdict, width, height):
                    bare[voted.track, zone.name] = voted.confidence or 0.0
        self._states, changes = step(self._states, SeenFrame(at_s, bare, judged.tracks), self._rules())
        return [self._event(change) for change in changes]

    def of_tracks(self) -> Mapping[int, str]:
        """The open alarm of each track that has one; of several zones' the first."""
        return {track: alarm for (track, _), alarm in sorted(self._ids.items(), reverse=True)}

    def end(self) -> list[Event]:
        """The watch of this camera ends, and its alarms with it."""
        changes = [AlarmChange("alarm_off", *key, self._states[key], "watch_restarted") for key in sorted(self._ids)]
        self._states = {}
        return [self._event(change) for change in changes]

    def _event(self, change: AlarmChange) -> Event:
        key, state = (change.track, change.zone), change.state
        alarm = self._ids.setdefault(key, new_request_id())
        if change.kind == "alarm_off":
            del self._ids[key]
        now = time.time()
        began = now - (time.monotonic() - state.began_s)
        facts = AlarmFacts(alarm, change.zone, change.track, began, state.confidence, state.repeats, change.why_ended)
        return Event(new_request_id(), change.kind, now, self._camera.id, self._camera.name, facts)
