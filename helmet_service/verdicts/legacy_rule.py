"""The ancestor's rule, `matcher: "legacy"`: one person's head points against the centres of the hats.

Reproduces Akira-404/Human-Pose-PyTorch's `is_hat` (commits 400ef24 to 7d54956) without its crashes; golden answers made
with its own code are in tests/helmet_service/verdicts/legacy_cases.json.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from helmet_service.verdicts.body_box import area_share, body_box
from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.judge import Judgement, Reason, Status, UnmatchedHat, Verdict
from pose.estimation.head_frames import fit_head
from pose.skeleton import LEFT_EAR, LEFT_EYE, NOSE, RIGHT_EAR, RIGHT_EYE, Person


@dataclass(frozen=True, slots=True)
class LegacyRules:
    """The ancestor's own thresholds, frozen by the wire format.

    A rate is the share of the picture's area that the box around a person's points has. A reach is how near to a head
    point a hat's centre must be, in the longest way between two of the person's head points.

    smallest_rate: people of a lower rate are not judged. large_rate: the rate above which `large_reach` counts instead
    of `reach`.
    """

    smallest_rate: float = 0.001
    large_rate: float = 0.4
    reach: float = 1.2
    large_reach: float = 0.8


LEGACY: Final = LegacyRules()


@dataclass(frozen=True, slots=True)
class LegacyVerdict:
    """What the legacy rule says of one person.

    person: index into the people judged. head_points: see `head_points`. box: x1, y1, x2, y2 over the found points with
    x > 0, not clipped, None when there are none. rate: the box's share of the picture, a fraction (may be over 1, as
    nothing is clipped). flag: wears a helmet. hat: index of the first hat that fits, or None.
    """

    person: int
    head_points: tuple[tuple[int, int], ...]
    box: tuple[int, int, int, int] | None
    rate: float
    flag: bool
    hat: int | None


def head_points(person: Person) -> list[tuple[int, int]]:
    """The found head points as ints (toward zero): right ear, left ear, their middle if both, nose, right, left eye."""
    right_ear, left_ear = _int_point(person, RIGHT_EAR), _int_point(person, LEFT_EAR)
    middle = None
    if right_ear and left_ear:
        middle = _between(right_ear[0], left_ear[0]), _between(right_ear[1], left_ear[1])
    face = (_int_point(person, keypoint) for keypoint in (NOSE, RIGHT_EYE, LEFT_EYE))
    return [point for point in (right_ear, left_ear, middle, *face) if point is not None]


def judge_legacy(
    people: Sequence[Person], hats: Sequence[Hat], *, width: int, height: int
) -> tuple[LegacyVerdict, ...]:
    """One verdict a person, in the order given; nobody is left out. The picture has `width` x `height` pixels."""
    return tuple(_judge_one(index, person, hats, width * height) for index, person in enumerate(people))


def legacy_judgement(
    legacy: Sequence[LegacyVerdict], people: Sequence[Person], hats: Sequence[Hat], *, width: int, height: int
) -> Judgement:
    """The legacy rule's verdicts in v1's words: no confidences, a hat may serve several people, an unused hat is
    `no_head_near`."""
    verdicts = tuple(_in_v1(verdict, people[verdict.person], width, height) for verdict in legacy)
    used = {verdict.hat for verdict in legacy}
    return Judgement(verdicts, tuple(UnmatchedHat(hat.index, "no_head_near") for hat in hats if hat.index not in used))


def _judge_one(index: int, person: Person, hats: Sequence[Hat], picture_area: int) -> LegacyVerdict:
    points = head_points(person)
    box = _points_box(person)
    rate = (box[2] - box[0]) * (box[3] - box[1]) / picture_area if box else 0.0
    hat = _first_fitting(points, hats, rate) if points and rate >= LEGACY.smallest_rate else None
    return LegacyVerdict(index, tuple(points), box, rate, hat is not None, hat)


def _first_fitting(points: Sequence[tuple[int, int]], hats: Sequence[Hat], rate: float) -> int | None:
    """The index of the first hat above the mean head point and nearer to a head point than the reach."""
    lowest = int(sum(y for _, y in points) / len(points))
    spread = round(max((math.dist(a, b) for a, b in combinations(points, 2)), default=0.0))
    reach = spread * (LEGACY.large_reach if rate > LEGACY.large_rate else LEGACY.reach)
    for hat in hats:
        x, y = (int(value) for value in hat.box.centre)
        if y <= lowest and reach > int(min(math.dist(point, (x, y)) for point in points)):
            return hat.index
    return None


def _points_box(person: Person) -> tuple[int, int, int, int] | None:
    points = [(int(x), int(y)) for x, y in person.points if int(x) > 0]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _in_v1(verdict: LegacyVerdict, person: Person, width: int, height: int) -> Verdict:
    status, reason = _in_words(verdict)
    head = fit_head(person)
    box = body_box(person, head, width, height)
    return Verdict(verdict.person, status, reason, None, verdict.hat, box, area_share(box, width, height), head)


def _in_words(verdict: LegacyVerdict) -> tuple[Status, Reason]:
    """The status and reason that v1 has for it."""
    if verdict.flag:
        return "helmet", "hat_on_head"
    if not verdict.head_points:
        return "unknown", "head_not_seen"
    if verdict.rate < LEGACY.smallest_rate:
        return "unknown", "head_too_small"
    return "no_helmet", "bare_head"


def _int_point(person: Person, keypoint: int) -> tuple[int, int] | None:
    x, y, score = person.keypoints[keypoint]
    return (int(x), int(y)) if score > 0 else None


def _between(a: int, b: int) -> int:
    return min(a, b) + int(0.5 * abs(a - b))
