"""A camera's frame -> its people, tracks and voted verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from helmet_service.api.compliance import load_compliance
from helmet_service.cameras.camera import Camera
from helmet_service.verdicts.watching import TRACKING, Watched, Watcher
from helmet_service.watch.frame_source import CameraFrame
from helmet_service.work.judging import judge_picture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose import Person
from pose.pictures.decoding import Picture
from pose.tracking import TrackingRules

_REMEMBERED_FRAMES: Final = 3.5
_DEADLINE_S: Final = 60.0  # of a frame: it waits for those of all other cameras


@dataclass(frozen=True, slots=True)
class JudgedCameraFrame:
    """A frame with tracks and verdicts.

    found: all its people, those whom nobody judges too. watched: those who are judged. tracks: all that the tracker
    remembers, in the picture or not.
    """

    frame: CameraFrame
    found: Sequence[Person]
    watched: Watched
    tracks: frozenset[int]


def tracking_at(rate: float) -> TrackingRules:
    """The rules for a camera of so many judged frames a second.

    Somebody is remembered over three frames that do not show him: a machine with too many cameras judges fewer frames.
    """
    return replace(TRACKING, gap_s=max(TRACKING.gap_s, _REMEMBERED_FRAMES / rate))


class CameraJudge:
    """Judges the frames of one camera, given one after the other, and follows their people."""

    def __init__(self, service: Service, camera: Camera) -> None:
        self._service, self._camera = service, camera
        self._watcher = Watcher(tracking=tracking_at(camera.rate))

    def judge(self, frame: CameraFrame, hats: Sequence[dict[str, Any]] | None) -> JudgedCameraFrame:
        """The next frame. hats: a detector's, as a request has them; None: the network sees them itself.

        Raises Problem where it cannot be judged.
        """
        height, width = frame.pixels.shape[:2]
        picture = Picture(frame.pixels, width, height, 0, mirrored=False)
        asked = load_compliance(self._service, {"picture": picture, "hats": hats, **self._camera.views})
        with ExitStack() as until:
            judged = judge_picture(self._service, asked, Stages(_DEADLINE_S), until)
        watched = self._watcher.step(judged.judged, frame.at_s)
        return JudgedCameraFrame(frame, judged.seen.estimate.people, watched, self._watcher.remembered)
