"""People and hats in, verdicts out: who wears a helmet, who does not, and who cannot be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from helmet_service.verdicts.assignment import Assignment, assign, duplicate_hats
from helmet_service.verdicts.body_box import area_share, body_box
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.calibration import (
    bare_probability,
    head_probability,
    helmet_probability,
    shares,
    worn_log_odds,
)
from helmet_service.verdicts.hat_fit import Fit, HatBoxes, fit_hats
from helmet_service.verdicts.loose_hats import body_distances, is_outside
from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import HeadPeak, Headwear, Person

Status = Literal["helmet", "no_helmet", "unknown"]
Reason = Literal[
    "hat_on_head",
    "bare_head",
    "hat_not_worn",
    "head_not_seen",
    "head_too_small",
    "low_confidence",
    "contested_hat",
    "sources_disagree",
]
LooseReason = Literal[
    "no_head_near", "held_or_lying", "head_already_has_hat", "size_mismatch", "contested", "duplicate"
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one person; statuses and reasons are those of the wire format.

    person: index into the people judged. confidence: probability that the status is right, None for `unknown`.
    hat: `Hat.index` of the hat box on this head, or None; where the model sees that the head is bare, it is `no_helmet`
    in spite of the box. box: around the found keypoints and the head, clipped to the picture, in its pixels;
    area_ratio: its share of the picture. head: None when none can be fitted.
    """

    person: int
    status: Status
    reason: Reason
    confidence: float | None
    hat: int | None
    box: Box
    area_ratio: float
    head: HeadFrame | None


@dataclass(frozen=True, slots=True)
class UnmatchedHat:
    """A hat on nobody's head: its `Hat.index` and why."""

    hat: int
    reason: LooseReason


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict a person, in the order of the people; the hats on no head, by index."""

    people: tuple[Verdict, ...]
    unmatched: tuple[UnmatchedHat, ...]


def judge(
    people: Sequence[Person],
    hats: Sequence[Hat] | None,
    *,
    heads: Sequence[HeadFrame | None],
    width: int,
    height: int,
    scale: float,
    rules: Rules,
    hat_boxes: HatBoxes = "auto",
    by_headwear: bool = False,
) -> Judgement:
    """Judge everybody in a picture of `width` x `height` pixels; neither people nor hats are changed.

    hats: None where nobody supplied any. heads: everybody's own, None for people without one. scale: network-input
    pixels per picture pixel, of people who have no larger one of their own. hat_boxes: what a hat box holds: the
    helmeted head ("head"), the helmet alone ("shell"), or whichever fits better ("auto"). by_headwear: whether the
    headwear of people who have any counts beside the hats; without either, nobody can say who wears one.
    """
    scene = _see(people, heads, hats, (width, height), hat_boxes, rules)
    reasons = {hat: _loose_reason(scene, hat, rules) for hat in scene.assignment.single_hats}
    carriers = {int(scene.body[:, hat].argmin()) for hat, reason in reasons.items() if reason == "held_or_lying"}
    verdicts = []
    for index, person in enumerate(people):
        row = scene.rows.get(index)
        beyond = row is not None and _is_beyond(scene.heads[row], width, height)
        wearer = person if by_headwear and not beyond else None
        finest = max(scale, person.scale or 0.0)
        status, reason, confidence = _status(scene, row, finest, wearer, rules, beyond=beyond)
        if reason == "bare_head" and index in carriers:
            reason = "hat_not_worn"
        head = None if row is None else scene.heads[row]
        box = body_box(person, head, width, height)
        hat = _hat_index(scene, row)
        verdicts.append(Verdict(index, status, reason, confidence, hat, box, area_share(box, width, height), head))
    loose = [UnmatchedHat(scene.hats[hat].index, reason) for hat, reason in reasons.items()]
    loose += [UnmatchedHat(hat.index, "no_head_near") for hat in hats or () if is_outside(hat, width, height)]
    return Judgement(tuple(verdicts), tuple(sorted(loose, key=lambda hat: hat.hat)))


@dataclass(frozen=True, slots=True)
class _Scene:
    """Heads and hats sorted by place: ties are decided in the same way however the caller orders people and hats.

    rows: a person's place among `heads`, for those who have one. hats: those in the picture. supplied: whether somebody
    supplied hats, if only the statement that there are none. duplicates: places of hats that take no part.
    body: (people, hats) distances of single hats from the bodies, see `body_distances`; of others infinite.
    """

    rows: dict[int, int]
    heads: tuple[HeadFrame, ...]
    hats: tuple[Hat, ...]
    supplied: bool
    duplicates: frozenset[int]
    fit: Fit
    assignment: Assignment
    body: NDArray[np.float64]


def _see(
    people: Sequence[Person],
    own: Sequence[HeadFrame | None],
    hats: Sequence[Hat] | None,
    size: tuple[int, int],
    hat_boxes: HatBoxes,
    rules: Rules,
) -> _Scene:
    placed = sorted((head.x, head.y, head.size, person) for person, head in enumerate(own) if head)
    rows = {person: row for row, (*_, person) in enumerate(placed)}
    heads = tuple(head for person in rows if (head := own[person]))
    inside = [hat for hat in hats or () if not is_outside(hat, *size)]
    ordered = tuple(
        sorted(inside, key=lambda hat: (hat.box.left, hat.box.top, hat.box.width, hat.box.height, hat.index))
    )
    fit = fit_hats(heads, ordered, hat_boxes, rules)
    duplicates = duplicate_hats(ordered, fit.cost, rules.same_hat)
    cost = fit.cost.copy()
    cost[:, sorted(duplicates)] = np.inf
    assignment = assign(cost, rules.gate, rules.margin)
    single = list(assignment.single_hats)
    body = np.full((len(people), len(ordered)), np.inf)
    body[:, single] = body_distances(people, own, [ordered[hat] for hat in single], rules)
    return _Scene(
        rows=rows,
        heads=heads,
        hats=ordered,
        supplied=hats is not None,
        duplicates=duplicates,
        fit=fit,
        assignment=assignment,
        body=body,
    )


def _status(
    scene: _Scene, row: int | None, scale: float, wearer: Person | None, rules: Rules, *, beyond: bool
) -> tuple[Status, Reason, float | None]:
    """wearer: None where headwear does not count.

    beyond: a head that lies outside the picture; a hat can be on it, but nobody sees that it is bare.
    """
    if row is None:
        return "unknown", "head_not_seen", None
    if scene.heads[row].size * scale < rules.min_head_px:
        return "unknown", "head_too_small", None
    if wearer is not None and wearer.headwear is not None:
        return _status_by_headwear(scene, row, wearer.headwear, wearer.head, rules)
    if row in scene.assignment.contested_heads:
        return "unknown", "contested_hat", None
    return _status_by_hats(scene, row, rules, beyond=beyond)


def _status_by_hats(scene: _Scene, row: int, rules: Rules, *, beyond: bool) -> tuple[Status, Reason, float | None]:
    hat = scene.assignment.hat_of.get(row)
    if hat is not None:
        return "helmet", "hat_on_head", helmet_probability(float(scene.fit.cost[row, hat]), rules)
    if beyond:
        return "unknown", "head_not_seen", None
    confidence = bare_probability(scene.heads[row].confidence, rules)
    if not scene.supplied or confidence < rules.min_alarm_confidence or _hat_almost_on(scene, row, rules):
        return "unknown", "low_confidence", None
    return "no_helmet", "bare_head", confidence


def _status_by_headwear(
    scene: _Scene, row: int, headwear: Headwear, peak: HeadPeak | None, rules: Rules
) -> tuple[Status, Reason, float | None]:
    has_hat, contested = row in scene.assignment.hat_of, row in scene.assignment.contested_heads
    seen = worn_log_odds(headwear, peak, rules)
    boxed = (rules.joined.hat if has_hat else rules.joined.no_hat) if scene.supplied and not contested else 0.0
    # a hat that fits shows that there is a head
    head = 1.0 if has_hat else head_probability(scene.heads[row].confidence, headwear, rules)
    helmet, bare = shares(head, seen + boxed, rules)
    if helmet >= rules.min_helmet_confidence:
        return "helmet", "hat_on_head", helmet
    if bare >= rules.min_alarm_confidence:
        return "no_helmet", "bare_head", bare
    if contested:
        return "unknown", "contested_hat", None
    return "unknown", "sources_disagree" if seen * boxed < 0 else "low_confidence", None


def _is_beyond(head: HeadFrame, width: int, height: int) -> bool:
    """Whether the head's centre, which a torso may carry as well, lies outside the picture."""
    return not (0 <= head.x <= width and 0 <= head.y <= height)


def _hat_almost_on(scene: _Scene, row: int, rules: Rules) -> bool:
    idle = set(scene.assignment.single_hats) - scene.duplicates - scene.assignment.contested_hats
    return bool((scene.fit.cost[row, sorted(idle)] < rules.doubt).any())


def _hat_index(scene: _Scene, row: int | None) -> int | None:
    hat = None if row is None else scene.assignment.hat_of.get(row)
    return None if hat is None else scene.hats[hat].index


def _loose_reason(scene: _Scene, hat: int, rules: Rules) -> LooseReason:
    if hat in scene.duplicates:
        return "duplicate"
    if hat in scene.assignment.contested_hats:
        return "contested"
    if (scene.fit.cost[:, hat] < rules.gate).any():
        return "head_already_has_hat"
    if (scene.fit.place[:, hat] < rules.gate).any():
        return "size_mismatch"
    return "held_or_lying" if (scene.body[:, hat] < rules.near_body).any() else "no_head_near"
