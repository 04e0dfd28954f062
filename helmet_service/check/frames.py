"""A frame of a moving picture -> its line: the answer of `/v1/compliance` with tracks and voted verdicts."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Final

from helmet_service.api.compliance import compliance_json, load_compliance
from helmet_service.verdicts.watching import Watcher
from helmet_service.video.frame_judge import JudgedFrame
from helmet_service.work.judging import judge_picture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.pictures.decoding import Picture
from pose.video.reading import Frame

_DEADLINE_S: Final = 3600.0  # of a frame: no client waits


class FrameJudge:
    """Judges the frames of one moving picture, given one after the other, and follows their people.

    name: the `id` of its lines.
    """

    def __init__(self, service: Service, name: str) -> None:
        self._service, self._name, self._watcher = service, name, Watcher()

    def judge(self, frame: Frame) -> JudgedFrame:
        """The next frame, with its line; Problem where it cannot be judged."""
        height, width = frame.pixels.shape[:2]
        picture = Picture(frame.pixels, width, height, 0, mirrored=False)
        asked, stages = load_compliance(self._service, {"picture": picture}), Stages(_DEADLINE_S)
        with ExitStack() as until:
            judged = judge_picture(self._service, asked, stages, until)
        watched = self._watcher.step(judged.judged, frame.at_s)
        answer = compliance_json(self._service, asked, judged, stages, watched) | {
            "id": self._name,
            "frame": frame.number,
            "at_s": round(frame.at_s, 3),
        }
        return JudgedFrame(json.dumps(answer), judged.seen.estimate.people, watched, supplied=0)
