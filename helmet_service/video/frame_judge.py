"""A frame -> its people, tracks and verdicts: what the network sees becomes a line, and a line becomes verdicts.

A job that goes on after its process died reads the lines of its finished parts again, and knows all that it knew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from helmet_service.verdicts.case import judge_case
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.watching import Watched, Watcher
from helmet_service.video.frame_hats import FrameHats
from helmet_service.video.seen import SeenFrame, from_line, to_line
from helmet_service.work.judging import whose_hats
from helmet_service.work.looking import SeenPicture
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.pictures.decoding import Picture
from pose.skeleton import Person
from pose.video.reading import Frame

_DEADLINE_S: Final = 3600.0  # of a frame: no client waits


@dataclass(frozen=True, slots=True)
class JudgedFrame:
    """A frame with tracks and verdicts.

    line: what is kept of it: in a job that of `seen.to_line`, in a check the answer. found: all its people, those whom
    nobody judges too. supplied: how many of the judged hats, the first ones, are the request's.
    """

    line: str
    found: Sequence[Person]
    watched: Watched
    supplied: int


class LineJudge:
    """Judges seen frames, given one after the other, and follows their people.

    request: of the job, as loaded at POST.
    """

    def __init__(self, rules: Rules, request: Mapping[str, Any]) -> None:
        self._rules = rules
        self._request = request
        self._watcher = Watcher()

    def judge(self, line: str) -> JudgedFrame:
        """The next frame of the video, as `seen.to_line` wrote it."""
        seen = from_line(line)
        judged = judge_case(seen.case, self._rules, self._request["matcher"], self._request["hat_boxes"], seen.trust)
        return JudgedFrame(line, seen.case.people, self._watcher.step(judged, seen.at_s), len(seen.case.hats or ()))


class FrameLooker:
    """Finds the people of a video's frames. hats: supplied ones, by frame."""

    def __init__(self, service: Service, request: Mapping[str, Any], hats: FrameHats) -> None:
        self._service = service
        self._request = request
        self._hats = hats
        self._views = service.looker.views(request)

    def look(self, frame: Frame) -> str:
        """What a frame shows, as a line; Problem 422 where the model must see hats itself and cannot."""
        hats = self._hats.of(frame.number)
        # A frame without hats of its own is judged by what the model sees, whatever others are judged by.
        asked = {**self._request, "hats": hats} | ({"trust": None} if hats is None else {})
        trust = whose_hats(asked, self._service.settings.trust, sees_hats=self._service.sees_hats)
        height, width = frame.pixels.shape[:2]
        picture = Picture(frame.pixels, width, height, 0, mirrored=False)
        estimate = self._service.looker.find(picture, self._views, Stages(_DEADLINE_S), headwear=trust != "hats")
        return to_line(SeenFrame(frame.number, frame.at_s, SeenPicture(picture, estimate).case(hats), trust))
