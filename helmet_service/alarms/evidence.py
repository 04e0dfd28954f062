"""The pictures and facts of an alarm, from the frame in which it began."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.alarms.events import AlarmFacts, Event
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.cameras.zones import WHOLE_PICTURE, Zone, blurred_people
from helmet_service.pictures.blurring import blur_heads, head_place
from helmet_service.pictures.drawing import annotate
from helmet_service.pictures.encoding import to_jpeg
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Judgement, Verdict
from helmet_service.verdicts.own_hats import around_helmet
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.watching import Voted, Watched
from pose.pictures.strokes import MAGENTA, draw_label, draw_lines, label_size, line_width
from pose.skeleton import Person, named_keypoints

LONGEST_SIDE: Final = 1920  # pixels
_SAME_HEAD: Final = 0.5  # sizes of the alarmed head: another skeleton whose head is no further lies on it

Pixels = NDArray[np.uint8]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class AlarmScene:
    """The frame in which an alarm began.

    pixels: (H, W, 3) uint8 BGR, upright. found: all its people, those whom nobody judges too. zones: of its camera.
    """

    pixels: Pixels
    found: Sequence[Person]
    watched: Watched
    zones: Sequence[Zone]


def make_evidence(
    scene: AlarmScene, event: Event, alarm: AlarmFacts, *, blur_others: bool, blur_all: bool, model: Mapping[str, str]
) -> Evidence:
    """What is kept of an alarm: the picture, the same with the alarm drawn on it, and the facts.

    event: the alarm's `alarm_on`; alarm: its facts. blur_others: heads of everybody else are blurred. blur_all: the
    alarmed head, too (`BLUR_HEADS`). Heads in zones that blur are blurred in any case. model: its name and version.
    Coordinates in the facts are pixels of `picture.jpg`, whose longer side has 1920 at most.
    """
    place = next(place for place, voted in enumerate(scene.watched.voted) if voted.track == alarm.track)
    verdict, voted = scene.watched.judged.judgement.people[place], scene.watched.voted[place]
    person = scene.watched.judged.people[verdict.person]
    height, width = scene.pixels.shape[:2]
    by_zones = blurred_people(scene.zones, [*scene.found, person], width, height)
    others = [other for other in scene.found if not _is_same_head(other, person, scene.pixels)]
    everybody = [*scene.found, person] if blur_all else others if blur_others else []
    shown = blur_heads(scene.pixels, [*everybody, *by_zones])
    zone = next((each for each in scene.zones if each.name == alarm.zone), WHOLE_PICTURE)
    drawn = annotate(shown, [person], Judgement((replace(verdict, hat=None),), ()), (), voted=[voted])
    _draw_zone(drawn, zone)
    _draw_caption(drawn, event)
    facts = _facts(event, alarm, zone, model) | {
        **_people_facts(scene, place),
        "head_blurred": blur_all or any(each is person for each in by_zones),
    }
    box = _in_shares(verdict.box, width, height)
    return Evidence(to_jpeg(shown, LONGEST_SIDE), to_jpeg(drawn, LONGEST_SIDE), facts, box)


def _is_same_head(other: Person, person: Person, pixels: Pixels) -> bool:
    """Whether a skeleton is the alarmed person's, or lies on it: then its head is not blurred as somebody else's."""
    longer = max(pixels.shape)
    a, b = head_place(other, longer), head_place(person, longer)
    return a is not None and b is not None and math.dist(a[:2], b[:2]) <= _SAME_HEAD * b[2]


def _draw_zone(drawn: Pixels, zone: Zone) -> None:
    """Draw the polygon and its name; the whole picture needs none."""
    if zone is WHOLE_PICTURE:
        return
    height, width = drawn.shape[:2]
    corners = [(min(int(x * width), width - 1), min(int(y * height), height - 1)) for x, y in zone.points]
    ends = zip(corners, [*corners[1:], corners[0]], strict=True)
    draw_lines(drawn, [(start, end, MAGENTA) for start, end in ends], line_width(drawn))
    name = _drawable(zone.name, "zone")
    label_width, label_height = label_size(drawn, name, None)
    left, top = min(corners, key=lambda corner: (corner[1], corner[0]))
    draw_label(drawn, name, None, (max(min(left, width - label_width), 0), max(min(top, height - label_height), 0)))


def _draw_caption(drawn: Pixels, event: Event) -> None:
    """Say in the lower left corner which camera it is, and when it was."""
    time = datetime.fromtimestamp(event.at).astimezone().isoformat(" ", "seconds")
    text = f"{_drawable(event.camera_name, event.camera)}  {time}"
    draw_label(drawn, text, None, (0, max(drawn.shape[0] - label_size(drawn, text, None)[1], 0)))


def _drawable(name: str, instead: str) -> str:
    """The name, where OpenCV's letters, which are ASCII, can write it."""
    return name if name.isascii() and name else instead


def _facts(event: Event, alarm: AlarmFacts, zone: Zone, model: Mapping[str, str]) -> Json:
    return {
        "alarm": alarm.id,
        "camera": event.camera,
        "camera_name": event.camera_name,
        "at": event.at,
        "began": alarm.began,
        "zone": asdict(zone),
        "track": alarm.track,
        "model": dict(model),
    }


def _people_facts(scene: AlarmScene, place: int) -> Json:
    height, width = scene.pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    judged = scene.watched.judged
    verdict = judged.judgement.people[place]
    person = judged.people[verdict.person]
    others = [each for each in judged.judgement.people if each is not verdict]
    return {
        "picture": {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))},
        "verdict": _verdict_facts(verdict, scene.watched.voted[place]),
        "person": _place_facts(person, verdict, scale)
        | {
            "keypoints": named_keypoints(_scaled(person, scale)),
            "headwear": person.headwear and asdict(person.headwear),
            "score": round(person.score, 3),
            "evidence": person.evidence,
        },
        "others": [_place_facts(judged.people[each.person], each, scale) for each in others],
    }


def _verdict_facts(verdict: Verdict, voted: Voted) -> Json:
    """What the frame says, and what all frames so far say."""
    return {
        "status": verdict.status,
        "reason": verdict.reason,
        "confidence": verdict.confidence,
        "voted": {"status": voted.status, "confidence": voted.confidence, "frames": voted.frames},
    }


def _place_facts(person: Person, verdict: Verdict, scale: float) -> Json:
    """The person's box, its head, and the box of that with room for a helmet; boxes as `[left, top, width, height]`."""
    head = verdict.head
    return {
        "box": _sides(verdict.box, scale),
        "head": head and {name: round(getattr(head, name) * scale, 1) for name in ("x", "y", "size")},
        "head_box": head and _sides(around_helmet(person, head, Rules()), scale),
    }


def _sides(box: Box, scale: float) -> list[float]:
    return [round(side * scale, 1) for side in (box.left, box.top, box.width, box.height)]


def _in_shares(box: Box, width: int, height: int) -> Box:
    return Box(box.left / width, box.top / height, box.width / width, box.height / height)


def _scaled(person: Person, scale: float) -> Person:
    return replace(person, keypoints=person.keypoints * np.array([scale, scale, 1.0], np.float32))
