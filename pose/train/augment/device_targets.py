"""The targets of a batch, painted on the device from tables of the shapes that the crops' labels make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pose.fields import HEAD_UNIT, FieldSpec, TargetWidths, person_sizes, strips
from pose.train.augment.crops import Crop
from pose.train.targets import HEAD_CORE, boxes_mask, head_channels, head_sigma, hidden_capsules, seen_people

_AT_ONCE: Final = 4096  # shapes painted in one go: what bounds the memory needed


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """What a batch's targets are painted from; each row of a table starts with the number of its crop.

    cells: the fields' side. gaussians: crop, channel, x, y, sigma. strips: crop, limb, start x, y, unit x, y, length,
    half width. heads: crop, channel, x, y, sigma, longer side. capsules: crop, x, y, x, y, radius. pose_mask:
    (N, h, w) float32 without the capsules. heads_complete: (N,) bool. All in input pixels and float64, so that the
    edges of shapes fall into the same cells wherever they are painted.
    """

    cells: int
    gaussians: NDArray[np.float64]
    strips: NDArray[np.float64]
    heads: NDArray[np.float64]
    capsules: NDArray[np.float64]
    pose_mask: NDArray[np.float32]
    heads_complete: NDArray[np.bool_]


def shapes(crops: Sequence[Crop], spec: FieldSpec, widths: TargetWidths) -> Shapes:
    """The shapes that the labels of crops of one size make."""
    heads = [_head_rows(crop, spec) for crop in crops] if spec.helmeted_heads is not None else []
    return Shapes(
        cells=crops[0].size // spec.stride,
        gaussians=_table([_keypoint_gaussians(crop, spec, widths) for crop in crops], 5),
        strips=_table([_strip_rows(crop, widths) for crop in crops], 8),
        heads=_table(heads, 6),
        capsules=_table([hidden_capsules(crop, spec.stride, widths) for crop in crops], 6),
        pose_mask=np.stack([boxes_mask(crop, spec.stride) for crop in crops]),
        heads_complete=np.array([crop.heads_complete for crop in crops]),
    )


def device_targets(shapes: Shapes, spec: FieldSpec, device: torch.device) -> dict[str, Tensor]:
    """`fields` (N, C, h, w), `pose_mask` and `head_mask` (N, h, w) as `make_targets` makes them."""
    gaussians, limbs, heads, capsules = (
        torch.from_numpy(table).to(device) for table in (shapes.gaussians, shapes.strips, shapes.heads, shapes.capsules)
    )
    canvas = _Canvas(len(shapes.pose_mask), spec, shapes.cells, device)
    canvas.add_gaussians(gaussians)
    canvas.add_strips(limbs)
    if spec.background is not None:
        canvas.fields[:, spec.background] = 1 - canvas.fields[:, list(spec.heatmaps)].amax(dim=1)
    canvas.add_heads(heads)
    complete = torch.from_numpy(shapes.heads_complete).to(device, torch.float32)
    return {
        "fields": canvas.fields,
        "pose_mask": canvas.mask(torch.tensor(shapes.pose_mask, device=device), capsules),
        "head_mask": complete[:, None, None].repeat(1, shapes.cells, shapes.cells),
    }


class _Canvas:
    """The fields of a batch while they are painted."""

    def __init__(self, crops: int, spec: FieldSpec, cells: int, device: torch.device) -> None:
        self.spec = spec
        self.fields = torch.zeros(crops, spec.channels, cells, cells, device=device)
        self._centres = (torch.arange(cells, device=device, dtype=torch.float64) + 0.5) * spec.stride

    def add_gaussians(self, rows: Tensor) -> Tensor:
        """Paint rows of crop, channel, x, y, sigma by the maximum; returns the Gaussians (n, h, w)."""
        x, y = self._away(rows[:, 2], rows[:, 3])
        spread = 2 * rows[:, 4, None] ** 2
        gauss = torch.exp(-(y**2) / spread).float()[:, :, None] * torch.exp(-(x**2) / spread).float()[:, None, :]
        place = (rows[:, 0] * self.spec.channels + rows[:, 1]).long()
        values = gauss.flatten(1)
        self.fields.flatten(0, 1).flatten(1).scatter_reduce_(0, place[:, None].expand_as(values), values, "amax")
        return gauss

    def add_strips(self, rows: Tensor) -> None:
        """Paint rows of crop, limb, start x, y, unit x, y, length, half width by the mean."""
        crops, _, *cells = self.fields.shape
        pafs = torch.tensor(self.spec.pafs, device=rows.device)
        sums = torch.zeros(3, crops, len(pafs), *cells, device=rows.device)
        for part in torch.split(rows, _AT_ONCE):
            inside = self._inside(part).float()
            place = (part[:, 0] * len(pafs) + part[:, 1]).long()
            for total, value in zip(sums, (part[:, 4], part[:, 5], torch.ones_like(part[:, 0])), strict=True):
                total.view(-1, *cells).index_add_(0, place, inside * value.float()[:, None, None])
        for axis in (0, 1):
            self.fields[:, pafs[:, axis]] = sums[axis] / sums[2].clamp(min=1)

    def add_heads(self, rows: Tensor) -> None:
        """Paint rows of crop, channel, x, y, sigma, longer side: centres, and around each its size and offset."""
        gauss = self.add_gaussians(rows[:, :5])
        if not len(rows):
            return
        crop, spec = rows[:, 0].long(), self.spec
        highest = self.fields[:, [c for c in (spec.helmeted_heads, spec.bare_heads) if c is not None]].amax(dim=1)
        head, row, column = ((gauss >= HEAD_CORE) & (gauss == highest[crop])).nonzero(as_tuple=True)
        x, y = self._away(rows[head, 2], rows[head, 3])
        which = torch.arange(len(head), device=rows.device)
        values: list[tuple[int, Tensor]] = []
        if spec.head_size is not None:
            values.append((spec.head_size, torch.log2(rows[head, 5] / HEAD_UNIT)))
        if spec.head_offset is not None:
            values.append((spec.head_offset[0], -x[which, column] / spec.stride))
            values.append((spec.head_offset[1], -y[which, row] / spec.stride))
        for channel, value in values:
            self.fields[crop[head], channel, row, column] = value.float()

    def mask(self, mask: Tensor, capsules: Tensor) -> Tensor:
        """`mask` (N, h, w), 0 also within rows of crop, x, y and x, y of both ends, radius."""
        for part in torch.split(capsules, _AT_ONCE):
            x, y = self._away(part[:, 1], part[:, 2])
            x, y = x[:, None, :], y[:, :, None]
            way_x, way_y = (part[:, 3:5] - part[:, 1:3])[:, :, None, None].unbind(dim=1)
            share = ((x * way_x + y * way_y) / (way_x**2 + way_y**2).clamp(min=1e-6)).clamp(0, 1)
            near = (x - share * way_x) ** 2 + (y - share * way_y) ** 2 <= part[:, 5, None, None] ** 2
            capsule, row, column = near.nonzero(as_tuple=True)
            mask[part[capsule, 0].long(), row, column] = 0
        return mask

    def _away(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """How far right of x each column's and below y each row's centre lies, (n, w) and (n, h)."""
        return self._centres - x[:, None], self._centres - y[:, None]

    def _inside(self, strips: Tensor) -> Tensor:
        x, y = self._away(strips[:, 2], strips[:, 3])
        x, y = x[:, None, :], y[:, :, None]
        unit_x, unit_y, length, half_width = strips[:, 4:, None, None].unbind(dim=1)
        along, across = x * unit_x + y * unit_y, (x * unit_y - y * unit_x).abs()
        return (along >= -half_width / 2) & (along <= length + half_width / 2) & (across <= half_width)


def _table(parts: Sequence[NDArray[np.float32] | NDArray[np.float64]], columns: int) -> NDArray[np.float64]:
    """The crops' rows below each other, each with its crop's number before it."""
    rows = [np.zeros((0, columns)), *(np.insert(part, 0, crop, axis=1) for crop, part in enumerate(parts))]
    return np.concatenate(rows, dtype=np.float64)


def _keypoint_gaussians(crop: Crop, spec: FieldSpec, widths: TargetWidths) -> NDArray[np.float64]:
    """(n, 4) channel, x, y, sigma."""
    people = seen_people(crop)
    person, keypoint = np.nonzero(people[..., 2])
    sigmas = widths.sigmas(person_sizes(people))
    channel = np.array(spec.heatmaps, np.float64)[keypoint]
    return np.column_stack([channel, people[person, keypoint, :2], sigmas[person]])


def _strip_rows(crop: Crop, widths: TargetWidths) -> NDArray[np.float64]:
    """(n, 7) limb, start x, y, unit x, y, length, half width."""
    limbs = strips(seen_people(crop), widths)
    return np.column_stack([limbs.limb, limbs.start, limbs.unit, limbs.length, limbs.half_width])


def _head_rows(crop: Crop, spec: FieldSpec) -> NDArray[np.float64]:
    """(k, 5) channel, x, y, sigma, longer side."""
    sigmas = head_sigma(crop.heads[:, 2], spec.stride)
    return np.column_stack([head_channels(crop, spec), crop.heads[:, :2], sigmas, crop.heads[:, 2]]).astype(np.float64)
