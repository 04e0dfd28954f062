"""What becomes of one camera's frames: verdicts, alarms with their evidence, and what people see of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helmet_service.alarms.database import StoreError
from helmet_service.alarms.events import CameraTrouble, Event, EventKind
from helmet_service.alarms.evidence import LONGEST_SIDE, AlarmScene, make_evidence
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.alarms.store import AlarmStore
from helmet_service.api.answers import watched_people
from helmet_service.cameras.camera import AlarmRules, Camera
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.cameras.zones import Zone, blurred_people
from helmet_service.http.request_ids import new_request_id
from helmet_service.pictures.blurring import blur_heads
from helmet_service.pictures.encoding import to_jpeg
from helmet_service.watch.alarming import CameraAlarms
from helmet_service.watch.detector import DetectorClient, DetectorError
from helmet_service.watch.frame_source import CameraFrame
from helmet_service.watch.judging import CameraJudge, JudgedCameraFrame
from helmet_service.watch.known_still import KnownStill
from helmet_service.watch.recording import Recorder
from helmet_service.work.service import Service
from helmet_service.work.showing import showable


@dataclass(frozen=True, slots=True)
class SeenCameraFrame:
    """What `CameraState` says of a frame: its `people` and `still`, and in words what went wrong with it."""

    people: Sequence[dict[str, Any]]
    still: Sequence[dict[str, Any]]
    why: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What all cameras of a watch share."""

    service: Service
    folder: WatchFolder
    store: AlarmStore
    recorder: Recorder


class CameraFrames:
    """Takes the frames of one camera, one after the other, and what is wrong with it. rules: those that hold now."""

    def __init__(self, parts: Parts, camera: Camera, rules: Callable[[], AlarmRules]) -> None:
        self._service, self._folder, self._recorder = parts.service, parts.folder, parts.recorder
        self._camera, self._rules = camera, rules
        self._judge = CameraJudge(parts.service, camera)
        most_hats = parts.service.settings.max_hats
        self._detector = DetectorClient(camera.detector, most_hats) if camera.detector else None
        self._alarms = CameraAlarms(camera, rules)
        self._still = KnownStill(parts.folder.path, camera.id, parts.store)
        self._trouble = _told_trouble(parts.store, camera.id)
        self._is_shown = False

    def take(self, frame: CameraFrame) -> SeenCameraFrame:
        """Judge the next frame. Raises Problem where it cannot be judged."""
        hats, why = self._hats(frame)
        judged = self._judge.judge(frame, hats)
        zones = self._folder.zones(self._camera.id)
        still = self._still.step(judged)
        for event in self._alarms.step(judged, zones, still):
            self._recorder.record(event, self._evidence(event, judged, zones))
        self._show(judged, zones)
        open_alarms = self._alarms.of_tracks()
        people = [
            _since_1970(person) | {"alarm": open_alarms.get(person["track"]), "still": person["track"] in still}
            for person in watched_people(judged.watched, ["head"])
        ]
        return SeenCameraFrame(people, self._still.places_json(), self._recorder.trouble or why)

    def notice(self, trouble: CameraTrouble | None) -> None:
        """What is wrong with the camera now; None: nothing."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble == "turned":
            self._still.forget()
        kind: EventKind = "camera_ok" if trouble is None else "camera_trouble"
        camera = self._camera
        self._recorder.record(Event(new_request_id(), kind, time.time(), camera.id, camera.name, trouble=trouble))

    def end(self) -> None:
        """The camera is watched no more, for now or for good: its alarms end, and what it learned is kept."""
        for event in self._alarms.end():
            self._recorder.record(event)
        self._still.keep()
        if self._detector:
            self._detector.close()

    def _hats(self, frame: CameraFrame) -> tuple[list[dict[str, Any]] | None, str | None]:
        """A detector's hats; None where the network sees them itself, or in words why it must."""
        if self._detector is None:
            return None, None
        try:
            return self._detector.hats(frame.pixels), None
        except DetectorError as error:
            return None, str(error)

    def _evidence(self, event: Event, judged: JudgedCameraFrame, zones: Sequence[Zone]) -> Evidence | None:
        """The pictures of an alarm that begins."""
        if event.kind != "alarm_on" or event.alarm is None:
            return None
        model = self._service.network.estimator.model
        scene = AlarmScene(judged.frame.pixels, judged.found, judged.watched, zones)
        return make_evidence(
            scene,
            event,
            event.alarm,
            blur_others=self._rules().blur_others,
            blur_all=self._service.settings.blur_heads == "1",
            model={"name": model.name, "version": model.version},
        )

    def _show(self, judged: JudgedCameraFrame, zones: Sequence[Zone]) -> None:
        """Write the frame for those who look, as it may be seen; the first one for whoever looks first."""
        if self._is_shown and not self._folder.wants_frames(self._camera.id):
            return
        pixels = judged.frame.pixels
        height, width = pixels.shape[:2]
        by_zones = blurred_people(zones, judged.found, width, height)
        shown = blur_heads(showable(self._service, pixels, judged.found), by_zones)
        self._folder.write_frame(self._camera.id, to_jpeg(shown, LONGEST_SIDE))
        self._is_shown = True


def _told_trouble(store: AlarmStore, camera: str) -> CameraTrouble | None:
    """What a watch before this one told last; None, too, while the disk does not say."""
    try:
        return store.trouble(camera)
    except StoreError:
        return None


def _since_1970(person: dict[str, Any]) -> dict[str, Any]:
    """A person whose status began on the monotonic clock."""
    voted = person["voted"]
    return person | {"voted": voted | {"since_s": round(voted["since_s"] + time.time() - time.monotonic(), 3)}}
