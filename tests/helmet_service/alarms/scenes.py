"""Frames in which alarms begin: people side by side in a picture of noise, all bare-headed."""

from __future__ import annotations

import numpy as np

from helmet_service.alarms.evidence import AlarmScene, make_evidence
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.verdicts.case import Case, JudgedCase, judge_case
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.watching import Voted, Watched
from pose.skeleton import Person
from tests.helmet_service.alarms.kept import NOW, on
from tests.pose.people import standing

SIZE = (640, 320)  # width and height
HEADS = ((140.0, 97.0), (340.0, 97.0), (540.0, 97.0))  # their centres; track n is that of place n


def scene(zones=(), enlarged: int = 1, people=None) -> AlarmScene:
    """enlarged: how many times as large the picture and its people are."""
    width, height = (side * enlarged for side in SIZE)
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    if people is None:
        people = [Person(standing(x * enlarged, 120 * enlarged, 16 * enlarged), 0.9) for x in (140, 340, 540)]
    judged: JudgedCase = judge_case(Case(people, [], width, height, 1.0), Rules(), trust="hats")
    voted = tuple(Voted(place, "no_helmet", 0.97, 0.0, 4) for place in range(len(judged.judgement.people)))
    return AlarmScene(pixels, people, Watched(0.0, judged, voted), zones)


def evidence_of(seen: AlarmScene, track: int = 1, zone: str = "", number: int = 1, **settings) -> Evidence:
    event = on(number, NOW, zone=zone, track=track)
    blur = {"blur_others": True, "blur_all": False} | settings
    return make_evidence(seen, event, event.alarm, model={"name": "net", "version": "3"}, **blur)
