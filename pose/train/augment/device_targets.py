"""Makes the targets of a batch on a device, from tables of the shapes that the crops' labels make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pose.fields import HEAD_UNIT, FieldSpec, TargetWidths, person_sizes, strips
from pose.train.augment.targets import (
    HEAD_CORE,
    boxes_around,
    head_channels,
    head_sigma,
    hidden_capsules,
    touched_cells,
    with_ends,
)
from pose.train.data.labels import Labels

_AT_ONCE: Final = 4096  # shapes painted at once, to bound the memory needed


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The shapes from which a batch's targets are painted; each row of a table starts with the index of its crop.

    cells: the fields' side. gaussians: crop, channel, x, y, sigma. strips: crop, limb, start x, y, unit x, y, length,
    half width. heads: crop, channel, x, y, sigma, longer side. All are float64 in input pixels, so that the edges of
    shapes fall into the same cells on every device.
    counted, ignored: crop, left, top, right, bottom in cells, the last two exclusive. capsules: crop, x, y, x, y,
    radius in pixels. Keypoints and limbs count in `counted`, except in `ignored` and in `capsules`.
    heads_complete: (N,) bool.
    """

    cells: int
    gaussians: NDArray[np.float64]
    strips: NDArray[np.float64]
    heads: NDArray[np.float64]
    counted: NDArray[np.float64]
    ignored: NDArray[np.float64]
    capsules: NDArray[np.float64]
    heads_complete: NDArray[np.bool_]


def shapes(labels: Labels, size: int, spec: FieldSpec, widths: TargetWidths) -> Shapes:
    """The shapes of the labels of crops with a side of `size` pixels."""
    person, capsules = hidden_capsules(labels.people, spec.stride, widths)
    return Shapes(
        cells=size // spec.stride,
        gaussians=_keypoint_gaussians(labels, spec, widths),
        strips=_strip_rows(labels, widths),
        heads=_head_rows(labels, spec),
        counted=_counted_cells(labels, size, spec.stride),
        ignored=_table(labels.ignore_of, touched_cells(with_ends(labels.ignore), spec.stride)),
        capsules=_table(labels.person_of[person], capsules),
        heads_complete=labels.heads_complete,
    )


def device_targets(shapes: Shapes, spec: FieldSpec, device: torch.device) -> dict[str, Tensor]:
    """`fields` (N, C, h, w), `pose_mask` and `head_mask` (N, h, w) as `make_targets` makes them."""
    gaussians, limbs, heads, counted, ignored, capsules = (
        torch.from_numpy(table).to(device)
        for table in (
            shapes.gaussians, shapes.strips, shapes.heads, shapes.counted, shapes.ignored, shapes.capsules,
        )
    )  # fmt: skip
    canvas = _Canvas(len(shapes.heads_complete), spec, shapes.cells, device)
    canvas.add_gaussians(gaussians)
    canvas.add_strips(limbs)
    if spec.background is not None:
        canvas.fields[:, spec.background] = 1 - canvas.fields[:, list(spec.heatmaps)].amax(dim=1)
    if spec.helmeted_heads is not None:
        canvas.add_heads(heads)
    complete = torch.from_numpy(shapes.heads_complete).to(device, torch.float32)
    return {
        "fields": canvas.fields,
        "pose_mask": canvas.mask(counted, ignored, capsules),
        "head_mask": complete[:, None, None].repeat(1, shapes.cells, shapes.cells),
    }


class _Canvas:
    """The fields of a batch while shapes are painted on them."""

    def __init__(self, crops: int, spec: FieldSpec, cells: int, device: torch.device) -> None:
        self.spec = spec
        self.fields = torch.zeros(crops, spec.channels, cells, cells, device=device)
        self._centres = (torch.arange(cells, device=device, dtype=torch.float64) + 0.5) * spec.stride

    def add_gaussians(self, rows: Tensor) -> Tensor:
        """Paint Gaussians by the maximum, and return them (n, h, w); rows: crop, channel, x, y, sigma."""
        x, y = self._away(rows[:, 2], rows[:, 3])
        spread = 2 * rows[:, 4, None] ** 2
        gauss = torch.exp(-(y**2) / spread).float()[:, :, None] * torch.exp(-(x**2) / spread).float()[:, None, :]
        place = (rows[:, 0] * self.spec.channels + rows[:, 1]).long()
        values = gauss.flatten(1)
        self.fields.flatten(0, 1).flatten(1).scatter_reduce_(0, place[:, None].expand_as(values), values, "amax")
        return gauss

    def add_strips(self, rows: Tensor) -> None:
        """Paint strips by the mean; rows: crop, limb, start x, y, unit x, y, length, half width."""
        pafs = torch.tensor(self.spec.pafs, device=rows.device)
        sums = self._summed(rows, rows[:, 0] * len(pafs) + rows[:, 1], len(pafs), self._strips)
        for axis in (0, 1):
            self.fields[:, pafs[:, axis]] = sums[axis] / sums[2].clamp(min=1)

    def add_heads(self, rows: Tensor) -> None:
        """Paint heads' centres, and around each its size and offset; rows: crop, channel, x, y, sigma, longer side."""
        gauss = self.add_gaussians(rows[:, :5])
        crop, spec = rows[:, 0].long(), self.spec
        if spec.head_size is None or spec.head_offset is None:
            return
        highest = self.fields[:, [c for c in (spec.helmeted_heads, spec.bare_heads) if c is not None]].amax(dim=1)
        core = ((gauss >= HEAD_CORE) & (gauss == highest[crop])).float()
        x, y = self._away(rows[:, 2], rows[:, 3])
        sizes = torch.log2(rows[:, 5] / HEAD_UNIT)[:, None, None].expand_as(core)
        across, down = (-x[:, None, :] / spec.stride).expand_as(core), (-y[:, :, None] / spec.stride).expand_as(core)
        sums = torch.zeros(4, *highest.shape, device=rows.device)
        for total, values in zip(sums, (sizes, across, down, torch.ones_like(core)), strict=True):
            total.index_add_(0, crop, values.float() * core)
        self.fields[:, [spec.head_size, *spec.head_offset]] = (sums[:3] / sums[3].clamp(min=1)).transpose(0, 1)

    def mask(self, counted: Tensor, ignored: Tensor, capsules: Tensor) -> Tensor:
        """(N, h, w) float32: 1 where keypoints and limbs count (`Shapes`)."""
        inside, without, near = (
            self._summed(rows, rows[:, 0], 1, inside)[0, :, 0] > 0
            for rows, inside in ((counted, self._boxes), (ignored, self._boxes), (capsules, self._capsules))
        )
        return (inside & ~without & ~near).float()

    def _summed(
        self, rows: Tensor, places: Tensor, channels: int, paint: Callable[[Tensor], tuple[Tensor, ...]]
    ) -> Tensor:
        """(V, N, channels, h, w) float32: the sums of the V values (n, h, w) that `paint` makes of the rows.

        places: (n,) flat index of each row's crop and channel.
        """
        crops, _, *cells = self.fields.shape
        sums: list[Tensor] = []
        for part, place in zip(torch.split(rows, _AT_ONCE), torch.split(places.long(), _AT_ONCE), strict=True):
            for number, values in enumerate(paint(part)):
                if number == len(sums):
                    sums.append(torch.zeros(crops * channels, *cells, device=rows.device))
                sums[number].index_add_(0, place, values.float())
        return torch.stack(sums).view(-1, crops, channels, *cells)

    def _away(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The distance of each column's centre to the right of x, (n, w), and of each row's centre below y, (n, h)."""
        return self._centres - x[:, None], self._centres - y[:, None]

    def _strips(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Unit x, unit y and 1 inside each strip."""
        x, y = self._away(rows[:, 2], rows[:, 3])
        x, y = x[:, None, :], y[:, :, None]
        unit_x, unit_y, length, half_width = rows[:, 4:, None, None].unbind(dim=1)
        along, across = x * unit_x + y * unit_y, (x * unit_y - y * unit_x).abs()
        inside = ((along >= -half_width / 2) & (along <= length + half_width / 2) & (across <= half_width)).float()
        return inside * unit_x.float(), inside * unit_y.float(), inside

    def _boxes(self, rows: Tensor) -> tuple[Tensor, ...]:
        cells = torch.arange(len(self._centres), device=rows.device)
        left, top, right, bottom = rows[:, 1:, None].unbind(dim=1)
        across, down = (cells >= left) & (cells < right), (cells >= top) & (cells < bottom)
        return (down[:, :, None] & across[:, None, :],)

    def _capsules(self, rows: Tensor) -> tuple[Tensor, ...]:
        x, y = self._away(rows[:, 1], rows[:, 2])
        x, y = x[:, None, :], y[:, :, None]
        axis_x, axis_y = (rows[:, 3:5] - rows[:, 1:3])[:, :, None, None].unbind(dim=1)
        share = ((x * axis_x + y * axis_y) / (axis_x**2 + axis_y**2).clamp(min=1e-6)).clamp(0, 1)
        return ((x - share * axis_x) ** 2 + (y - share * axis_y) ** 2 <= rows[:, 5, None, None] ** 2,)


def _table(crop: NDArray[np.intp], *columns: NDArray[Any]) -> NDArray[np.float64]:
    """A table of the crop's index and the columns, each (n,) or (n, k)."""
    return np.column_stack([crop, *columns]).astype(np.float64)


def _keypoint_gaussians(labels: Labels, spec: FieldSpec, widths: TargetWidths) -> NDArray[np.float64]:
    person, keypoint = np.nonzero(labels.people[..., 2] > 0)
    sigmas = widths.sigmas(person_sizes(labels.people))[person]
    channel = np.array(spec.heatmaps)[keypoint]
    return _table(labels.person_of[person], channel, labels.people[person, keypoint, :2], sigmas)


def _strip_rows(labels: Labels, widths: TargetWidths) -> NDArray[np.float64]:
    limbs = strips(labels.people, widths)
    crop = labels.person_of[limbs.person]
    return _table(crop, limbs.limb, limbs.start, limbs.unit, limbs.length, limbs.half_width)


def _head_rows(labels: Labels, spec: FieldSpec) -> NDArray[np.float64]:
    heads, sigmas = labels.heads, head_sigma(labels.heads[:, 2], spec.stride)
    return _table(labels.head_of, head_channels(labels.helmeted, spec), heads[:, :2], sigmas, heads[:, 2])


def _counted_cells(labels: Labels, size: int, stride: int) -> NDArray[np.float64]:
    """Whole crops where everybody is labelled, and the boxes around labelled people in the others."""
    complete = np.flatnonzero(labels.people_complete)
    alone = ~labels.people_complete[labels.person_of]
    whole = np.tile([0, 0, size // stride, size // stride], (len(complete), 1))
    around = touched_cells(boxes_around(labels.people[alone]), stride)
    return np.concatenate([_table(complete, whole), _table(labels.person_of[alone], around)])
