"""Hands: 21 keypoints each, in the order that OpenPose and MediaPipe share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import LEFT_ELBOW, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST, Person

Side = Literal["left", "right"]

# Source of the order: Simon et al., "Hand Keypoint Detection in Single Images using Multiview Bootstrapping"
# (CVPR 2017), as in OpenPose's output; each finger from its root to its tip.
HAND_KEYPOINTS: Final = (
    "wrist",
    *(f"{finger}_{number}" for finger in ("thumb", "index", "middle", "ring", "little") for number in range(1, 5)),
)
HAND_LIMBS: Final = tuple((0 if tip % 4 == 1 else tip - 1, tip) for tip in range(1, len(HAND_KEYPOINTS)))
ARMS: Final[Mapping[Side, tuple[int, int]]] = {
    "left": (LEFT_ELBOW, LEFT_WRIST),
    "right": (RIGHT_ELBOW, RIGHT_WRIST),
}
"""The elbow and the wrist of each side, as indices into `skeleton.KEYPOINTS`."""


@dataclass(frozen=True, slots=True)
class HandSpec:
    """The layout of a network that answers heatmaps of one hand: each keypoint's, in our order, then the background.

    outputs: names of the network's outputs, joined along the channel axis in this order. stride: crop pixels per cell.
    """

    kind: ClassVar[str] = "hand_heatmaps"
    outputs: tuple[str, ...] = ("heatmaps",)
    stride: int = 8

    @property
    def channels(self) -> int:
        """The number of channels that a network with this layout answers."""
        return len(HAND_KEYPOINTS) + 1

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> HandSpec:
        """The layout as `to_json` wrote it; KeyError, ValueError or TypeError for anything else."""
        return cls(**{**values, "outputs": tuple(values["outputs"])})

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One hand found in a picture.

    keypoints: (21, 3) float32, rows in the order of `HAND_KEYPOINTS`: x, y in pixels of the upright picture and a score
    in [0, 1]; all have a place. side: the person's own. score: the probability that a hand is there, in [0, 1].
    person: the index of whose hand it is among the picture's people; None where nobody was looked for.
    """

    keypoints: NDArray[np.float32]
    side: Side
    score: float
    person: int | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the smallest box around the keypoints, in pixels."""
        left, top = self.keypoints[:, :2].min(axis=0).tolist()
        right, bottom = self.keypoints[:, :2].max(axis=0).tolist()
        return left, top, right, bottom


def hands_of(listed: Sequence[Person], people: Sequence[Person], hands: Iterable[Hand]) -> tuple[Hand, ...]:
    """The hands of those people who are listed, each with its `person` as an index into `listed`.

    listed: some of `people`, the same objects. hands: of `people`.
    """
    places = {id(person): place for place, person in enumerate(listed)}
    owners = ((hand, places.get(id(people[hand.person]))) for hand in hands if hand.person is not None)
    return tuple(replace(hand, person=place) for hand, place in owners if place is not None)


def rounded_box(hand: Hand) -> tuple[float, float, float, float]:
    """Left, top, width and height of the hand's box, to a tenth of a pixel."""
    left, top, right, bottom = (round(edge, 1) for edge in hand.box)
    return left, top, round(right - left, 1), round(bottom - top, 1)


def hand_json(hand: Hand) -> dict[str, object]:
    """A plain dict: whose it is, side, score, box and keypoints, to a tenth of a pixel, in the order of their names."""
    return {
        "person": hand.person,
        "side": hand.side,
        "score": round(hand.score, 3),
        "box": dict(zip(("left", "top", "width", "height"), rounded_box(hand), strict=True)),
        "keypoints": [
            {"x": round(x, 1), "y": round(y, 1), "score": round(score, 3)} for x, y, score in hand.keypoints.tolist()
        ],
    }
