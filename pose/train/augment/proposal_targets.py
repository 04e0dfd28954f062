"""The targets of a batch for networks that answer proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pose.proposals import KINDS, PERSON, ProposalSpec, encode
from pose.train.augment.crops import Crop, crop_of
from pose.train.augment.targets import UNSURE_SHARE, boxes_around, counted_cells, fill_cells, labelled_sizes
from pose.train.data.examples import TARGET, UNSURE
from pose.train.data.labels import Labels

Prepared = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class ProposalTargets:
    """Makes `proposals` (N, C, h, w), what a perfect network would answer, and `known` (N, kinds, h, w), both float32.

    `known` is 1 in cells where labels tell whether a kind is there: where it is, and where it is not and everybody is
    labelled. It is 0 for a keypoint's kind where such a keypoint is unsure, and for whole people around a person of
    whom nothing is sure.
    """

    layout: ProposalSpec

    def of_crops(self, crops: Sequence[Crop]) -> dict[str, Tensor]:
        """Made by NumPy, on the CPU."""
        proposals = [self._proposals(crop) for crop in crops]
        known = [_known(crop, there[:KINDS], self.layout) for crop, there in zip(crops, proposals, strict=True)]
        return {"proposals": torch.from_numpy(np.stack(proposals)), "known": torch.from_numpy(np.stack(known))}

    def prepare(self, labels: Labels, size: int) -> Prepared:
        """The targets: there are few cells, and no device would make them faster."""
        black = np.zeros((size, size, 3), np.uint8)
        return self.of_crops([crop_of(labels, index, black) for index in range(len(labels.human))])

    def finish(self, prepared: Prepared, device: torch.device) -> dict[str, Tensor]:
        """Moved to the device."""
        return {name: values.to(device) for name, values in prepared.items()}

    def _proposals(self, crop: Crop) -> NDArray[np.float32]:
        return encode(list(crop.people), self.layout, height=crop.size, width=crop.size)


def _known(crop: Crop, there: NDArray[np.float32], spec: ProposalSpec) -> NDArray[np.float32]:
    """(kinds, h, w); there: the same, 1 where a kind is."""
    known = np.repeat(counted_cells(crop, spec.stride)[None], KINDS, axis=0)
    person, keypoint = np.nonzero(crop.people[..., 2] == UNSURE)
    middles, reach = crop.people[person, keypoint, :2], UNSURE_SHARE * labelled_sizes(crop.people)[person, None]
    boxes = np.concatenate([middles - reach, middles + reach], axis=1).astype(np.float32)
    for kind, box in zip((1 + keypoint).tolist(), boxes, strict=True):
        fill_cells(known[kind], box[None], spec.stride, 0)
    unsure = crop.people[~(crop.people[..., 2] == TARGET).any(axis=1)]
    fill_cells(known[PERSON], boxes_around(unsure), spec.stride, 0)
    known[there > 0] = 1
    return known
