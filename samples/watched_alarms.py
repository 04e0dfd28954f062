"""Alarms of a made-up site as the watch keeps them: people of the sample pictures, with their evidence."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

import pose
from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.events import AlarmFacts, Event, WhyEnded
from helmet_service.alarms.evidence import AlarmScene, make_evidence
from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.zones import Zone
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.watching import Voted, Watched
from pose.estimation.views import Views, look
from samples.demo import ROOT

_RAMP: Final = Zone("Ramp", "helmet", ((0.02, 0.3), (0.98, 0.3), (0.98, 0.98), (0.02, 0.98)))
_FRAMES: Final = 4
_CONFIDENCE: Final = 0.97  # of the vote: no stream of frames stands behind these alarms


@dataclass(frozen=True, slots=True)
class _Made:
    """x: where the person's box begins, in shares of the sample's width. said: its `at` counts from the alarm on."""

    camera: str
    name: str
    sample: str
    x: float
    ago_s: float
    lasted_s: float | None = None
    why: WhyEnded | None = None
    zone: Zone | None = None
    said: Acknowledgement | None = None


_ALARMS: Final = (
    _Made("stairs", "Stairs", "portrait.jpg", 0.3, 94_000, 12, "left", said=Acknowledgement(700, "Ann")),
    _Made(
        "yard", "Yard", "site_far.jpg", 0.33, 8300, 32, "left",
        said=Acknowledgement(95, "Bo", false_alarm=True, reason="not_required", note="The road is outside the site."),
    ),
    _Made("yard", "Yard", "site_far.jpg", 0.7, 1260, 41, "covered", said=Acknowledgement(30, "Ann")),
    _Made("gate-3", "Gate 3, north", "site_two.jpg", 0.3, 190, zone=_RAMP),
)  # fmt: skip


def record(folder: Path) -> None:
    """Record them in a folder (WATCH_DIR)."""
    store, estimator, now = AlarmStore(folder), pose.load(ROOT / "model"), time.time()
    for number, made in enumerate(_ALARMS):
        told = now - made.ago_s
        facts = AlarmFacts(f"A{number:025d}", made.zone.name if made.zone else "", number, told - 4, _CONFIDENCE)
        event = Event(f"B{number:025d}", "alarm_on", told, made.camera, made.name, alarm=facts)
        scene = _scene(made, estimator, number)
        model = {"name": estimator.model.name, "version": estimator.model.version}
        evidence = make_evidence(scene, event, facts, blur_others=True, blur_all=False, model=model)
        store.record([event], evidence={facts.id: evidence})
        if made.lasted_s is not None:
            ended = replace(facts, why_ended=made.why)
            store.record(
                [Event(f"C{number:025d}", "alarm_off", told + made.lasted_s, made.camera, made.name, alarm=ended)]
            )
        if made.said:
            store.acknowledge(facts.id, replace(made.said, at=told + made.said.at))


def _scene(made: _Made, estimator: pose.Estimator, track: int) -> AlarmScene:
    """The sample as a frame in which this person has the track, and everybody else one of theirs."""
    pixels = np.asarray(cv2.imread(str(ROOT / "samples" / made.sample)), np.uint8)
    height, width = pixels.shape[:2]
    estimate = look(estimator, pixels, Views())
    judged = judge_case(Case(estimate.people, None, width, height, estimate.scale), Rules(), trust="model")
    people = judged.judgement.people
    alarmed = min(people, key=lambda each: abs(each.box.left - made.x * width))
    voted = [
        Voted(track if each is alarmed else -1 - place, "no_helmet", _CONFIDENCE, 0.0, _FRAMES)
        for place, each in enumerate(people)
    ]
    return AlarmScene(pixels, estimate.people, Watched(0.0, judged, tuple(voted)), [made.zone] if made.zone else [])
