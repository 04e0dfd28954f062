"""Made-up workers and hats, built from the head outwards, and scenes of them that can be turned, mirrored and moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.hat_fit import HatBoxes
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.rules import Rules
from pose.estimation.head_frames import own_heads
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, LEFT_EAR, LEFT_EYE, MIRRORED, RIGHT_EAR, Headwear, Person

# Workers in head sizes, the middle of the head at the origin: from the front, from straight above, and in profile.
WORKER = np.array(
    [
        (0, 0.08), (0, 0.66), (-0.5, 0.66), (-0.6, 1.6), (-0.65, 2.4), (0.5, 0.66), (0.6, 1.6), (0.65, 2.4),
        (-0.3, 2.25), (-0.3, 3.7), (-0.3, 5.1), (0.3, 2.25), (0.3, 3.7), (0.3, 5.1),
        (-0.1, -0.03), (0.1, -0.03), (-0.27, 0.035), (0.27, 0.035),
    ],
    np.float32,
)  # fmt: skip
FROM_ABOVE = np.array(
    [
        (0, 0.3), (0, 0.25), (-0.75, 0.25), (-0.95, 0.45), (-0.8, 0.8), (0.75, 0.25), (0.95, 0.45), (0.8, 0.8),
        (-0.4, 0.45), (-0.35, 0.6), (-0.3, 0.75), (0.4, 0.45), (0.35, 0.6), (0.3, 0.75),
        (-0.12, 0.2), (0.12, 0.2), (-0.3, 0.05), (0.3, 0.05),
    ],
    np.float32,
)  # fmt: skip
PROFILE = np.array(
    [
        (0.28, 0.12), (-0.22, 0.58), (-0.3, 0.62), (-0.25, 1.5), (0.1, 2.2), (-0.2, 0.58), (-0.1, 1.5), (0.3, 2.1),
        (-0.3, 2.2), (-0.2, 3.6), (-0.35, 5.0), (-0.25, 2.15), (-0.1, 3.6), (-0.2, 5.0),
        (0.22, 0.03), (0.24, 0.03), (-0.04, 0.03), (-0.04, 0.03),
    ],
    np.float32,
)  # fmt: skip
# The person's right is on the right of the picture when seen from behind.
BACK = WORKER * np.array((-1, 1), np.float32)

EVERYTHING = frozenset(range(len(KEYPOINTS)))
HEADLESS = EVERYTHING - set(HEAD_KEYPOINTS)
EARS_NO_FACE = HEADLESS | {RIGHT_EAR, LEFT_EAR}
ONE_SIDE = EVERYTHING - {LEFT_EYE, LEFT_EAR}

DEFAULT = Rules()


def worker(
    x: float,
    y: float,
    size: float = 40,
    *,
    seen: Collection[int] = EVERYTHING,
    score: float = 0.8,
    pose: NDArray[np.float32] = WORKER,
    at: Mapping[int, tuple[float, float]] | None = None,
    headwear: Headwear | None = None,
) -> Person:
    """A worker whose head is at (x, y) and `size` pixels high; only the keypoints in `seen` are found.

    at: keypoints that lie elsewhere than in `pose`, in head sizes from the head's middle.
    """
    keypoints = np.zeros((len(KEYPOINTS), 3), np.float32)
    for keypoint in seen:
        place = np.array((at or {}).get(keypoint, pose[keypoint]), np.float32)
        keypoints[keypoint] = (*(place * size + np.array((x, y))), score)
    return Person(keypoints, score, headwear=headwear)


def leaning(x: float, y: float, size: float, degrees: float, **looks) -> Person:
    """A worker turned as a whole about the head's middle at (x, y), clockwise: 90 has the crown on the right."""
    return turned(worker(x, y, size, **looks), degrees, x, y)


def bent(x: float, y: float, size: float, degrees: float) -> Person:
    """A worker in profile, bent forward (to the right) in the hips, above whom the head would be at (x, y)."""
    person = worker(x, y, size, pose=PROFILE, seen=ONE_SIDE)
    hips = PROFILE[8] * size + np.array((x, y))
    leaned, legs = turned(person, degrees, *hips).keypoints, slice(8, 14)
    leaned[legs] = person.keypoints[legs]
    return Person(leaned, person.score)


def bent_head(x: float, y: float, size: float, degrees: float) -> tuple[float, float]:
    """Where the middle of a bent worker's head is."""
    (hip_x, hip_y), turn = PROFILE[8] * size, np.exp(1j * np.radians(degrees))
    place = complex(hip_x, hip_y) - turn * complex(hip_x, hip_y)
    return x + place.real, y + place.imag


def turned(person: Person, degrees: float, x: float, y: float) -> Person:
    """The person turned clockwise about (x, y)."""
    points = person.keypoints[:, :2].astype(float) - (x, y)
    there = (points[:, 0] + 1j * points[:, 1]) * np.exp(1j * np.radians(degrees))
    return _placed(person, np.stack([there.real + x, there.imag + y], axis=1))


def hat_at(
    x: float,
    y: float,
    size: float = 40,
    *,
    shell: bool = False,
    score: float | None = None,
    index: int = 0,
    lean: float = 0,
) -> Hat:
    """The hat box of a helmeted head that is at (x, y): the whole head, or the shell alone.

    lean: how many degrees the head leans clockwise; the box holds the ellipse that an upright head's box would.
    """
    tall, wide = (0.62 if shell else 1.13) * size / 2, 0.95 * size / 2
    middle = 0.63 * size - tall
    across, along = np.sin(np.radians(lean)), np.cos(np.radians(lean))
    half_width, half_height = np.hypot(wide * along, tall * across), np.hypot(wide * across, tall * along)
    left, top = x + middle * across - half_width, y - middle * along - half_height
    return Hat(Box(float(left), float(top), float(2 * half_width), float(2 * half_height)), score, index)


def numbered(hats: Iterable[Hat]) -> list[Hat]:
    """The same hats with their places as indices."""
    return [Hat(hat.box, hat.score, index) for index, hat in enumerate(hats)]


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of `width` x `height` pixels with people and hats; scale: network-input pixels a picture pixel."""

    people: tuple[Person, ...]
    hats: tuple[Hat, ...]
    width: int = 640
    height: int = 480
    scale: float = 1.0


def judged(scene: Scene, rules: Rules = DEFAULT, hat_boxes: HatBoxes = "auto") -> Judgement:
    """What the judge says of a scene; headwear counts where people have any."""
    return judge(
        scene.people,
        scene.hats,
        heads=own_heads(scene.people),
        width=scene.width,
        height=scene.height,
        scale=scene.scale,
        rules=rules,
        hat_boxes=hat_boxes,
        by_headwear=any(person.headwear for person in scene.people),
    )


def mirrored(scene: Scene) -> Scene:
    """The scene in a mirror: left becomes right, in the picture and in the people's own."""
    people = tuple(
        _placed(replace(person, keypoints=person.keypoints[list(MIRRORED)]), _mirrored_points(person, scene.width))
        for person in scene.people
    )
    hats = tuple(replace(hat, box=replace(hat.box, left=scene.width - hat.box.right)) for hat in scene.hats)
    return replace(scene, people=people, hats=hats)


def quarter_turned(scene: Scene) -> Scene:
    """The scene turned clockwise by 90 degrees."""
    people = tuple(
        _placed(person, np.stack([scene.height - person.keypoints[:, 1], person.keypoints[:, 0]], axis=1))
        for person in scene.people
    )
    hats = tuple(
        replace(hat, box=Box(scene.height - hat.box.bottom, hat.box.left, hat.box.height, hat.box.width))
        for hat in scene.hats
    )
    return replace(scene, people=people, hats=hats, width=scene.height, height=scene.width)


def moved(scene: Scene, dx: int, dy: int) -> Scene:
    """The scene elsewhere in a picture of the same size."""
    people = tuple(_placed(person, person.keypoints[:, :2] + np.array((dx, dy))) for person in scene.people)
    boxes = [replace(hat.box, left=hat.box.left + dx, top=hat.box.top + dy) for hat in scene.hats]
    return replace(scene, people=people, hats=_boxed(scene.hats, boxes))


def enlarged(scene: Scene, factor: int) -> Scene:
    """The scene in a picture `factor` times as large, which the network sees at the size that it had."""
    people = tuple(_placed(person, person.keypoints[:, :2] * factor) for person in scene.people)
    boxes = [Box(*(factor * side for side in (b.left, b.top, b.width, b.height))) for b in (h.box for h in scene.hats)]
    width, height, scale = scene.width * factor, scene.height * factor, scene.scale / factor
    return Scene(people, _boxed(scene.hats, boxes), width, height, scale)


def _boxed(hats: Iterable[Hat], boxes: Iterable[Box]) -> tuple[Hat, ...]:
    return tuple(replace(hat, box=box) for hat, box in zip(hats, boxes, strict=True))


def _mirrored_points(person: Person, width: int) -> NDArray[np.float64]:
    points = person.keypoints[list(MIRRORED), :2].astype(float)
    return np.stack([width - points[:, 0], points[:, 1]], axis=1)


def _placed(person: Person, points: NDArray[np.floating]) -> Person:
    """The person with found keypoints at other points, (18, 2)."""
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] = points[person.seen]
    return replace(person, keypoints=keypoints)


def legacy_judgement(people: Sequence[Person], hats: Sequence[Hat], *, width: int, height: int) -> Judgement:
    """What the legacy rule says, in v1's words."""
    return judge_case(Case(people, hats, width, height, 1.0), DEFAULT, "legacy").judgement
