"""How good people are found: heads against labelled head boxes, keypoints against labelled keypoints (COCO AP).

The one place in the code that says what counts as found, as a ghost, and what counts neither way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.shards import LabelledPicture
from pose.skeleton import Person, coco_keypoints

REACH: Final = 0.6  # box heights between a head's centre and the centre of the labelled box that it is paired with
MIN_LABEL_PX: Final = 12.0  # a labelled head whose longer side is below this counts neither way

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Heads of one picture beside its labels.

    pairs: (n, 2) indices (head, label) of labels that count. labels: indices of all labels that count.
    ghosts: heads paired with no label and outside every `ignore` region.
    """

    pairs: NDArray[np.intp]
    labels: NDArray[np.intp]
    ghosts: NDArray[np.intp]


def pair_heads(centres: Floats, boxes: Floats, ignore: Floats) -> Pairing:
    """Pair head centres (n, 2) one-to-one with labelled boxes (m, 4), the nearest in box heights first and in all.

    Heads on labels that are too small or ignored are no ghosts, nor found.
    """
    box_centres = boxes[:, :2] + boxes[:, 2:] / 2
    distance = np.linalg.norm(centres[:, None] - box_centres[None], axis=2) / np.maximum(boxes[:, 3], 1e-6)
    heads, labels = linear_sum_assignment(np.where(distance <= REACH, distance, 1e3))
    near = distance[heads, labels] <= REACH
    heads, labels = heads[near], labels[near]
    counts = (boxes[:, 2:].max(axis=1, initial=0) >= MIN_LABEL_PX) & ~_inside(box_centres, ignore)
    ghosts = np.setdiff1d(np.arange(len(centres)), heads)
    return Pairing(
        pairs=np.stack([heads, labels], axis=1)[counts[labels]],
        labels=np.flatnonzero(counts),
        ghosts=ghosts[~_inside(centres[ghosts], ignore)],
    )


def _inside(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Which points (n, 2) lie in any of the boxes (m, 4); (n,) bool."""
    offset = points[:, None] - boxes[None, :, :2]
    within = np.logical_and(offset >= 0, offset <= boxes[None, :, 2:])
    inside: NDArray[np.bool_] = np.any(np.all(within, axis=2), axis=1)
    return inside


def keypoint_ap(pictures: Sequence[LabelledPicture], people: Sequence[Sequence[Person]]) -> dict[str, float]:
    """COCO keypoint AP, AP50, AP75, APM, APL, AR (0..100) of the people found in each picture."""
    from faster_coco_eval import COCO, COCOeval_faster  # noqa: PLC0415  a tool's dependency, not the service's

    results = [
        {"image_id": number, "category_id": 1, "score": person.score, "keypoints": coco_keypoints(person)}
        for number, found in enumerate(people, 1)
        for person in found
    ]
    truth = COCO(_coco_labels(pictures), print_function=lambda *_: None)
    evaluation = COCOeval_faster(truth, truth.loadRes(results), "keypoints", print_function=lambda *_: None)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    names = ("AP", "AP50", "AP75", "APM", "APL", "AR")
    return {name: 100 * float(value) for name, value in zip(names, evaluation.stats[:6], strict=True)}


def _coco_labels(pictures: Sequence[LabelledPicture]) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, 1):
        for person in picture.labels["people"]:
            keypoints = np.array(person["keypoints"])
            box = person["box"]
            area = person.get("area", 0.53 * box[2] * box[3])
            annotations.append(_annotation(len(annotations) + 1, number, box, area, keypoints))
        for box in picture.labels["ignore"]:
            crowd = _annotation(len(annotations) + 1, number, box, box[2] * box[3], np.zeros((17, 3)))
            annotations.append({**crowd, "iscrowd": 1})
    images = [
        {"id": number, "width": picture.labels["width"], "height": picture.labels["height"]}
        for number, picture in enumerate(pictures, 1)
    ]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}


def _annotation(number: int, image: int, box: list[float], area: float, keypoints: Floats) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": box,
        "area": area,
        "keypoints": keypoints.ravel().tolist(),
        "num_keypoints": int((keypoints[:, 2] > 0).sum()),
    }


def bootstrap_interval(
    figure: Callable[[NDArray[np.intp]], float], pictures: int, *, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of a figure over resampled pictures; `figure` takes the indices of the pictures drawn."""
    generator = np.random.default_rng(seed)
    values = [figure(generator.integers(0, pictures, pictures)) for _ in range(rounds)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
