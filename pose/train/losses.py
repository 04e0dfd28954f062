"""The loss of training: squared errors of the fields against labels and a teacher's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pose.fields import FieldSpec
from pose.train.augment.targets import HEAD_CORE

POSITIVE = 0.05  # a target this far from 0 belongs to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """The weights of the loss's parts; each part is a mean over the cells of the batch.

    Source of the defaults: the first weights were trained with them (model/MODEL_CARD.md), except `head_boxes`
    (docs/measured/training-log.md). Nearly all cells are background, and a network that answers 0 would have a
    small loss: therefore cells on people count more.
    """

    heatmaps: float = 4.0
    """Squared error of heatmaps and background."""
    pafs: float = 1.0
    """Squared error of PAFs."""
    heads: float = 2.0
    """Squared error of the heads' centres."""
    head_boxes: float = 0.02
    """Absolute error of the heads' sizes and offsets, around their centres alone."""
    teacher: float = 0.5
    """`heatmaps` and `pafs`, with the same weights, against the teacher's fields."""
    features: float = 0.3
    """Squared error of the teacher's features, in variances."""
    on_keypoints: float = 2.0
    """Additional weight of a heatmap cell on a keypoint."""
    on_limbs: float = 1.0
    """Additional weight of a PAF cell on a limb."""
    on_heads: float = 10.0
    """Additional weight of a cell on a head's centre."""


def field_loss(
    stages: Sequence[Tensor], batch: Mapping[str, Tensor], spec: FieldSpec, config: LossConfig
) -> dict[str, Tensor]:
    """The parts of the loss, summed over a network's stages, and `loss`, their weighted sum.

    stages: fields (N, C, h, w) of each stage; the last is the answer.
    batch: `fields` (N, C, h, w), `pose_mask` and `head_mask` (N, h, w), `human` and `site` (N,); optionally `teacher`
    (N, C, h, w), for the teacher's part.
    """
    return total([_stage_loss(stage.float(), batch, spec, config) for stage in stages], config)


def total(stages: Sequence[Mapping[str, Tensor]], weights: object) -> dict[str, Tensor]:
    """The parts summed over stages, and `loss`, their sum by the attributes of `weights` that have their names."""
    parts = {name: torch.stack([stage[name] for stage in stages]).sum(0) for name in stages[0]}
    return {**parts, "loss": torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum(0)}


def _stage_loss(fields: Tensor, batch: Mapping[str, Tensor], spec: FieldSpec, config: LossConfig) -> dict[str, Tensor]:
    target, mask = batch["fields"], batch["pose_mask"][:, None]
    parts = _keypoint_parts(fields, target, mask, spec, config)
    if spec.helmeted_heads is not None and spec.bare_heads is not None:
        parts |= _head_parts(fields, target, batch["head_mask"][:, None], spec, config)
    if "teacher" in batch:
        weight = _teacher_mask(target, batch, spec)
        heatmaps, pafs = _keypoint_parts(fields, batch["teacher"], weight, spec, config).values()
        parts["teacher"] = config.heatmaps * heatmaps + config.pafs * pafs
    return parts


def _keypoint_parts(
    fields: Tensor, target: Tensor, mask: Tensor, spec: FieldSpec, config: LossConfig
) -> dict[str, Tensor]:
    """`heatmaps` and `pafs`; mask: (N, 1 or C, h, w)."""
    error = (fields - target) ** 2 * mask
    keypoints = target[:, list(spec.heatmaps)].amax(dim=1, keepdim=True).clamp(0, 1)
    limbs = [channel for pair in spec.pafs for channel in pair]
    heat = [*spec.heatmaps, *([] if spec.background is None else [spec.background])]
    cells = fields[:, 0].numel()
    return {
        "heatmaps": (error[:, heat] * (1 + config.on_keypoints * keypoints)).sum() / cells,
        "pafs": (error[:, limbs] * (1 + config.on_limbs * (target[:, limbs].abs() > POSITIVE))).sum() / cells,
    }


def _head_parts(fields: Tensor, target: Tensor, mask: Tensor, spec: FieldSpec, config: LossConfig) -> dict[str, Tensor]:
    """`heads`: centres; `head_boxes`: log size and offset, in the cells around each centre alone."""
    centres = [spec.helmeted_heads, spec.bare_heads]
    error = (fields[:, centres] - target[:, centres]) ** 2 * mask
    parts = {"heads": (error * (1 + config.on_heads * target[:, centres])).sum() / (mask.sum() + 1)}
    if spec.head_size is not None and spec.head_offset is not None:
        boxes = [spec.head_size, *spec.head_offset]
        near = (target[:, centres].amax(dim=1, keepdim=True) >= HEAD_CORE) * mask
        off = (fields[:, boxes] - target[:, boxes]).abs() * near
        parts["head_boxes"] = off.sum() / (near.sum() + 1)
    return parts


def _teacher_mask(target: Tensor, batch: Mapping[str, Tensor], spec: FieldSpec) -> Tensor:
    """(N, C, h, w) in {0, 1}: where the teacher's fields count.

    They do not count on keypoints and limbs that people labelled, nor in `ignore` regions of site pictures: these are
    people whom the teacher misses.
    """
    labelled = (target.abs() > POSITIVE).float()
    if spec.background is not None:
        labelled[:, spec.background] = (target[:, spec.background] < 1 - POSITIVE).float()
    human = batch["human"].float()[:, None, None, None]
    trusted = torch.where(batch["site"][:, None, None, None] > 0, batch["pose_mask"][:, None], torch.ones(()))
    return (1 - labelled * human) * trusted
