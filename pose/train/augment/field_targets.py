"""The targets of a batch for networks that answer fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pose.fields import WIDTHS, FieldSpec, TargetWidths
from pose.train.augment.crops import Crop
from pose.train.augment.device_targets import Shapes, device_targets, shapes
from pose.train.augment.targets import make_targets
from pose.train.data.labels import Labels


@dataclass(frozen=True, slots=True)
class FieldTargets:
    """Makes `fields` (N, C, h, w), `pose_mask` and `head_mask` (N, h, w), float32 as in `Targets`.

    widths: of peaks and limbs.
    """

    layout: FieldSpec
    widths: TargetWidths = WIDTHS

    def of_crops(self, crops: Sequence[Crop]) -> dict[str, Tensor]:
        """Made by NumPy, on the CPU."""
        made = [make_targets(crop, self.layout, self.widths) for crop in crops]
        names = ("fields", "pose_mask", "head_mask")
        return {name: torch.from_numpy(np.stack([getattr(one, name) for one in made])) for name in names}

    def prepare(self, labels: Labels, size: int) -> Shapes:
        """The shapes to paint."""
        return shapes(labels, size, self.layout, self.widths)

    def finish(self, prepared: Shapes, device: torch.device) -> dict[str, Tensor]:
        """Painted on the device."""
        return device_targets(prepared, self.layout, device)
