"""Zones of a camera's picture: polygons, each with a rule; people in, the zones where a helmet is required out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from helmet_service.pictures.blurring import head_place
from helmet_service.verdicts.judge import Verdict
from pose.skeleton import Person

ZoneRule = Literal["helmet", "ignored", "blurred"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon of a camera's picture.

    rule: `helmet`: helmets are required; `ignored`: nobody is judged; `blurred`: heads are blurred in pictures that
    leave the service. points: at least 3 corners x, y in shares of the upright picture's width and height (0 to 1).
    min_person: people less high than this share of the picture's height are not alarmed about.
    """

    name: str
    rule: ZoneRule
    points: tuple[tuple[float, float], ...]
    min_person: float = 0.0


WHOLE_PICTURE: Final = Zone("", "helmet", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
_ON_EDGE: Final = 1e-9  # in shares: a box that the picture's edge cuts off stands on an edge drawn there


def helmet_zones(zones: Sequence[Zone], verdict: Verdict, width: int, height: int) -> tuple[Zone, ...]:
    """The zones where a judged person must wear a helmet; none of an ignored person. Without any, the picture is one.

    A person stands in a zone by the middle of its box's lower edge, and is ignored by its head's centre. width, height:
    of the picture in pixels.
    """
    if any(zone.rule == "ignored" and _holds(zone, _head_place(verdict), width, height) for zone in zones):
        return ()
    box = verdict.box
    feet = box.centre[0], box.bottom
    required = [zone for zone in zones if zone.rule == "helmet"] or [WHOLE_PICTURE]
    return tuple(
        zone for zone in required if box.height >= zone.min_person * height and _holds(zone, feet, width, height)
    )


def blurred_people(zones: Sequence[Zone], people: Iterable[Person], width: int, height: int) -> list[Person]:
    """The people whose heads are blurred by a zone in pictures that leave the service, by their heads' centres.

    people: all that were found, those whom nobody judges too.
    """
    blurring = [zone for zone in zones if zone.rule == "blurred"]
    places = ((person, head_place(person, max(width, height))) for person in people)
    return [
        person for person, place in places if place and any(_holds(zone, place[:2], width, height) for zone in blurring)
    ]


def is_inside(points: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies in a polygon or on its edge. Where it crosses itself, what is enclosed twice is outside."""
    inside = False
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        if _is_on(ax, ay, bx, by, x, y):
            return True
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _is_on(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    """Whether a point lies on the line from a to b."""
    length = math.hypot(bx - ax, by - ay)
    if length <= _ON_EDGE:
        return math.hypot(x - ax, y - ay) <= _ON_EDGE
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
    aside = ((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length
    return abs(aside) <= _ON_EDGE and -_ON_EDGE <= along <= length + _ON_EDGE


def _holds(zone: Zone, place: tuple[float, float], width: int, height: int) -> bool:
    return is_inside(zone.points, place[0] / width, place[1] / height)


def _head_place(verdict: Verdict) -> tuple[float, float]:
    return (verdict.head.x, verdict.head.y) if verdict.head else verdict.box.centre
