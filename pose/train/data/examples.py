"""A labelled picture in the form of training, for all data sets, and the states of its keypoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.skeleton import KEYPOINTS, LEFT_SHOULDER, NECK, RIGHT_SHOULDER, from_coco

TARGET: Final = 1.0
ABSENT: Final = 0.0
UNSURE: Final = -1.0


@dataclass(frozen=True, slots=True)
class DataConfig:
    """The training data."""

    sources: list[str] = field(default_factory=list)
    """`shard:FILE.tar`, `coco:ANNOTATIONS.json,PICTURES_DIR` or `package.module:function=ARGUMENT`
    (docs/custom-data.md), each after an optional `WEIGHT*`, the relative frequency of its pictures (default: 1)."""
    cache: Path = Path("cache")
    """The folder of the decoded pictures."""
    teacher_target: float = 0.3
    """From this confidence on, a teacher's keypoint is a target."""
    teacher_absent: float = 0.0
    """Up to this confidence, a teacher's keypoint is absent; between the two it is masked."""
    weights: Path | None = None
    """A JSON object of picture names and factors of their weights, as `python -m pose data weigh` writes it; null: no
    factors."""
    longest: int = 512
    """Pictures with a longer side of more pixels are shrunk to it."""

    def __post_init__(self) -> None:
        """Raise ValueError for thresholds outside 0..1 or in the wrong order, and for a tiny `longest`."""
        if not 0 <= self.teacher_absent <= self.teacher_target <= 1:
            raise ValueError(
                "teacher_absent, teacher_target: expected 0 <= absent <= target <= 1, "
                f"got {self.teacher_absent} and {self.teacher_target}"
            )
        if self.longest < 32:
            raise ValueError(f"longest: expected at least 32 pixels, got {self.longest}")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled picture; pixels are continuous coordinates, the first spans [0, 1).

    name: identifies the picture in its source.
    pixels: (H, W, 3) uint8 BGR.
    people: (n, 18, 3) float32, keypoints in the order of `skeleton.KEYPOINTS`: x, y in pixels and a state: `TARGET`,
        `ABSENT` or `UNSURE` (nothing is learned around it).
    ignore: (m, 4) float32 left, top, width, height of regions where no keypoints and limbs are learned.
    heads: (k, 4) float32 left, top, width, height of labelled heads.
    helmeted: (k,) bool, which of them wear a helmet.
    heads_complete: whether every head is in `heads`; else no heads are learned.
    people_complete: whether everybody is in `people` or in `ignore`; else keypoints and limbs are learned only in
        the boxes around labelled people.
    human: whether the keypoints are human labels, not a teacher network's.
    weight: the relative frequency with which it is drawn.
    """

    name: str
    pixels: NDArray[np.uint8]
    people: NDArray[np.float32]
    ignore: NDArray[np.float32]
    heads: NDArray[np.float32]
    helmeted: NDArray[np.bool_]
    heads_complete: bool
    people_complete: bool
    human: bool
    weight: float

    def __post_init__(self) -> None:
        """Raise ValueError for an array of another shape or type, an unknown state or a negative weight."""
        for name, shape in (("people", (len(KEYPOINTS), 3)), ("ignore", (4,)), ("heads", (4,))):
            got = getattr(self, name)
            if got.shape[1:] != shape or got.dtype != np.float32 or not np.isfinite(got).all():
                raise ValueError(
                    f"{self.name}: {name}: expected finite float32 of shape (n, {', '.join(map(str, shape))}), "
                    f"got {got.dtype} {got.shape}"
                )
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 3:
            raise ValueError(
                f"{self.name}: pixels: expected uint8 (H, W, 3), got {self.pixels.dtype} {self.pixels.shape}"
            )
        if len(self.helmeted) != len(self.heads):
            raise ValueError(
                f"{self.name}: helmeted: expected one per head ({len(self.heads)}), got {len(self.helmeted)}"
            )
        states = self.people[..., 2]
        if not ((states == TARGET) | (states == ABSENT) | (states == UNSURE)).all():
            raise ValueError(f"{self.name}: people: expected states 1, 0 and -1, got others")
        if not self.weight >= 0:
            raise ValueError(f"{self.name}: weight: expected at least 0, got {self.weight}")


def human_states(visibility: NDArray[np.float32]) -> NDArray[np.float32]:
    """COCO's visibility (0 not labelled, 1 hidden, 2 visible) -> states: every labelled keypoint is a target."""
    return np.where(visibility > 0, TARGET, ABSENT).astype(np.float32)


def teacher_states(confidence: NDArray[np.float32], config: DataConfig) -> NDArray[np.float32]:
    """A teacher's confidence in [0, 1] -> states, by the two thresholds of `config`."""
    unsure = np.where(confidence > config.teacher_absent, UNSURE, ABSENT)
    found = (confidence >= config.teacher_target) & (confidence > 0)
    return np.where(found, TARGET, unsure).astype(np.float32)


def people_from_coco(people: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 17, 3) x, y, state in COCO's order -> (n, 18, 3) in ours, with necks."""
    ours = np.array([from_coco(person) for person in people], np.float32)
    return with_necks(ours.reshape(-1, len(KEYPOINTS), 3))


def with_necks(people: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy of (n, 18, 3) with absent necks set to the middle of labelled shoulders; unsure if a shoulder is."""
    people = people.copy()
    shoulders = people[:, [RIGHT_SHOULDER, LEFT_SHOULDER]]
    missing = (people[:, NECK, 2] == ABSENT) & (shoulders[..., 2] != ABSENT).all(axis=1)
    people[missing, NECK, :2] = shoulders[missing, :, :2].mean(axis=1)
    people[missing, NECK, 2] = shoulders[missing, :, 2].min(axis=1)
    return people


def boxes(values: object) -> NDArray[np.float32]:
    """A list of n boxes -> (n, 4) float32; n may be 0."""
    return np.array(values, np.float32).reshape(-1, 4)


def shrunk(example: Example, longest: int) -> Example:
    """The example, scaled to a longer side of at most `longest` pixels; pixels are averaged over areas."""
    height, width = example.pixels.shape[:2]
    if max(height, width) <= longest:
        return example
    scale = longest / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    across = np.array([size[0] / width, size[1] / height], np.float32)
    people = example.people.copy()
    people[..., :2] *= across
    return Example(
        name=example.name,
        pixels=cv2.resize(example.pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
        people=people,
        ignore=example.ignore * np.tile(across, 2),
        heads=example.heads * np.tile(across, 2),
        helmeted=example.helmeted,
        heads_complete=example.heads_complete,
        people_complete=example.people_complete,
        human=example.human,
        weight=example.weight,
    )
