"""What was seen in one frame, as a line of JSON: all that its verdicts need, so that they can be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.case import Case, Trust
from helmet_service.work.judging import hats_of
from pose.skeleton import KEYPOINTS, HeadPeak, Headwear, Person


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame that the network looked at.

    number: of the frame. at_s: its time in seconds. case: its people and hats. trust: what decides about it.
    """

    number: int
    at_s: float
    case: Case
    trust: Trust


def to_line(seen: SeenFrame) -> str:
    """A line of JSON, without its end; numbers have six digits."""
    case = seen.case
    hats = None if case.hats is None else [_hat_json(hat) for hat in case.hats]
    people = [_person_json(person) for person in case.people]
    frame = {"frame": seen.number, "at_s": seen.at_s, "width": case.width, "height": case.height, "scale": case.scale}
    return json.dumps(frame | {"trust": seen.trust, "hats": hats, "people": people})


def from_line(line: str) -> SeenFrame:
    """The frame of a line; its people differ from those that were written by the numbers' rounding."""
    read = json.loads(line)
    hats = None if read["hats"] is None else hats_of(read["hats"])
    people = [_person(person) for person in read["people"]]
    case = Case(people, hats, read["width"], read["height"], read["scale"])
    return SeenFrame(read["frame"], read["at_s"], case, read["trust"])


def _hat_json(hat: Hat) -> dict[str, Any]:
    return asdict(hat.box) | {"score": hat.score}


def _person_json(person: Person) -> dict[str, Any]:
    points = [[index, *map(_short, person.keypoints[index])] for index in np.flatnonzero(person.seen).tolist()]
    head, headwear = person.head, person.headwear
    return {
        "points": points,
        "score": _short(person.score),
        "head": head and [_short(part) for part in (head.x, head.y, head.size, head.helmeted, head.bare)],
        "evidence": None if person.evidence is None else _short(person.evidence),
        "scale": None if person.scale is None else _short(person.scale),
        "headwear": headwear and [_short(headwear.helmet), _short(headwear.bare)],
    }


def _person(read: Mapping[str, Any]) -> Person:
    keypoints = np.zeros((len(KEYPOINTS), 3), np.float32)
    for index, *point in read["points"]:
        keypoints[index] = point
    head = read["head"] and HeadPeak(*read["head"])
    headwear = read["headwear"] and Headwear(*read["headwear"])
    return Person(keypoints, read["score"], head, read["evidence"], read["scale"], headwear)


def _short(number: float) -> float:
    return float(f"{number:.6g}")
