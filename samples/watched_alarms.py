"""Alarms of a made-up site as the watch keeps them: people of the sample pictures, with their evidence."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
from samples.watched_site import CAMERAS, RAMP, pixels_of

_FRAMES: Final = 4
_CONFIDENCE: Final = 0.97  # of the vote: no stream of frames stands behind these alarms


@dataclass(frozen=True, slots=True)
class _Made:
    """x: where the person's box begins, in shares of the picture's width. said: its `at` counts from the alarm on."""

    camera: str
    x: float
    ago_s: float
    lasted_s: float | None = None
    why: WhyEnded | None = None
    zones: tuple[Zone, ...] = ()
    said: Acknowledgement | None = None


_ALARMS: Final = (
    _Made("stairs", 0.13, 94_000, 12, "left", said=Acknowledgement(700, "Ann")),
    _Made(
        "yard", 0.28, 8300, 32, "left",
        said=Acknowledgement(95, "Bo", false_alarm=True, reason="not_required", note="The road is outside the site."),
    ),
    _Made("yard", 0.66, 1260, 41, "covered", said=Acknowledgement(30, "Ann")),
    _Made("gate-3", 0.22, 190, 75, "left", (RAMP,)),
    _Made("scaffold", 0.2, 42),
)  # fmt: skip


def record(folder: Path) -> None:
    """Record them in a folder (WATCH_DIR)."""
    store, estimator, now = AlarmStore(folder), pose.load(ROOT / "model"), time.time()
    for number, made in enumerate(_ALARMS):
        [(name, sample, part)] = [about for id_, *about in CAMERAS if id_ == made.camera]
        told, zone = now - made.ago_s, made.zones[0].name if made.zones else ""
        facts = AlarmFacts(f"A{number:025d}", zone, number, told - 4, _CONFIDENCE)
        event = Event(f"B{number:025d}", "alarm_on", told, made.camera, name, alarm=facts)
        scene = _scene(made, pixels_of(sample, part), estimator, number)
        model = {"name": estimator.model.name, "version": estimator.model.version}
        evidence = make_evidence(scene, event, facts, blur_others=True, blur_all=False, model=model)
        store.record([event], evidence={facts.id: evidence})
        if made.lasted_s is not None:
            ended = replace(facts, why_ended=made.why)
            store.record([Event(f"C{number:025d}", "alarm_off", told + made.lasted_s, made.camera, name, alarm=ended)])
        if made.said:
            store.acknowledge(facts.id, replace(made.said, at=told + made.said.at))


def _scene(made: _Made, pixels: NDArray[np.uint8], estimator: pose.Estimator, track: int) -> AlarmScene:
    """A frame in which the alarmed person has this track, and everybody else one of theirs."""
    height, width = pixels.shape[:2]
    estimate = look(estimator, pixels, Views())
    judged = judge_case(Case(estimate.people, None, width, height, estimate.scale), Rules(), trust="model")
    people = judged.judgement.people
    alarmed = min(people, key=lambda each: abs(each.box.left - made.x * width))
    tracks = [track if each is alarmed else -1 - place for place, each in enumerate(people)]
    voted = tuple(Voted(each, "no_helmet", _CONFIDENCE, 0.0, _FRAMES) for each in tracks)
    return AlarmScene(pixels, estimate.people, Watched(0.0, judged, voted), made.zones)
