"""The skeleton: OpenPose's 18 keypoints and 19 limbs, COCO's 17 keypoints, and conversions between both.

Order and limbs are those of Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields"
(CVPR 2017), as in the COCO model of OpenPose; "right" and "left" are the person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

KEYPOINTS: Final = (
    "nose", "neck",
    "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip

(
    NOSE, NECK,
    RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST,
    RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, LEFT_HIP, LEFT_KNEE, LEFT_ANKLE,
    RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR,
) = range(18)  # fmt: skip

HEAD_KEYPOINTS: Final = (NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_EAR, LEFT_EAR)

LIMBS: Final = (
    (NECK, RIGHT_SHOULDER), (NECK, LEFT_SHOULDER),
    (RIGHT_SHOULDER, RIGHT_ELBOW), (RIGHT_ELBOW, RIGHT_WRIST),
    (LEFT_SHOULDER, LEFT_ELBOW), (LEFT_ELBOW, LEFT_WRIST),
    (NECK, RIGHT_HIP), (RIGHT_HIP, RIGHT_KNEE), (RIGHT_KNEE, RIGHT_ANKLE),
    (NECK, LEFT_HIP), (LEFT_HIP, LEFT_KNEE), (LEFT_KNEE, LEFT_ANKLE),
    (NECK, NOSE),
    (NOSE, RIGHT_EYE), (RIGHT_EYE, RIGHT_EAR), (NOSE, LEFT_EYE), (LEFT_EYE, LEFT_EAR),
    (RIGHT_SHOULDER, RIGHT_EAR), (LEFT_SHOULDER, LEFT_EAR),
)  # fmt: skip

COCO_KEYPOINTS: Final = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip

# How far from each other a keypoint is found twice, in square roots of the person's area: 2 * sigma of object keypoint
# similarity (cocodataset.org, "Keypoint Evaluation"), in COCO's order.
COCO_SPREADS: Final = 2 * np.array(
    [
        0.026, 0.025, 0.025, 0.035, 0.035,
        0.079, 0.079, 0.072, 0.072, 0.062, 0.062,
        0.107, 0.107, 0.087, 0.087, 0.089, 0.089,
    ]
)  # fmt: skip


def _other_side(name: str) -> str:
    side, _, rest = name.partition("_")
    return f"{ {'left': 'right', 'right': 'left'}[side] }_{rest}" if rest else name


# Each keypoint's index after left and right are swapped, as in a mirrored picture.
MIRRORED: Final = tuple(KEYPOINTS.index(_other_side(name)) for name in KEYPOINTS)

_OURS_IN_COCO_ORDER: Final = tuple(KEYPOINTS.index(name) for name in COCO_KEYPOINTS)


@dataclass(frozen=True, slots=True)
class HeadPeak:
    """A head found in the network's head fields, with or without a body.

    x, y: the centre of the box around the head, helmet included; size: the box's longer side; all in pixels of the
    upright picture. helmeted, bare: the score of a head of this kind, in [0, 1].
    """

    x: float
    y: float
    size: float
    helmeted: float
    bare: float

    @property
    def score(self) -> float:
        """The score of a head of either kind, in [0, 1]."""
        return max(self.helmeted, self.bare)

    @property
    def is_helmeted(self) -> bool:
        """Whether the helmeted kind has the higher score."""
        return self.helmeted >= self.bare


@dataclass(frozen=True, slots=True)
class Headwear:
    """What a crop of the picture shows where a head was found (`headwear.py`), as probabilities in [0, 1].

    helmet: a head with a helmet. bare: a head without one, whatever else it wears. The rest: no head.
    """

    helmet: float
    bare: float


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person found in a picture.

    keypoints: (18, 3) float32, rows in the order of `KEYPOINTS`: x, y in pixels of the upright picture (continuous,
    origin at the top left corner, the first pixel spans [0, 1)) and a score in (0, 1]; an unseen point is (0, 0, 0).
    score: how much of a person was seen, in [0, 1].
    head: the peak of the head fields that belongs to the person; a person found by the head alone has no keypoints.
    evidence: the probability that somebody is there, from skeleton and head (`joining.py`); None without joining.
    scale: network-input pixels per picture pixel of the second look that found the person, at most 1; None: no second
    look did.
    headwear: None for people without a head, and where the model has no classifier of headwear.
    """

    keypoints: NDArray[np.float32]
    score: float
    head: HeadPeak | None = None
    evidence: float | None = None
    scale: float | None = None
    headwear: Headwear | None = None

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which keypoints were found, (18,) bool."""
        seen: NDArray[np.bool_] = self.keypoints[:, 2] > 0
        return seen

    @property
    def points(self) -> NDArray[np.float32]:
        """The found keypoints' x, y, (n, 2) float32."""
        return self.keypoints[self.seen, :2]

    @property
    def outline(self) -> NDArray[np.float32]:
        """The points that span the person, x, y (n, 2) float32: its keypoints, or the corners of a sole head's box."""
        if self.head is None or self.seen.any():
            return self.points
        return head_corners(self.head)


def head_corners(head: HeadPeak) -> NDArray[np.float32]:
    """The top left and the bottom right corner of the square around a head, (2, 2) float32 x, y."""
    half = head.size / 2
    return np.array([(head.x - half, head.y - half), (head.x + half, head.y + half)], np.float32)


def moved(person: Person, right: float, down: float) -> Person:
    """The person moved by so many pixels to the right and down."""
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] += (right, down)
    head = person.head and replace(person.head, x=person.head.x + right, y=person.head.y + down)
    return replace(person, keypoints=keypoints, head=head)


def clipped(person: Person, width: float, height: float) -> Person:
    """The person with keypoints outside a picture of this size moved onto its edge."""
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] = np.clip(person.points, 0, (width, height))
    return replace(person, keypoints=keypoints)


def posed(people: Iterable[Person]) -> list[Person]:
    """The people with at least one keypoint."""
    return [person for person in people if person.seen.any()]


def named_keypoints(person: Person) -> list[dict[str, str | float]]:
    """The found keypoints for JSON, in OpenPose's order: name, x, y to a tenth of a pixel, score."""
    return [
        {"name": name, "x": round(float(x), 1), "y": round(float(y), 1), "score": round(float(score), 3)}
        for name, (x, y, score) in zip(KEYPOINTS, person.keypoints, strict=True)
        if score > 0
    ]


def coco_keypoints(person: Person) -> list[float]:
    """COCO's 51 numbers x, y, v of its 17 keypoints; v is 2 for a found one, else all three are 0."""
    points = to_coco(person.keypoints).astype(float)
    points[:, 2] = np.where(points[:, 2] > 0, 2, 0)
    values: list[float] = points.ravel().tolist()
    return values


def to_coco(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(18, 3) in OpenPose's order -> (17, 3) in COCO's order; the neck is dropped."""
    return keypoints[list(_OURS_IN_COCO_ORDER)]


def from_coco(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(17, 3) in COCO's order -> (18, 3) in OpenPose's.

    The third column (a score or COCO's visibility, 0 = absent) is kept; the neck is the middle of the shoulders, with
    the smaller of their two, and absent unless both are there.
    """
    ours = np.zeros((len(KEYPOINTS), 3), np.float32)
    ours[list(_OURS_IN_COCO_ORDER)] = keypoints
    shoulders = ours[[RIGHT_SHOULDER, LEFT_SHOULDER]]
    if (shoulders[:, 2] > 0).all():
        ours[NECK, :2] = shoulders[:, :2].mean(axis=0)
        ours[NECK, 2] = shoulders[:, 2].min()
    ours[ours[:, 2] == 0] = 0
    return ours
