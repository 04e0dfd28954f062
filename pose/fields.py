"""The fields that a network answers: what each channel means, and the encoder from people to training targets.

Fields follow Cao et al. (CVPR 2017). Each keypoint has a heatmap: a Gaussian at each person's point, the maximum where
people overlap. Each limb has a part affinity field (PAF): the limb's unit vector on a strip along the limb, the mean
where limbs overlap. Cell (row, column) of a field stands for the input point ((column + 0.5) * stride,
(row + 0.5) * stride).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

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

# Shares of a person's size, bounded by `TargetWidths`. Source: the recipe of the first weights (model/MODEL_CARD.md).
SIGMA_SHARE: Final = 0.03
LIMB_HALF_WIDTH_SHARE: Final = 0.025
GAUSSIAN_REACH: Final = 6.0  # standard deviations; a Gaussian is below 2e-8 beyond and counts as 0
HEAD_UNIT: Final = 32.0  # input pixels: the head size that is 0 in the channel of sizes

_LIMB_ENDS: Final = np.array(LIMBS)
_TRUNK: Final = np.array([(RIGHT_SHOULDER, LEFT_SHOULDER), (RIGHT_HIP, RIGHT_SHOULDER), (LEFT_HIP, LEFT_SHOULDER)])
_TRUNK_FACTORS: Final = np.array([3.5, 3.2, 3.2])


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The layout of a network's fields. `pose.json` stores it, so another layout needs no change of code.

    outputs: names of the network's outputs, joined along the channel axis in this order.
    stride: input pixels per cell.
    heatmaps: the channel of each keypoint's heatmap, in the order of `skeleton.KEYPOINTS`.
    pafs: the (x, y) channels of each limb's PAF, in the order of `skeleton.LIMBS`.
    background: the channel that is 1 where no keypoint is, or None.
    helmeted_heads, bare_heads: channels of head centres (Gaussians), or None.
    head_size: the channel of log2(the head's longer side in input pixels / `HEAD_UNIT`) at head centres, or None.
    head_offset: the (x, y) channels of the vector from a cell's centre to the head's centre, in strides, or None.
    """

    kind: ClassVar[str] = "fields"
    outputs: tuple[str, ...]
    stride: int
    heatmaps: tuple[int, ...]
    pafs: tuple[tuple[int, int], ...]
    background: int | None = None
    helmeted_heads: int | None = None
    bare_heads: int | None = None
    head_size: int | None = None
    head_offset: tuple[int, int] | None = None

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
        """Every channel that has a meaning."""
        extra = (self.background, self.helmeted_heads, self.bare_heads, self.head_size, *(self.head_offset or ()))
        return (*self.heatmaps, *(c for pair in self.pafs for c in pair), *(c for c in extra if c is not None))

    @property
    def channels(self) -> int:
        """The least number of channels that a network with this layout answers."""
        return max(self.used_channels) + 1

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> FieldSpec:
        """The layout as `to_json` wrote it; KeyError, ValueError or TypeError for anything else."""
        lists = {
            "outputs": tuple(values["outputs"]),
            "heatmaps": tuple(values["heatmaps"]),
            "pafs": tuple((int(x), int(y)) for x, y in values["pafs"]),
        }
        if values.get("head_offset") is not None:
            x, y = values["head_offset"]
            lists["head_offset"] = (int(x), int(y))
        return cls(**{**values, **lists})

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TargetWidths:
    """How wide people's peaks and limbs are in the fields: a share of the person's size, within bounds in input pixels.

    The defaults are those of the first weights (model/MODEL_CARD.md).
    """

    sigma: tuple[float, float] = (3.5, 7.0)
    """Bounds of the standard deviation of the Gaussians at keypoints, input pixels."""
    limb_half_width: tuple[float, float] = (3.5, 8.0)
    """Bounds of half the width of the strips along limbs, input pixels."""

    def __post_init__(self) -> None:
        """Raise ValueError unless 0 < lower bound <= upper bound < infinity."""
        for name in ("sigma", "limb_half_width"):
            low, high = getattr(self, name)
            if not 0 < low <= high < math.inf:
                raise ValueError(f"targets.{name}: expected pixels above 0, the lower bound first, got {low}, {high}")

    def sigmas(self, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The standard deviation of each person's Gaussians, by `person_sizes`."""
        return np.clip(SIGMA_SHARE * sizes, *self.sigma)

    def limb_half_widths(self, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half the width of each person's strips, by `person_sizes`."""
        return np.clip(LIMB_HALF_WIDTH_SHARE * sizes, *self.limb_half_width)


WIDTHS: Final = TargetWidths()


def encode(
    people: Sequence[NDArray[np.float32]], spec: FieldSpec, *, height: int, width: int, widths: TargetWidths = WIDTHS
) -> NDArray[np.float32]:
    """People -> the fields that a perfect network would answer.

    people: an (18, 3) array per person: x, y in input pixels and a score (0 = not there).
    height, width: the input's size in pixels, multiples of the stride.
    Returns (channels, height / stride, width / stride) float32: heatmaps in [0, 1], PAFs in [-1, 1].
    """
    fields = np.zeros((spec.channels, height // spec.stride, width // spec.stride), np.float32)
    everybody = np.array(people, np.float32).reshape(-1, len(KEYPOINTS), 3)
    seen = everybody[(everybody[..., 2] > 0).any(axis=1)]
    for keypoints, sigma in zip(seen, widths.sigmas(person_sizes(seen)), strict=True):
        _add_heatmaps(fields, keypoints, float(sigma), spec)
    _add_pafs(fields, strips(seen, widths), spec)
    if spec.background is not None:
        fields[spec.background] = 1 - fields[list(spec.heatmaps)].max(axis=0)
    return fields


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """People's limbs as the n strips that PAFs fill; lengths in input pixels.

    person: (n,) indices of people. limb: (n,) indices into `LIMBS`.
    start: (n, 2) x, y of the first end. unit: (n, 2) float32, towards the second end.
    length, half_width: (n,).
    """

    person: NDArray[np.intp]
    limb: NDArray[np.intp]
    start: NDArray[np.float64]
    unit: NDArray[np.float32]
    length: NDArray[np.float64]
    half_width: NDArray[np.float64]


def strips(people: NDArray[np.float32], widths: TargetWidths) -> Strips:
    """The limbs of (n, 18, 3) people whose two ends are seen and apart, in the order of people and limbs."""
    a, b = (people[:, _LIMB_ENDS[:, end]] for end in (0, 1))
    length = np.hypot(*np.moveaxis(b[..., :2].astype(np.float64) - a[..., :2], -1, 0))
    person, limb = np.nonzero((a[..., 2] > 0) & (b[..., 2] > 0) & (length > 0))
    a, b, length = a[person, limb, :2], b[person, limb, :2], length[person, limb]
    return Strips(
        person=person,
        limb=limb,
        start=a.astype(np.float64),
        unit=(b - a) / length[:, None].astype(np.float32),
        length=length,
        half_width=widths.limb_half_widths(person_sizes(people))[person],
    )


def _add_heatmaps(fields: NDArray[np.float32], keypoints: NDArray[np.float32], sigma: float, spec: FieldSpec) -> None:
    seen = keypoints[:, 2] > 0
    points = keypoints[seen, :2].astype(np.float64)
    left, top, right, bottom = _windows(points.min(axis=0), points.max(axis=0), GAUSSIAN_REACH * sigma, fields, spec)
    gauss_x, gauss_y = (
        np.exp(-(((np.arange(int(low), int(high)) + 0.5) * spec.stride - points[:, axis, None]) ** 2) / (2 * sigma**2))
        for axis, (low, high) in enumerate(((left, right), (top, bottom)))
    )
    gauss = gauss_y.astype(np.float32)[:, :, None] * gauss_x.astype(np.float32)[:, None, :]
    for channel, values in zip(np.array(spec.heatmaps)[seen], gauss, strict=True):
        part = fields[channel, top:bottom, left:right]
        np.maximum(part, values, out=part)


def _add_pafs(fields: NDArray[np.float32], strips: Strips, spec: FieldSpec) -> None:
    """All strips at once: one flat list of the cells around each strip."""
    end = strips.start + strips.unit * strips.length[:, None]
    low, high = np.minimum(strips.start, end), np.maximum(strips.start, end)
    left, top, right, bottom = _windows(low, high, 1.5 * strips.half_width[:, None], fields, spec)
    columns, cells = right - left, (right - left) * (bottom - top)
    which = np.repeat(np.arange(len(cells)), cells)
    row, column = np.divmod(np.arange(len(which)) - np.repeat(np.cumsum(cells) - cells, cells), columns[which])
    row, column = row + top[which], column + left[which]
    start, unit, half_width = strips.start[which], strips.unit[which], strips.half_width[which]
    x, y = (column + 0.5) * spec.stride - start[:, 0], (row + 0.5) * spec.stride - start[:, 1]
    along = x * unit[:, 0] + y * unit[:, 1]
    across = np.abs(x * unit[:, 1] - y * unit[:, 0])
    inside = (along >= -half_width / 2) & (along <= strips.length[which] + half_width / 2) & (across <= half_width)
    place = row[inside] * fields.shape[2] + column[inside]
    _add_means(fields, strips.limb[which[inside]], place, unit[inside], spec)


def _add_means(
    fields: NDArray[np.float32],
    limb: NDArray[np.intp],
    place: NDArray[np.intp],
    unit: NDArray[np.float32],
    spec: FieldSpec,
) -> None:
    """Add the mean unit vector of every (limb, place) pair; place: (n,) flat index of a cell."""
    size = fields[0].size
    overlaps = np.bincount(limb * size + place, minlength=1)
    flat, pafs = fields.reshape(-1), np.array(spec.pafs)
    share = (1 / overlaps[limb * size + place]).astype(np.float32)
    for axis in (0, 1):
        np.add.at(flat, pafs[limb, axis] * size + place, unit[:, axis] * share)


def person_sizes(people: NDArray[np.float32]) -> NDArray[np.float64]:
    """A length in pixels comparable to the body height of each of (n, 18, 3) people, (n,); 0 where nothing is seen.

    It is the largest of the longer side of the box around the seen points, 3.5 times the shoulders' width and 3.2 times
    the trunk's length. Source of the factors: the recipe of the first weights (model/MODEL_CARD.md).
    """
    seen, points = people[..., 2] > 0, people[..., :2].astype(np.float64)
    high = np.where(seen[..., None], points, -np.inf).max(axis=1)
    low = np.where(seen[..., None], points, np.inf).min(axis=1)
    ways = points[:, _TRUNK[:, 0]] - points[:, _TRUNK[:, 1]]
    lengths = np.hypot(ways[..., 0], ways[..., 1]) * _TRUNK_FACTORS
    lengths[~(seen[:, _TRUNK[:, 0]] & seen[:, _TRUNK[:, 1]])] = 0
    sizes: NDArray[np.float64] = np.maximum((high - low).max(axis=1), lengths.max(axis=1))
    return sizes


def _windows(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    reach: float | NDArray[np.float64],
    fields: NDArray[np.float32],
    spec: FieldSpec,
) -> tuple[NDArray[np.intp], ...]:
    """The cells whose centres may lie within `reach` pixels of boxes: left, top, and, exclusive, right, bottom.

    low, high: (..., 2) x, y of the boxes' corners in input pixels.
    """
    cells = np.array(fields.shape[:0:-1])
    first = np.clip(np.floor((low - reach) / spec.stride).astype(np.intp), 0, cells)
    end = np.clip(np.ceil((high + reach) / spec.stride).astype(np.intp), first, cells)
    return first[..., 0], first[..., 1], end[..., 0], end[..., 1]
