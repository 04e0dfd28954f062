"""Draws a network's answers beside its targets, for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from pose.fields import FieldSpec
from pose.proposals import KINDS, PERSON
from pose.train.augment.draw_targets import draw_heatmaps, draw_pafs, draw_values, enlarged
from pose.train.augment.targets import Targets
from pose.train.loop.prefetch import Batch

Arrays = Mapping[str, NDArray[np.float32]]
Picture = NDArray[np.uint8]
Panels = Callable[[Picture, Arrays, NDArray[np.float32]], Sequence[Picture]]
"""The enlarged crop, its entries of the batch and the answer to it -> drawings as large as the enlarged crop."""

ROWS: Final = 4


def show_batch(network: nn.Module, batch: Batch, panels: Panels) -> Mapping[str, Picture]:
    """`crops`: the first crops of a batch, a row each: the crop and its panels."""
    pictures = batch["picture"][:ROWS]
    answered = network(pictures.permute(0, 3, 1, 2).float() / 256 - 0.5)[-1].float().cpu().numpy()
    rows = []
    for index, answer in enumerate(answered):
        one = {name: values[index].cpu().numpy() for name, values in batch.items()}
        picture = enlarged(one["picture"])
        rows.append(np.hstack([picture, *panels(picture, one, answer)]))
    return {"crops": np.vstack(rows)}


def field_panels(picture: Picture, one: Arrays, answer: NDArray[np.float32], spec: FieldSpec) -> Sequence[Picture]:
    """Heatmaps (target, answer), PAFs (target, answer)."""
    masks = one["pose_mask"], one["head_mask"]
    both = Targets(one["fields"], *masks), Targets(answer, *(np.ones_like(mask) for mask in masks))
    return [draw(picture, fields, spec) for draw in (draw_heatmaps, draw_pafs) for fields in both]


def proposal_panels(picture: Picture, one: Arrays, answer: NDArray[np.float32]) -> Sequence[Picture]:
    """Responsibility for people (target, answer), the highest one for a keypoint (target, answer)."""
    there, known = one["proposals"][:KINDS], one["known"]
    both = (there, known), (answer[:KINDS], np.ones_like(known))
    groups = slice(PERSON, PERSON + 1), slice(PERSON + 1, KINDS)
    return [draw_values(picture, values[kinds].max(axis=0), mask[kinds].max(axis=0))
            for kinds in groups for values, mask in both]  # fmt: skip
