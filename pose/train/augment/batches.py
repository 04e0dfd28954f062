"""Makes the batch of a step, augmented crops and their targets, on the CPU or on the device that trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor

from pose.train.augment import AugmentConfig
from pose.train.augment.crops import Crop, Plan, cut, plan
from pose.train.augment.device import DevicePictures, change
from pose.train.data.cache import Cache
from pose.train.data.labels import Labels

SIZE_STEP: Final = 32  # pixels: every network takes multiples of it


class TargetMaker(Protocol):
    """Makes the targets of a batch, by the kind of answer that the network gives."""

    def of_crops(self, crops: Sequence[Crop]) -> dict[str, Tensor]:
        """The targets, on the CPU."""
        ...

    def prepare(self, labels: Labels, size: int) -> Any:  # noqa: ANN401 (each maker has its own)
        """The CPU's part of the targets of crops with a side of `size` pixels; it can be pickled."""
        ...

    def finish(self, prepared: Any, device: torch.device) -> dict[str, Tensor]:  # noqa: ANN401
        """The same targets of what `prepare` made, on a device."""
        ...


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws the crops of a step; no state passes from step to step, so that a resumed run draws the same crops.

    targets: makes the targets of crops.
    sizes: (size, batch) pairs used in turn: the crop's side in pixels and the number of crops.
    seed, rank: the run's seed and this process's number; both change the crops.
    """

    cache: Cache
    augment: AugmentConfig
    targets: TargetMaker
    sizes: Sequence[tuple[int, int]]
    seed: int = 0
    rank: int = 0

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

    A batch of N crops of S pixels: `picture` (N, S, S, 3) uint8 BGR; the targets; `human` (N,) bool: keypoints labelled
    by people; `site` (N,) bool: heads are labelled.
    """

    def __init__(self, draws: Draws) -> None:
        self.draws = draws

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of this step, on the CPU."""
        draws = self.draws
        planned = draws.plan(step)
        crops = cut(draws.cache, planned, draws.augment)
        picture = torch.from_numpy(np.stack([crop.pixels for crop in crops]))
        return {"picture": picture, **draws.targets.of_crops(crops), **_kinds(planned)}


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The CPU's part of a batch, from which a device makes the rest."""

    plan: Plan
    targets: Any


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
            **self.draws.targets.finish(prepared.targets, device),
            **{name: values.to(device) for name, values in _kinds(planned).items()},
        }


def prepare(draws: Draws, step: int) -> Prepared:
    """Draw and compute the CPU's part of a batch; it reads no pixels."""
    planned = draws.plan(step)
    return Prepared(planned, draws.targets.prepare(planned.labels, planned.size))


def _kinds(planned: Plan) -> dict[str, Tensor]:
    return {name: torch.from_numpy(getattr(planned.labels, name)) for name in ("human", "site")}
