"""People and verdicts -> the plain dicts of v1's answers, with rounded numbers."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.pictures.encoding import to_jpeg
from helmet_service.verdicts.body_box import body_box
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Verdict
from helmet_service.verdicts.vests import Vest
from helmet_service.verdicts.watching import Voted, Watched
from helmet_service.work.stages import Stages
from pose import Estimator, Person
from pose.estimation.head_frames import HeadFrame, own_heads
from pose.hands import Hand, hand_json
from pose.openpose_json import openpose_json
from pose.pictures.decoding import Picture
from pose.skeleton import coco_keypoints, named_keypoints, posed

LONGEST_ANNOTATED_SIDE: Final = 1920  # pixels

Json = dict[str, Any]


def judged_people(judged: JudgedCase, include: Sequence[str]) -> list[Json]:
    """`people` of `/v1/compliance`; include: the optional keys, `head` and `keypoints`."""
    vests = judged.vests or (None,) * len(judged.people)
    verdicts = zip(judged.judgement.people, vests, strict=True)
    return [_judged(judged.people[verdict.person], verdict, vest, include) for verdict, vest in verdicts]


def watched_people(watched: Watched, include: Sequence[str]) -> list[Json]:
    """`judged_people` of a frame of a moving picture, each with its `track` and what is `voted` of it."""
    people = zip(judged_people(watched.judged, include), watched.voted, strict=True)
    return [person | {"track": voted.track, "voted": _voted(voted)} for person, voted in people]


def scored_boxes(boxes: Iterable[tuple[Box, float | None]]) -> list[Json]:
    """Boxes and scores as a request may send them."""
    return [box_json(box) | {"score": _rounded(score)} for box, score in boxes]


def unmatched_hats(judgement: Judgement) -> list[Json]:
    """`unmatched_hats` of `/v1/compliance`."""
    return [{"hat": hat.hat, "reason": hat.reason} for hat in judgement.unmatched]


def summary(judgement: Judgement) -> Json:
    """`summary` of `/v1/compliance`; `compliant` is None when somebody is `unknown` or nobody was seen."""
    count = Counter(verdict.status for verdict in judgement.people)
    compliant = False if count["no_helmet"] else None if count["unknown"] or not judgement.people else True
    statuses = {status: count[status] for status in ("helmet", "no_helmet", "unknown")}
    return {"people": len(judgement.people), **statuses, "compliant": compliant}


def found_people(people: Sequence[Person], hands: Sequence[Hand] | None, form: str, width: int, height: int) -> Json:
    """`people` of `/v1/poses` in the request's format, and `version` in OpenPose's own; most leave out lone heads.

    hands: of these people, for OpenPose's own format; None: nobody looked for them. width, height: of the upright
    picture, in pixels; boxes are clipped to it.
    """
    if form == "openpose_json":
        return openpose_json(people, hands)
    if form == "legacy":
        return {"people": [_legacy_pairs(person) for person in posed(people)]}
    return {"people": _boxed_people(posed(people) if form == "coco" else people, form, width, height)}


def _boxed_people(people: Sequence[Person], form: str, width: int, height: int) -> list[Json]:
    heads = own_heads(people)
    boxes = [body_box(person, head, width, height) for person, head in zip(people, heads, strict=True)]
    if form == "coco":
        return [_coco_result(person, box) for person, box in zip(people, boxes, strict=True)]
    return [
        {"person": index, "score": round(person.score, 3), "box": box_json(box), "keypoints": named_keypoints(person)}
        for index, (person, box) in enumerate(zip(people, boxes, strict=True))
    ]


def found_hands(hands: Iterable[Hand]) -> list[Json]:
    """`hands` of answers."""
    return [hand_json(hand) for hand in hands]


def picture_json(picture: Picture) -> Json:
    """`picture`: the upright picture's size in pixels, and how EXIF turned it."""
    size = {"width": picture.width, "height": picture.height}
    return size | {"rotated": picture.rotated, "mirrored": picture.mirrored}


def annotated_json(pixels: NDArray[np.uint8]) -> str:
    """`annotated`: (H, W, 3) uint8 BGR pixels as base64 of a JPEG."""
    return base64.b64encode(to_jpeg(pixels, LONGEST_ANNOTATED_SIDE)).decode()


def model_and_timings(estimator: Estimator, stages: Stages) -> Json:
    """`model` and `timings_ms`, in milliseconds; stages that did not run have no time."""
    model = estimator.model
    times = {**stages.timings_ms, "total": stages.total_ms()}
    named = ("decode", "network", "grouping", "matching", "total")
    return {
        "model": {"name": model.name, "version": model.version, "precision": estimator.runtime.precision},
        "timings_ms": {name: round(times[name], 2) for name in named if name in times},
    }


def box_json(box: Box) -> Json:
    """A box in pixels, to a tenth; the edges are rounded, not the sides, so that it stays within the picture."""
    left, top, right, bottom = (round(edge, 1) for edge in box.edges)
    return {"left": left, "top": top, "width": round(right - left, 1), "height": round(bottom - top, 1)}


def _judged(person: Person, verdict: Verdict, vest: Vest | None, include: Sequence[str]) -> Json:
    """vest: the one that fits the person's box best; a lone head gets no answer about vests."""
    answer: Json = {
        "person": verdict.person,
        "status": verdict.status,
        "reason": verdict.reason,
        "confidence": _rounded(verdict.confidence),
        "hat": verdict.hat,
        "box": box_json(verdict.box),
        "area_ratio": round(verdict.area_ratio, 6),
        "score": round(person.score, 3),
    }
    if vest is not None and person.seen.any():
        answer |= {"vest": vest.worn, "vest_iou": round(vest.overlap, 3)}
    if "head" in include:
        answer["head"] = None if verdict.head is None else _head_json(verdict.head)
    if "keypoints" in include:
        answer["keypoints"] = named_keypoints(person)
    return answer


def _voted(voted: Voted) -> Json:
    return {
        "status": voted.status,
        "confidence": _rounded(voted.confidence),
        "since_s": round(voted.since_s, 3),
        "frames": voted.frames,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def _head_json(head: HeadFrame) -> Json:
    return {
        "x": round(head.x, 1),
        "y": round(head.y, 1),
        "size": round(head.size, 1),
        "up": [round(part, 3) for part in head.up],
        "confidence": round(head.confidence, 3),
    }


def _coco_result(person: Person, box: Box) -> Json:
    return {
        "category_id": 1,
        "keypoints": [round(value, 1) for value in coco_keypoints(person)],
        "bbox": list(box_json(box).values()),
        "score": round(person.score, 3),
    }


def _legacy_pairs(person: Person) -> list[list[int]]:
    return [[int(x), int(y)] if score > 0 else [-1, -1] for x, y, score in person.keypoints]
