"""Made-up examples for tests."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from pose.train.augment.crops import Crop, crop_of, place
from pose.train.data.examples import Example
from pose.train.data.labels import Labels
from tests.pose.people import standing


def example(**changes: Any) -> Example:
    """A smooth picture, 80 wide and 60 high, of one standing person and one helmeted head."""
    values = {
        "name": "made-up",
        "pixels": smooth(60, 80),
        "people": standing(40, 20, 4)[None],
        "ignore": np.zeros((0, 4), np.float32),
        "heads": np.array([[35, 10, 10, 12]], np.float32),
        "helmeted": np.array([True]),
        "heads_complete": True,
        "people_complete": True,
        "human": False,
        "weight": 1.0,
        **changes,
    }
    return Example(**values)


def labels(one: Example) -> Labels:
    """The labels of a batch of one."""
    several = {"person": one.people, "ignore": one.ignore, "head": one.heads}
    rows = {f"{name}_of": np.zeros(len(part), np.intp) for name, part in several.items()}
    flags = {name: np.array([getattr(one, name)]) for name in ("heads_complete", "people_complete", "human")}
    site = np.array([one.heads_complete or len(one.heads) > 0])
    return Labels(one.people, ignore=one.ignore, heads=one.heads, helmeted=one.helmeted, site=site, **rows, **flags)


def placed(one: Example, matrix: np.ndarray, size: int, pixels: np.ndarray | None = None) -> Crop:
    """The crop that a matrix (3, 3) places; black without `pixels`."""
    black = np.zeros((size, size, 3), np.uint8)
    return crop_of(place(labels(one), matrix[None], size), 0, black if pixels is None else pixels)


def smooth(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A picture without edges."""
    few = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)
