"""People and verdicts -> the rows of the legacy surface: boxes as ints, rates in percent, flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.legacy_rule import LEGACY, LegacyVerdict
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.vests import best_vest
from pose import Person
from pose.skeleton import (
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    NECK,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    posed,
)

Row = dict[str, Any]


def helmet_rows(judged: JudgedCase, width: int, height: int, *, with_unknown: bool) -> list[Row]:
    """A row for each judged person; `unknown` people are left out or, `with_unknown`, flagged false."""
    shown = [verdict for verdict in judged.judgement.people if with_unknown or verdict.status != "unknown"]
    boxes = [keypoints_box(judged.people[verdict.person], width, height) for verdict in shown]
    return [
        {**_box_row(box, width, height), "flag": verdict.status == "helmet"}
        for verdict, box in zip(shown, boxes, strict=True)
    ]


def legacy_rows(verdicts: Sequence[LegacyVerdict]) -> list[Row]:
    """A row for each person whom the legacy rule judges: one with a head point and a rate of at least 0.001."""
    return [
        dict(zip(("x1", "y1", "x2", "y2"), verdict.box, strict=True))
        | {"rate": round(verdict.rate, 5) * 100, "flag": verdict.flag}
        for verdict in verdicts
        if verdict.box and verdict.head_points and verdict.rate >= LEGACY.smallest_rate
    ]


def vest_rows(people: Sequence[Person], vests: Sequence[Box], width: int, height: int, rules: Rules) -> list[Row]:
    """A row for each person: the best overlap of a vest box with the person's box, and whether the vest is worn.

    Lone heads, people without any keypoint, are left out: a vest cannot be seen on them.
    """
    rows = []
    for person in posed(people):
        x1, y1, x2, y2 = box = keypoints_box(person, width, height)
        vest = best_vest(Box(x1, y1, x2 - x1, y2 - y1), vests, rules)
        rows.append({**_box_row(box, width, height), "flag": vest.worn, "score": round(vest.overlap, 6)})
    return rows


def body_boxes(people: Sequence[Person], width: int, height: int) -> list[Row]:
    """The boxes of the people seen from neck to knee."""
    rows = []
    for person in people:
        seen = person.seen
        has_trunk = seen[[NECK, RIGHT_HIP, LEFT_HIP]].all()
        if has_trunk and seen[[RIGHT_SHOULDER, LEFT_SHOULDER]].any() and seen[[RIGHT_KNEE, LEFT_KNEE]].any():
            x1, y1, x2, y2 = keypoints_box(person, width, height)
            rows.append({"left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1})
    return rows


def keypoints_box(person: Person, width: int, height: int) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 around the found keypoints or a lone head, clipped to 0..width and 0..height, rounded toward zero.

    The rounding is the frozen format's.
    """
    points = np.clip(person.outline, 0, (width, height)).astype(int)
    (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
    return int(x1), int(y1), int(x2), int(y2)


def _box_row(box: tuple[int, int, int, int], width: int, height: int) -> Row:
    x1, y1, x2, y2 = box
    rate = 100 * (x2 - x1) * (y2 - y1) / (width * height)
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "rate": round(rate, 3)}
