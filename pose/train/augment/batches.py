"""Makes the batch of a step, augmented crops and their targets, on the CPU or on the device that trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pose.fields import FieldSpec, TargetWidths
from pose.train.augment import AugmentConfig
from pose.train.augment.crops import Plan, cut, plan
from pose.train.augment.device import DevicePictures, change
from pose.train.augment.device_targets import Shapes, device_targets, shapes
from pose.train.augment.targets import make_targets
from pose.train.data.cache import Cache

SIZE_STEP: Final = 32  # pixels: every network takes multiples of it


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws the crops of a step; no state passes from step to step, so that a resumed run draws the same crops.

    sizes: (size, batch) pairs used in turn: the crop's side in pixels and the number of crops.
    seed, rank: the run's seed and this process's number; both change the crops.
    widths: of peaks and limbs in the targets.
    """

    cache: Cache
    augment: AugmentConfig
    spec: FieldSpec
    sizes: Sequence[tuple[int, int]]
    seed: int = 0
    rank: int = 0
    widths: TargetWidths = field(default_factory=TargetWidths)

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that networks cannot take, and for empty batches."""
        for size, batch in self.sizes:
            if size < SIZE_STEP or size % SIZE_STEP or batch < 1:
                raise ValueError(f"sizes: expected multiples of {SIZE_STEP} and batches >= 1, got {size}, {batch}")
        if not self.sizes:
            raise ValueError("sizes: expected at least one pair of size and batch, got none")

    def plan(self, step: int) -> Plan:
        """The step's crops, of examples drawn by their weights."""
        size, batch = self.sizes[step % len(self.sizes)]
        rng = np.random.default_rng((self.seed, step, self.rank))
        share = np.cumsum(self.cache.weights)
        places = np.searchsorted(share, rng.random(batch) * share[-1], side="right")
        return plan(self.cache, places, self.augment, size, rng)


class CropBatches:
    """Makes batches by NumPy and OpenCV; call it with a step.

    A batch of N crops of S pixels: `picture` (N, S, S, 3) uint8 BGR; `fields` (N, C, h, w), `pose_mask` and
    `head_mask` (N, h, w) float32 as in `Targets`; `human` (N,) bool: keypoints labelled by people; `site` (N,) bool:
    heads are labelled.
    """

    def __init__(self, draws: Draws) -> None:
        self.draws = draws

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of this step, on the CPU."""
        draws = self.draws
        planned = draws.plan(step)
        crops = cut(draws.cache, planned, draws.augment)
        targets = [make_targets(crop, draws.spec, draws.widths) for crop in crops]
        return {
            "picture": _stacked([crop.pixels for crop in crops]),
            "fields": _stacked([target.fields for target in targets]),
            "pose_mask": _stacked([target.pose_mask for target in targets]),
            "head_mask": _stacked([target.head_mask for target in targets]),
            **_kinds(planned),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The CPU's part of a batch, from which a device makes the rest."""

    plan: Plan
    shapes: Shapes


class DeviceCropBatches:
    """Makes the batches of `CropBatches` on a device that holds all pictures; targets are the same.

    Where one thread cannot keep a fast device busy, other processes call `prepare(draws, step)`, which needs no device
    and returns what can be pickled, and this process calls `finish`. JPEG artefacts approximate libjpeg's, dusk has
    other noise, and other pixels differ by rounding.
    """

    def __init__(self, draws: Draws, device: torch.device | str) -> None:
        self.draws = draws
        self.pictures = DevicePictures(draws.cache, torch.device(device))

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of this step, on the device."""
        return self.finish(prepare(self.draws, step))

    def finish(self, prepared: Prepared) -> dict[str, Tensor]:
        """The batch on the device."""
        device, planned = self.pictures.device, prepared.plan
        changed = change(self.pictures.warped(planned), self.draws.augment, planned.photometry)
        return {
            "picture": changed.to(torch.uint8).permute(0, 2, 3, 1).contiguous(),
            **device_targets(prepared.shapes, self.draws.spec, device),
            **{name: values.to(device) for name, values in _kinds(planned).items()},
        }


def prepare(draws: Draws, step: int) -> Prepared:
    """Draw and compute the CPU's part of a batch; it reads no pixels."""
    planned = draws.plan(step)
    return Prepared(planned, shapes(planned.labels, planned.size, draws.spec, draws.widths))


def _stacked(arrays: Sequence[NDArray[np.uint8]] | Sequence[NDArray[np.float32]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays))


def _kinds(planned: Plan) -> dict[str, Tensor]:
    return {name: torch.from_numpy(getattr(planned.labels, name)) for name in ("human", "site")}
