"""Measures how well people are found: heads against labelled boxes, keypoints against labelled keypoints (COCO AP).

Only this module decides what counts as found, as a ghost, or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pose.data.json_values import Box
from pose.data.shards import LabelledPicture
from pose.estimation.head_frames import own_heads
from pose.skeleton import HEAD_KEYPOINTS, Person, coco_keypoints, posed

REACH: Final = 0.6  # box heights: greatest distance between the centres of a head and its labelled box
MIN_LABEL_PX: Final = 12.0  # a labelled head whose longer side is shorter does not count

# Ranges of the longer side of labelled heads in pixels, the upper bound exclusive.
HEAD_SIZES: Final = {
    "12_20px": (MIN_LABEL_PX, 20.0),
    "20_32px": (20.0, 32.0),
    "32_64px": (32.0, 64.0),
    "over_64px": (64.0, math.inf),
    "over_20px": (20.0, math.inf),
}

Floats = NDArray[np.float64]
Drawn = NDArray[np.intp]
# Indices of pictures -> their figures by name; NaN for pictures without labels of the kind.
Measure = Callable[[Drawn], dict[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """The found heads of one picture, paired with its labels.

    pairs: (n, 2) indices (head, label) of labels that count. labels: indices of all labels that count.
    ghosts: indices of heads without a label and outside every `ignore` region.
    """

    pairs: NDArray[np.intp]
    labels: NDArray[np.intp]
    ghosts: NDArray[np.intp]


def pair_heads(centres: Floats, boxes: Floats, ignore: Floats) -> Pairing:
    """Pair head centres (n, 2) one-to-one with labelled boxes (m, 4), with the least total distance in box heights.

    Heads on labels that are too small or ignored are neither ghosts nor found.
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


def head_measure(pictures: Sequence[LabelledPicture], people: Sequence[Sequence[Person]]) -> Measure:
    """The share of labelled heads that are found (0..100), and ghosts and people without a head per 100 pictures.

    Heads are those that the service would judge (`own_heads`). Names that end in a size count the labels of that size
    (`HEAD_SIZES`), or ghosts by their fitted size. `head_points`: how many of nose, eyes and ears lie in the labelled
    box of a found head, 0..5, in the mean.
    """
    counts = [_count_heads(picture, found) for picture, found in zip(pictures, people, strict=True)]
    table = {name: np.array([count[name] for count in counts], float) for name in counts[0]}

    def ratio(above: str, below: str, drawn: Drawn) -> float:
        total = table[below][drawn].sum()
        return float(table[above][drawn].sum() / total) if total else math.nan

    def figures(drawn: Drawn) -> dict[str, float]:
        values = {"heads_found": 100 * ratio("found", "labels", drawn)}
        values |= {f"heads_found_{s}": 100 * ratio(f"found_{s}", f"labels_{s}", drawn) for s in HEAD_SIZES}
        values["ghosts_per_100"] = 100 * float(table["ghosts"][drawn].mean())
        values["ghosts_over_20px_per_100"] = 100 * float(table["ghosts_over_20px"][drawn].mean())
        values["headless_per_100"] = 100 * float(table["headless"][drawn].mean())
        values["head_points"] = ratio("points", "found", drawn)
        values |= {f"head_points_{s}": ratio(f"points_{s}", f"found_{s}", drawn) for s in HEAD_SIZES}
        return values

    return figures


def _count_heads(picture: LabelledPicture, people: Sequence[Person]) -> dict[str, float]:
    """The counts of one picture for `head_measure`."""
    heads = [(head, person) for head, person in zip(own_heads(people), people, strict=True) if head is not None]
    centres = np.array([(head.x, head.y) for head, _ in heads], float).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    points = np.array([_points_inside(heads[h][1], picture.heads[label]) for h, label in pairing.pairs.tolist()])
    longer = picture.heads[:, 2:].max(axis=1, initial=0)
    labels, found = longer[pairing.labels], longer[pairing.pairs[:, 1]]
    counts: dict[str, float] = {
        "labels": len(labels),
        "found": len(found),
        "points": points.sum(),
        "ghosts": len(pairing.ghosts),
        "ghosts_over_20px": sum(heads[ghost][0].size >= 20 for ghost in pairing.ghosts.tolist()),
        "headless": len(people) - len(heads),
    }
    for name, (low, high) in HEAD_SIZES.items():
        of_size = (found >= low) & (found < high)
        counts[f"labels_{name}"] = int(((labels >= low) & (labels < high)).sum())
        counts[f"found_{name}"] = int(of_size.sum())
        counts[f"points_{name}"] = points[of_size].sum()
    return counts


def _points_inside(person: Person, box: Floats) -> int:
    points = person.keypoints[list(HEAD_KEYPOINTS)].astype(float)
    return int(_inside(points[points[:, 2] > 0, :2], box[None]).sum())


def keypoint_measure(pictures: Sequence[LabelledPicture], people: Sequence[Sequence[Person]]) -> Measure:
    """COCO keypoint AP, AP50, AP75, APM, APL, AR (0..100) of the people found in each picture."""
    results = [
        {"image_id": number, "category_id": 1, "score": person.score, "keypoints": coco_keypoints(person)}
        for number, found in enumerate(people, 1)
        for person in posed(found)
    ]
    names = ("AP", "AP50", "AP75", "APM", "APL", "AR")
    accumulated = _accumulating(pictures, _labelled_people(pictures), results, "keypoints", {})

    def figures(drawn: Drawn) -> dict[str, float]:
        evaluation = accumulated(drawn)
        evaluation.summarize()
        # COCO writes -1 where there is no such label.
        stats = evaluation.stats[: len(names)]
        return {name: 100 * float(v) if v >= 0 else math.nan for name, v in zip(names, stats, strict=True)}

    return figures


class HasPixels(Protocol):
    """Whatever has a picture of known size, (H, W, 3)."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture's pixels."""


def box_measure(
    name: str, pictures: Sequence[HasPixels], annotations: Sequence[dict[str, Any]], results: list[dict[str, Any]]
) -> Measure:
    """COCO's average precision of boxes at an IoU of 0.5, 0..100, under this name.

    annotations, results: in COCO's format, of category 1 only; pictures are numbered from 1.
    """
    accumulated = _accumulating(pictures, annotations, results, "bbox", _AT_HALF)

    def figures(drawn: Drawn) -> dict[str, float]:
        precision = accumulated(drawn).eval["precision"]
        # COCO writes -1 where there is no such label.
        return {name: math.nan if (precision < 0).all() else 100 * float(precision[precision >= 0].mean())}

    return figures


# Without COCO's other IoUs, sizes and counts of boxes the sum takes a fifteenth of the time: 0.04 ms for 30 pictures.
_AT_HALF: Final = {
    "iouThrs": np.array([0.5]),
    "areaRng": [[0, 1e10]],
    "areaRngLbl": ["all"],
    "maxDets": [100],
}


def _accumulating(
    pictures: Sequence[HasPixels],
    annotations: Sequence[dict[str, Any]],
    results: list[dict[str, Any]],
    kind: str,
    parameters: Mapping[str, object],
) -> Callable[[Drawn], Any]:
    """faster-coco-eval's evaluation, summed up over drawn pictures. parameters: in place of its own."""
    evaluation = _coco_evaluation(pictures, annotations, results, kind, parameters)
    # A row per area range, a column per picture. Summing up drawn columns takes 6 ms, evaluating drawn pictures anew
    # 120 ms, with the same result.
    of_pictures = np.array(evaluation._evalImgs_cpp, object).reshape(-1, len(pictures))

    def accumulate(drawn: Drawn) -> Any:  # noqa: ANN401  the library has no types
        evaluation._evalImgs_cpp = of_pictures[:, drawn].ravel().tolist()
        evaluation.accumulate()
        return evaluation

    return accumulate


def _coco_evaluation(
    pictures: Sequence[HasPixels],
    annotations: Sequence[dict[str, Any]],
    results: list[dict[str, Any]],
    kind: str,
    parameters: Mapping[str, object],
) -> Any:  # noqa: ANN401  the library has no types
    """The evaluation of a kind, `keypoints` or `bbox`, run on all pictures."""
    from faster_coco_eval import COCO, COCOeval_faster  # noqa: PLC0415  a tool's dependency, not the service's

    images = [
        {"id": number, "width": picture.pixels.shape[1], "height": picture.pixels.shape[0]}
        for number, picture in enumerate(pictures, 1)
    ]
    labels = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
    truth = COCO(labels, print_function=_silent)
    evaluation = COCOeval_faster(truth, truth.loadRes(results), kind, print_function=_silent, separate_eval=True)
    vars(evaluation.params).update(parameters)
    evaluation.evaluate()
    return evaluation


def _silent(*_: object) -> None:
    """Print nothing in place of the library's progress."""


def _labelled_people(pictures: Sequence[LabelledPicture]) -> list[dict[str, Any]]:
    annotations: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, 1):
        for person in picture.labels.people:
            keypoints = np.array(person.keypoints)
            annotations.append(_annotation(len(annotations) + 1, number, person.box, person.area, keypoints))
        for box in picture.labels.ignore:
            crowd = _annotation(len(annotations) + 1, number, box, box[2] * box[3], np.zeros((17, 3)))
            annotations.append({**crowd, "iscrowd": 1})
    return annotations


def _annotation(number: int, image: int, box: Box, area: float, keypoints: Floats) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": list(box),
        "area": area,
        "keypoints": keypoints.ravel().tolist(),
        "num_keypoints": int((keypoints[:, 2] > 0).sum()),
    }


def intervals(
    measure: Callable[[Drawn], Mapping[str, float]], pictures: int, *, rounds: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval, over resampled pictures, of each figure that is a number in some round."""
    generator = np.random.default_rng(seed)
    drawn = [measure(generator.integers(0, pictures, pictures)) for _ in range(rounds)]
    bounds = {}
    for name in drawn[0]:
        values = [figures[name] for figures in drawn if not math.isnan(figures[name])]
        if values:
            low, high = np.percentile(values, [2.5, 97.5])
            bounds[name] = (float(low), float(high))
    return bounds
