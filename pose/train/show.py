"""Draws a network's fields beside its targets, for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from pose.fields import FieldSpec
from pose.train.augment.draw_targets import draw_heatmaps, draw_pafs, enlarged
from pose.train.augment.targets import Targets
from pose.train.loop.prefetch import Batch

ROWS: Final = 4


def show_batch(network: nn.Module, batch: Batch, spec: FieldSpec) -> Mapping[str, NDArray[np.uint8]]:
    """`crops`: the first crops of a batch, a row each: the crop, heatmaps (target, answer), PAFs (target, answer)."""
    pictures = batch["picture"][:ROWS]
    stages = network(pictures.permute(0, 3, 1, 2).float() / 256 - 0.5)
    answered = stages[-1].float().cpu().numpy()
    rows = []
    for index, pixels in enumerate(pictures.cpu().numpy()):
        masks = [batch[name][index].cpu().numpy() for name in ("pose_mask", "head_mask")]
        target = Targets(batch["fields"][index].cpu().numpy(), *masks)
        answer = Targets(answered[index], *(np.ones_like(mask) for mask in masks))
        picture = enlarged(pixels)
        panels = [draw(picture, fields, spec) for draw in (draw_heatmaps, draw_pafs) for fields in (target, answer)]
        rows.append(np.hstack([picture, *panels]))
    return {"crops": np.vstack(rows)}
