"""Which channel of a network's answer is what, and people -> fields (the encoder that training aims at).

Fields follow Cao et al. (CVPR 2017): a heatmap a keypoint (a Gaussian at each person's point, the maximum where people
overlap) and a part affinity field (PAF) a limb (the limb's unit vector on a strip along it, the mean where limbs
overlap). Cell (row, column) of a field stands for the input point ((column + 0.5) * stride, (row + 0.5) * stride).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pose.skeleton import (
    KEYPOINTS,
    LEFT_HIP,
    LEFT_SHOULDER,
    LIMBS,
    RIGHT_HIP,
    RIGHT_SHOULDER,
)

# Shares of a person's size, bounded in input pixels: the recipe that trained the first weights (model/MODEL_CARD.md).
SIGMA_SHARE: Final = 0.03
SIGMA_BOUNDS: Final = (3.5, 7.0)
LIMB_HALF_WIDTH_SHARE: Final = 0.025
LIMB_HALF_WIDTH_BOUNDS: Final = (3.5, 8.0)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The layout of a network's fields; stored in `pose.json`, so that another layout needs no change of code.

    outputs: names of the network's outputs, joined along the channel axis in this order.
    stride: input pixels a cell.
    heatmaps: the channel of each keypoint's heatmap, in the order of `skeleton.KEYPOINTS`.
    pafs: the (x, y) channels of each limb's PAF, in the order of `skeleton.LIMBS`.
    background: the channel that is 1 where no keypoint is, or None.
    helmeted_heads, bare_heads: channels of head centres, or None; serving does not read them yet.
    """

    outputs: tuple[str, ...]
    stride: int
    heatmaps: tuple[int, ...]
    pafs: tuple[tuple[int, int], ...]
    background: int | None = None
    helmeted_heads: int | None = None
    bare_heads: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless every keypoint and limb has a channel of its own."""
        if len(self.heatmaps) != len(KEYPOINTS):
            raise ValueError(f"heatmaps: expected {len(KEYPOINTS)} channels, got {len(self.heatmaps)}")
        if len(self.pafs) != len(LIMBS) or any(len(pair) != 2 for pair in self.pafs):
            raise ValueError(f"pafs: expected {len(LIMBS)} pairs of channels, got {self.pafs}")
        if self.stride < 1:
            raise ValueError(f"stride: expected at least 1 pixel, got {self.stride}")
        used = self.used_channels
        if len(set(used)) != len(used) or min(used) < 0:
            raise ValueError("channels: expected each to be used once and none below 0")

    @property
    def used_channels(self) -> tuple[int, ...]:
        """Every channel that means something."""
        extra = (self.background, self.helmeted_heads, self.bare_heads)
        return (*self.heatmaps, *(c for pair in self.pafs for c in pair), *(c for c in extra if c is not None))

    @property
    def channels(self) -> int:
        """How many channels a network with this layout answers at least."""
        return max(self.used_channels) + 1

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> FieldSpec:
        """The layout as `to_json` wrote it; ValueError or TypeError when it is not one."""
        lists = {
            "outputs": tuple(values["outputs"]),
            "heatmaps": tuple(values["heatmaps"]),
            "pafs": tuple((int(x), int(y)) for x, y in values["pafs"]),
        }
        return cls(**{**values, **lists})

    def to_json(self) -> dict[str, Any]:
        """A dictionary that JSON can carry."""
        return asdict(self)


def encode(people: Sequence[NDArray[np.float32]], spec: FieldSpec, *, height: int, width: int) -> NDArray[np.float32]:
    """People -> the fields a perfect network would answer.

    people: one (18, 3) array each: x, y in input pixels and a score (0 = not there).
    height, width: the input's size in pixels, multiples of the stride.
    Returns (channels, height / stride, width / stride) float32: heatmaps in [0, 1], PAFs in [-1, 1].
    """
    rows, columns = height // spec.stride, width // spec.stride
    fields = np.zeros((spec.channels, rows, columns), np.float32)
    overlaps = np.zeros((len(LIMBS), rows, columns), np.float32)
    for keypoints in people:
        if (keypoints[:, 2] > 0).any():
            _add_heatmaps(fields, keypoints, spec)
            _add_pafs(fields, overlaps, keypoints, spec)
    for pair, overlap in zip(spec.pafs, overlaps, strict=True):
        fields[list(pair)] /= np.maximum(overlap, 1)
    if spec.background is not None:
        fields[spec.background] = 1 - fields[list(spec.heatmaps)].max(axis=0)
    return fields


def _add_heatmaps(fields: NDArray[np.float32], keypoints: NDArray[np.float32], spec: FieldSpec) -> None:
    sigma = _bounded(SIGMA_SHARE * person_size(keypoints), SIGMA_BOUNDS)
    xs, ys = _cell_centres(fields, spec.stride)
    for channel, (x, y, score) in zip(spec.heatmaps, keypoints, strict=True):
        if score > 0:
            gauss_x = np.exp(-((xs - x) ** 2) / (2 * sigma**2))
            gauss_y = np.exp(-((ys - y) ** 2) / (2 * sigma**2))
            np.maximum(fields[channel], np.outer(gauss_y, gauss_x), out=fields[channel])


def _add_pafs(
    fields: NDArray[np.float32], overlaps: NDArray[np.float32], keypoints: NDArray[np.float32], spec: FieldSpec
) -> None:
    half_width = _bounded(LIMB_HALF_WIDTH_SHARE * person_size(keypoints), LIMB_HALF_WIDTH_BOUNDS)
    xs, ys = _cell_centres(fields, spec.stride)
    for (a, b), (channel_x, channel_y), overlap in zip(LIMBS, spec.pafs, overlaps, strict=True):
        length = math.dist(keypoints[a, :2], keypoints[b, :2])
        if keypoints[a, 2] <= 0 or keypoints[b, 2] <= 0 or length == 0:
            continue
        unit_x, unit_y = (keypoints[b, :2] - keypoints[a, :2]) / length
        from_a_x, from_a_y = xs[None, :] - keypoints[a, 0], ys[:, None] - keypoints[a, 1]
        along = from_a_x * unit_x + from_a_y * unit_y
        across = np.abs(from_a_x * unit_y - from_a_y * unit_x)
        strip = (along >= -half_width / 2) & (along <= length + half_width / 2) & (across <= half_width)
        fields[channel_x] += strip * unit_x
        fields[channel_y] += strip * unit_y
        overlap[strip] += 1


def person_size(keypoints: NDArray[np.float32]) -> float:
    """A height-like length in pixels from whatever is seen of (18, 3) keypoints.

    The longer side of the box around the points, or what the shoulders' breadth (x 3.5) or the trunk's length (x 3.2)
    say when more of the body is hidden: the factors of the first recipe (model/MODEL_CARD.md).
    """
    seen = keypoints[keypoints[:, 2] > 0, :2]
    size = float((seen.max(axis=0) - seen.min(axis=0)).max())
    for a, b, factor in (
        (RIGHT_SHOULDER, LEFT_SHOULDER, 3.5),
        (RIGHT_HIP, RIGHT_SHOULDER, 3.2),
        (LEFT_HIP, LEFT_SHOULDER, 3.2),
    ):
        if keypoints[a, 2] > 0 and keypoints[b, 2] > 0:
            size = max(size, factor * math.dist(keypoints[a, :2], keypoints[b, :2]))
    return size


def _bounded(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _cell_centres(fields: NDArray[np.float32], stride: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = fields.shape[1:]
    return (
        np.arange(columns, dtype=np.float64) * stride + stride / 2,
        np.arange(rows, dtype=np.float64) * stride + stride / 2,
    )
