"""The conditions under which labelled pictures are judged: a view, and the hats of an imagined detector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.scenes import AS_IT_IS, VIEWS, Boxes, Scene, generator_of
from helmet_service.verdicts.boxes import Box, Hat, overlaps
from pose.skeleton import LEFT_HIP, LEFT_WRIST, RIGHT_HIP, RIGHT_WRIST, Person

SHELL: Final = 0.55  # of a whole head's box, from its top: about the helmet without the face
JITTER: Final = 0.1  # of the box's sides, either way
MOST_OVERLAP: Final = 0.1  # of a false hat with a labelled head, intersection over union
SHIFT: Final = (0.5, 1.0)  # of the median head's height: how far late hats lie from where they are
_TRIES: Final = 100

Detection = tuple[NDArray[np.bool_], Boxes | None]
"""Which labelled heads count as helmeted, (n,) bool, and the boxes of all hats, (k, 4), None without a detector."""
Detector = Callable[[Scene, Sequence[Person], np.random.Generator], Detection]


@dataclass(frozen=True, slots=True)
class Condition:
    """A view, by its key in `VIEWS`, and a hat detector."""

    name: str
    view: str
    detector: Detector


def detect_hats(scene: Scene, condition: Condition, people: Sequence[Person]) -> tuple[Scene, list[Hat] | None]:
    """The scene with `worn` as the detector has it, and its hats, None without a detector."""
    worn, boxes = condition.detector(scene, people, generator_of(scene, condition.name))
    seen = replace(scene, worn=worn)
    if boxes is None:
        return seen, None
    return seen, [Hat(Box(*box), None, index) for index, box in enumerate(boxes.tolist())]


def upper_part(share: float) -> Detector:
    """A detector that finds every helmet; its boxes are the upper `share` of the labelled boxes of whole heads."""
    return lambda scene, _people, _generator: (scene.worn, scene.heads[scene.worn] * (1, 1, 1, share))


def jittered(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
    """Every edge moved by up to a tenth of the box's side."""
    boxes = scene.heads[scene.worn]
    off = generator.uniform(-JITTER, JITTER, (len(boxes), 2, 2)) * boxes[:, None, 2:]
    start, end = boxes[:, :2] + off[:, 0], boxes[:, :2] + boxes[:, 2:] + off[:, 1]
    return scene.worn, np.concatenate([start, end - start], axis=1)


def missed(share: float) -> Detector:
    """A detector that misses this share of the hats; heads with a missed hat count as bare."""

    def detector(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
        found = scene.worn & (generator.random(len(scene.worn)) >= share)
        return found, scene.heads[found]

    return detector


def one_false(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:
    """The labelled hats and one that nobody wears: by a hip or hand, near a head, or anywhere, equally often."""
    height, width = scene.pixels.shape[:2]
    sides = np.sqrt(scene.heads[:, 2] * scene.heads[:, 3])
    side = float(generator.choice(sides)) if len(sides) else 0.08 * height
    where = generator.integers(3)
    for _ in range(_TRIES):
        spot = generator.uniform((0, 0), (width, height))
        if where == 0 and len(held := _hips_and_wrists(people)):
            spot = generator.choice(held) + generator.uniform(-0.3, 0.3, 2) * side
        if where == 1 and len(scene.heads):
            left, top, breadth, length = generator.choice(scene.heads)
            angle, away = generator.uniform(0, 2 * np.pi), generator.uniform(0.7, 1.5) * max(breadth, length)
            spot = np.array([left + breadth / 2 + away * np.cos(angle), top + length / 2 + away * np.sin(angle)])
        box = Box(float(spot[0]) - side / 2, float(spot[1]) - side / 2, side, side)
        if (overlaps(box, scene.heads) <= MOST_OVERLAP).all() and (spot >= 0).all() and (spot < (width, height)).all():
            return scene.worn, np.concatenate([scene.heads[scene.worn], [(box.left, box.top, side, side)]])
    return scene.worn, scene.heads[scene.worn]


def absent(share: float) -> Detector:
    """A detector that misses this share of the hats, which people wear all the same."""

    def detector(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:
        _, boxes = missed(share)(scene, people, generator)
        return scene.worn, boxes

    return detector


def late(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
    """All hats moved alike, as those of an earlier frame are where the camera or the people move."""
    angle, away = generator.uniform(0, 2 * np.pi), generator.uniform(*SHIFT)
    boxes = scene.heads[scene.worn].copy()
    if len(boxes):
        boxes[:, :2] += away * np.median(boxes[:, 3]) * np.array([np.cos(angle), np.sin(angle)])
    return scene.worn, boxes


def swapped(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
    """The labelled hats, but one is boxed on a bare head in place of the head that wears it, if there are both."""
    boxed = scene.worn.copy()
    if scene.worn.any() and not scene.worn.all():
        boxed[[generator.choice(np.flatnonzero(scene.worn)), generator.choice(np.flatnonzero(~scene.worn))]] ^= True
    return scene.worn, scene.heads[boxed]


def none_at_all(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
    """Nobody looks for hats."""
    return scene.worn, None


def _in_view(*views: str) -> tuple[Condition, ...]:
    return tuple(Condition(view, view, upper_part(1)) for view in views)


WHOLE_HEADS: Final = Condition("whole heads", AS_IT_IS, upper_part(1))
_SHELLS: Final = Condition("shells", AS_IT_IS, upper_part(SHELL))
_JITTERED: Final = Condition("jittered", AS_IT_IS, jittered)
_ONE_FALSE: Final = Condition("one false hat", AS_IT_IS, one_false)
DETECTED: Final = (
    WHOLE_HEADS,
    _SHELLS,
    _JITTERED,
    Condition("a tenth of the hats missed", AS_IT_IS, missed(0.1)),
    _ONE_FALSE,
)
"""What hat detectors do: the confidences of trust in hats are fitted and measured on this mix."""
HALF_MISSED: Final = Condition("half of the hats missed", AS_IT_IS, missed(0.5))
"""Shows how bare heads are judged where hardly anybody is bare, as on plant cameras."""
CONDITIONS: Final = (
    *DETECTED,
    HALF_MISSED,
    *_in_view("rolled by 15 degrees", "rolled by 45 degrees", "rolled by 90 degrees"),
    *_in_view("half the size on 1920x1080", "a quarter of the size on 1920x1080"),
)
"""Where trust in hats can be right: heads without a hat count as bare."""
FAULTY: Final = (
    Condition("a tenth of the hats missing", AS_IT_IS, absent(0.1)),
    Condition("three tenths of the hats missing", AS_IT_IS, absent(0.3)),
    Condition("one hat swapped", AS_IT_IS, swapped),
    Condition("late hats", AS_IT_IS, late),
)
"""Where trust in hats must be wrong: heads count as people see them."""
AS_PEOPLE_SEE: Final = (WHOLE_HEADS, _SHELLS, _JITTERED, _ONE_FALSE, *FAULTY)
"""The conditions with hats under which heads count as people see them: trust in both is fitted and measured on them."""
NO_HATS: Final = Condition("no hats", AS_IT_IS, none_at_all)
HARDER: Final = _in_view(
    *(view for view in VIEWS if view.startswith("rolled")),
    *("in haze", "at dusk", "in glare", "from steeply above", "faces behind shields"),
)
"""What `python -m benchmarks.harder_views` measures beside the plain picture."""


def _hips_and_wrists(people: Sequence[Person]) -> Boxes:
    rows = [person.keypoints[[RIGHT_WRIST, LEFT_WRIST, RIGHT_HIP, LEFT_HIP]] for person in people]
    points = np.concatenate([np.zeros((0, 3)), *rows])
    return points[points[:, 2] > 0, :2].astype(np.float64)
