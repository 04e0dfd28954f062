"""Measures where keypoints and hats lie on heads: `python -m benchmarks.proportions`.

It reads train-*.tar from PICTURES_DIR: heads boxed by people, with the teacher network's keypoints of a confidence of
at least 0.3. Its unit is the size of the bare head from chin to crown. It prints the medians and spreads (half the
distance from the 16th to the 84th percentile) for `pose.estimation.head_frames`, by view, and those for
`verdicts.rules`, of whole helmeted heads and of shells. `benchmarks.refit` measures the same on the skeletons of our
network.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.folders import folder
from helmet_service.bench.conditions import SHELL
from pose.data.labels import TEACHER, WHOLE_HEAD
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.head_frames import HeadFrame, own_heads
from pose.measuring.measures import pair_heads
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
FEWEST: Final = 30  # keypoints of a kind of which a median is taken
UPPER: Final = "upper part of whole head"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A keypoint's position from the head's centre, in sizes of the bare head, y downwards; how many were seen."""

    x: float
    y: float
    spread: float
    seen: int


@dataclass(frozen=True, slots=True)
class HatPlace:
    """Hat boxes on heads: medians, as in `rules.Convention`, and spreads along, across and, as a factor, of size."""

    along: float
    size: float
    spreads: tuple[float, float, float]
    seen: int


@dataclass(frozen=True, slots=True)
class Proportions:
    """keypoints: by view and keypoint, if seen at least `FEWEST` times. hats: by the labels' convention of boxes."""

    keypoints: dict[str, dict[int, Place]]
    hats: dict[str, HatPlace]


def main() -> None:
    """Print a table of keypoints for each view, and one of hats."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    shards = [picture for path in sorted(pictures.glob("train-*.tar")) for picture in read_shard(path)]
    found = measure((picture, _taught(picture)) for picture in tqdm(shards, unit="picture"))
    for view, places in found.keypoints.items():
        print(f"| {view} | x | y | spread | keypoints |\n|---|---|---|---|---|")
        for keypoint, place in places.items():
            print(f"| {KEYPOINTS[keypoint]} | {place.x:.2f} | {place.y:.2f} | {place.spread:.2f} | {place.seen} |")
        print()
    print(
        "| hat boxes | along | size | spread along | across | of size, factor | heads |\n|---|---|---|---|---|---|---|"
    )
    for boxes, hat in found.hats.items():
        spreads = " | ".join(f"{spread:.2f}" for spread in hat.spreads)
        print(f"| {boxes} | {hat.along:.2f} | {hat.size:.3f} | {spreads} | {hat.seen} |")


def measure(seen: Iterable[tuple[LabelledPicture, Sequence[Person]]]) -> Proportions:
    """Where these people's keypoints and hats lie on the labelled heads.

    Keypoints are measured in the labelled boxes of whole heads, hats on the heads that the people's keypoints or peaks
    carry. The upper `SHELL` of a box around a helmeted head is a shell too.
    """
    views: dict[str, list[Floats]] = defaultdict(list)
    hats: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for picture, people in seen:
        boxes = picture.labels.boxes
        for person, head, label in _labelled_heads(picture, people):
            box, helmeted = picture.heads[label], bool(picture.helmeted[label])
            if boxes == WHOLE_HEAD:
                for view, points in _points_by_view(person, box, helmeted):
                    views[view].append(points)
            if helmeted:
                hats[boxes].append(_hat_on_head(box, head))
            if helmeted and boxes == WHOLE_HEAD:
                hats[UPPER].append(_hat_on_head(box * (1, 1, 1, SHELL), head))
    return Proportions(
        {view: _places(np.array(points)) for view, points in views.items()},
        {boxes: _hat_place(np.array(places)) for boxes, places in hats.items()},
    )


def _taught(picture: LabelledPicture) -> list[Person]:
    """The people with keypoints of the teacher, and of these keypoints the confident ones."""
    people = []
    for labelled in picture.labels.people:
        keypoints = np.array(labelled.keypoints, np.float32)
        keypoints[keypoints[:, 2] < TARGET] = 0
        if labelled.source == TEACHER:
            people.append(Person(from_coco(keypoints), 1.0))
    return people


def _labelled_heads(picture: LabelledPicture, people: Sequence[Person]) -> Iterator[tuple[Person, HeadFrame, int]]:
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


def _hat_on_head(box: Floats, head: HeadFrame) -> tuple[float, float, float]:
    """The box's centre along and across the head, and its size, as in `rules.Convention`."""
    size = math.sqrt(box[2] * box[3])
    x, y = box[0] + box[2] / 2 - head.x, box[1] + box[3] / 2 - head.y
    along, across = x * head.up[0] + y * head.up[1], x * head.up[1] - y * head.up[0]
    return along / head.size, across / head.size, size / head.size


def _places(points: Floats) -> dict[int, Place]:
    """points: (n, 18, 2), NaN where not seen."""
    found = {}
    for keypoint in range(len(KEYPOINTS)):
        seen = points[np.isfinite(points[:, keypoint, 0]), keypoint]
        if len(seen) >= FEWEST:
            x, y = np.median(seen, axis=0).tolist()
            found[keypoint] = Place(x, y, float(np.sqrt(np.mean(_spread(seen) ** 2))), len(seen))
    return found


def _hat_place(places: Floats) -> HatPlace:
    """places: (n, 3) along, across, size."""
    along, _, size = np.median(places, axis=0).tolist()
    spread_along, spread_across = _spread(places[:, :2]).tolist()
    spread_of_size = math.exp(_spread(np.log(places[:, 2:])).item())
    return HatPlace(along, size, (spread_along, spread_across, spread_of_size), len(places))


def _spread(values: Floats) -> Floats:
    """(n, k) -> (k,)."""
    spread: Floats = np.ptp(np.percentile(values, (16, 84), axis=0), axis=0) / 2
    return spread


if __name__ == "__main__":
    main()
