"""The loss of proposals: squared errors against the labelled boxes and edges.

Equation 5 of Sekii, "Pose Proposal Networks" (ECCV 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from pose.proposals import EDGES, KINDS, VALUES, ProposalSpec
from pose.train.losses import total

_STARTS: Final = [start for start, _ in EDGES]
_ENDS: Final = [end for _, end in EDGES]
_TINY: Final = 1e-6  # keeps roots differentiable and shares finite at 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLossConfig:
    """The weights of the parts; each part is a sum over a crop's cells, and the mean over the crops of the batch.

    Source of the defaults: the paper, section 3.4.
    """

    responsibility: float = 0.25
    """Which cells have a person or keypoint."""
    overlap: float = 1.0
    """How well the answered box fits, where there is one."""
    place: float = 5.0
    """The middles of boxes, in cells."""
    size: float = 5.0
    """The square roots of widths and heights."""
    edges: float = 0.5
    """Edges of cells in which one of their ends lies."""


def proposal_loss(
    stages: Sequence[Tensor], batch: Mapping[str, Tensor], spec: ProposalSpec, config: ProposalLossConfig
) -> dict[str, Tensor]:
    """The parts of the loss, summed over a network's stages, and `loss`, their weighted sum.

    stages: proposals (N, C, h, w) of each stage; the last is the answer.
    batch: `proposals` (N, C, h, w), and `known` (N, kinds, h, w): 1 where labels tell whether a kind is in a cell.
    """
    return total([_parts(stage.float(), batch, spec) for stage in stages], config)


def _parts(answer: Tensor, batch: Mapping[str, Tensor], spec: ProposalSpec) -> dict[str, Tensor]:
    responsibility, overlap, x, y, width, height = boxes = _boxes(answer)
    there, _, true_x, true_y, true_width, true_height = true = _boxes(batch["proposals"])
    known = batch["known"]
    size = (_root(width) - _root(true_width)) ** 2 + (_root(height) - _root(true_height)) ** 2
    errors = {
        "responsibility": known * (responsibility - there) ** 2,
        "overlap": there * (overlap - overlaps(boxes[2:], true[2:], spec).detach()) ** 2,
        "place": there * ((x - true_x) ** 2 + (y - true_y) ** 2),
        "size": there * size,
        "edges": edge_weights(there, known, spec) * (_edges(answer, spec) - _edges(batch["proposals"], spec)) ** 2,
    }
    return {name: error.sum() / len(answer) for name, error in errors.items()}


def overlaps(one: Sequence[Tensor], other: Sequence[Tensor], spec: ProposalSpec) -> Tensor:
    """Intersection over union of boxes of the same cells: x, y, width and height as in `ProposalSpec`."""
    shared, areas = torch.ones_like(one[0]), torch.zeros_like(one[0])
    for middle, side in ((0, 2), (1, 3)):
        ends = [(box[middle] * spec.stride, box[side] * spec.unit / 2) for box in (one, other)]
        low = torch.maximum(*(at - half for at, half in ends))
        high = torch.minimum(*(at + half for at, half in ends))
        shared = shared * (high - low).clamp(min=0)
    for box in (one, other):
        areas = areas + box[2] * box[3] * spec.unit**2
    return shared / (areas - shared).clamp(min=_TINY)


def edge_weights(there: Tensor, known: Tensor, spec: ProposalSpec) -> Tensor:
    """(N, edges, window, h, w): 1 where an edge counts, which leads from each cell to those around it.

    Source: equation 5; an edge is learned where its start is in the cell or its end in the other one. It is not where
    labels leave one of the ends open, nor where the other cell lies outside the crop.
    there, known: (N, kinds, h, w), 1 where a kind is, and where labels tell whether it is.
    """
    either = torch.maximum(there[:, _STARTS, None], _around(there[:, _ENDS], spec.reach))
    return either * known[:, _STARTS, None] * _around(known[:, _ENDS], spec.reach)


def _around(values: Tensor, reach: int) -> Tensor:
    """(N, E, h, w) -> (N, E, window, h, w): the values of the cells around each, 0 outside."""
    height, width = values.shape[-2:]
    unfolded = functional.unfold(values, 2 * reach + 1, padding=reach)
    return unfolded.view(*values.shape[:2], -1, height, width)


def _boxes(proposals: Tensor) -> tuple[Tensor, ...]:
    """Responsibility, overlap, x, y, width, height, each (N, kinds, h, w)."""
    return torch.split(proposals[:, : VALUES * KINDS], KINDS, dim=1)


def _edges(proposals: Tensor, spec: ProposalSpec) -> Tensor:
    """(N, edges, window, h, w)."""
    return torch.stack(torch.split(proposals[:, VALUES * KINDS :], spec.window, dim=1), dim=1)


def _root(values: Tensor) -> Tensor:
    return (values + _TINY).sqrt()
