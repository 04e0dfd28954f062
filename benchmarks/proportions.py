"""Measures anew where keypoints lie on heads, and hats on heads: `python -m benchmarks.proportions`.

Reads train-*.tar from PICTURES_DIR: heads boxed by people, with the keypoints of the teacher network whose confidence
is at least 0.3. Prints, in sizes of the bare head from chin to crown, the medians and spreads (half the way from the
16th to the 84th percentile) that `pose.head_frames` has for each view, and the medians that `verdicts.hat_fit` has for
whole helmeted heads and for shells.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.folders import folder
from pose.head_frames import HeadFrame, own_heads
from pose.measures import pair_heads
from pose.shards import LabelledPicture, read_shard
from pose.skeleton import (
    HEAD_KEYPOINTS,
    KEYPOINTS,
    LEFT_EAR,
    LEFT_EYE,
    MIRRORED,
    RIGHT_EAR,
    RIGHT_EYE,
    Person,
    from_coco,
)

TARGET: Final = 0.3  # confidence of a teacher's keypoint
HELMETED: Final = 1.13  # heights of boxes around helmeted heads, in heights of bare ones
LEAST: Final = 20.0  # pixels of a labelled head's longer side

Floats = NDArray[np.float64]


def main() -> None:
    """Print a table of keypoints a view, and one of hats."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    views: dict[str, list[Floats]] = defaultdict(list)
    hats: dict[str, list[tuple[float, float]]] = defaultdict(list)
    shards = [picture for path in sorted(pictures.glob("train-*.tar")) for picture in read_shard(path)]
    for picture in tqdm(shards, unit="picture"):
        for person, head, label in _labelled_heads(picture):
            box, helmeted = picture.heads[label], bool(picture.helmeted[label])
            if picture.labels["boxes"] == "whole head":
                for view, points in _points_by_view(person, box, helmeted):
                    views[view].append(points)
            if helmeted:
                hats[picture.labels["boxes"]].append(_hat_on_head(box, head))
    for view, found in views.items():
        _print_view(view, np.array(found))
    print("| hat boxes | along | log size | heads |\n|---|---|---|---|")
    for boxes, places in hats.items():
        along, size = np.median(places, axis=0)
        print(f"| {boxes} | {along:.2f} | {size:.2f} | {len(places)} |")


def _labelled_heads(picture: LabelledPicture) -> Iterator[tuple[Person, HeadFrame, int]]:
    people = []
    for labelled in picture.labels["people"]:
        keypoints = np.array(labelled["keypoints"], np.float32)
        keypoints[keypoints[:, 2] < TARGET] = 0
        if labelled["source"] == "teacher":
            people.append(Person(from_coco(keypoints), 1.0))
    seen = [(person, head) for person, head in zip(people, own_heads(people), strict=True) if head]
    centres = np.array([(head.x, head.y) for _, head in seen], float).reshape(-1, 2)
    for head, label in pair_heads(centres, picture.heads, np.zeros((0, 4))).pairs.tolist():
        if picture.heads[label, 2:].max() >= LEAST:
            yield *seen[head], label


def _points_by_view(person: Person, box: Floats, helmeted: bool) -> Iterator[tuple[str, Floats]]:
    """The view's name and keypoints (18, 2) from the head's centre, NaN where not seen.

    Views from one side are of the right one; those from the front and back come mirrored too.
    """
    size = box[3] / (HELMETED if helmeted else 1)
    centre = box[0] + box[2] / 2, box[1] + box[3] - size / 2
    points = np.where(person.seen[:, None], (person.keypoints[:, :2] - centre) / size, np.nan)
    right, left = person.seen[RIGHT_EAR], person.seen[LEFT_EAR]
    face = person.seen[[k for k in HEAD_KEYPOINTS if k not in (RIGHT_EAR, LEFT_EAR)]].any()
    mirrored = points[list(MIRRORED)] * (-1, 1)
    if right and left:
        yield from ((("front" if face else "back"), each) for each in (points, mirrored))
    elif right or left:
        eyes = person.seen[[RIGHT_EYE, LEFT_EYE]].all()
        yield ("three quarters" if eyes else "profile"), points if right else mirrored


def _hat_on_head(box: Floats, head: HeadFrame) -> tuple[float, float]:
    """How far up the box's centre lies and the logarithm of its size, as `hat_fit.Convention` has them."""
    size = math.sqrt(box[2] * box[3])
    x, y = box[0] + box[2] / 2 - head.x, box[1] + box[3] / 2 - head.y
    return (x * head.up[0] + y * head.up[1]) / head.size, math.log(size / head.size)


def _print_view(view: str, points: Floats) -> None:
    print(f"| {view} | x | y | spread | keypoints |\n|---|---|---|---|---|")
    for keypoint, name in enumerate(KEYPOINTS):
        seen = points[np.isfinite(points[:, keypoint, 0]), keypoint]
        if len(seen) >= 30:
            (x, y), bounds = np.median(seen, axis=0), np.percentile(seen, (16, 84), axis=0)
            spread = float(np.sqrt(np.mean((np.ptp(bounds, axis=0) / 2) ** 2)))
            print(f"| {name} | {x:.2f} | {y:.2f} | {spread:.2f} | {len(seen)} |")
    print()


if __name__ == "__main__":
    main()
