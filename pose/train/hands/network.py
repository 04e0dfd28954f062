"""The network that sees a hand: a small residual network on crops, whose heatmaps become points inside it.

Source of the points: Sun et al., "Integral Human Pose Regression" (ECCV 2018): a keypoint is the mean place under its
heatmap's softmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pose.hands import HAND_KEYPOINTS
from pose.train.networks.blocks import ConvBnRelu, residual_stage, upsample_like

SIDE: Final = 96  # pixels of a crop's sides
GRID: Final = 24  # cells of a heatmap's sides
_COUNT: Final = len(HAND_KEYPOINTS)
_WIDTH: Final = 16  # channels of the first layer
_DEEPEST: Final = 192  # channels of the last one
_DROPPED: Final = 0.1  # share of the last features that training leaves out


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """heatmaps: (N, 21, GRID, GRID) log-odds of each cell, before the softmax over all cells.

    points: (N, 21, 2) x, y in shares of the crop's side. right: (N, 21) log-odds that a point is near its keypoint.
    hand, left: (N,) log-odds that the crop shows a hand, and a left one.
    """

    heatmaps: Tensor
    points: Tensor
    right: Tensor
    hand: Tensor
    left: Tensor


class HandNetwork(nn.Module):
    """Crops -> `Answer`."""

    def __init__(self) -> None:
        super().__init__()
        wide = _WIDTH
        self.quarter = nn.Sequential(ConvBnRelu(3, wide, stride=2), *residual_stage(wide, 2 * wide, 1, 2))
        self.eighth = residual_stage(2 * wide, 4 * wide, 2, 2)
        self.sixteenth = residual_stage(4 * wide, 8 * wide, 2, 2)
        self.deepest = residual_stage(8 * wide, _DEEPEST, 2, 2)
        self.merge_sixteenth = _Merge(_DEEPEST, 8 * wide)
        self.merge_eighth = _Merge(8 * wide, 4 * wide)
        self.merge_quarter = _Merge(4 * wide, 2 * wide)
        self.heatmaps = nn.Conv2d(2 * wide, _COUNT, 1)
        self.right = nn.Linear(_DEEPEST + _COUNT, _COUNT)
        self.kind = nn.Linear(_DEEPEST, 2)

    def forward(self, crops: Tensor) -> Answer:
        """crops: (N, 3, SIDE, SIDE) float BGR in [-0.5, 0.5]."""
        quarter = self.quarter(crops)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        deepest = self.deepest(sixteenth)
        merged = self.merge_eighth(self.merge_sixteenth(deepest, sixteenth), eighth)
        heatmaps = self.heatmaps(self.merge_quarter(merged, quarter)).float()
        likely = heatmaps.flatten(2).softmax(2)
        pooled = functional.dropout(deepest.mean((2, 3)), _DROPPED, self.training).float()
        # How sure a heatmap is tells about its point, which must not make it surer than it is.
        right = self.right(torch.cat([pooled, likely.amax(2).detach()], 1))
        kind = self.kind(pooled)
        return Answer(heatmaps, _mean_places(likely), right.float(), kind[:, 0].float(), kind[:, 1].float())


class ServedHands(nn.Module):
    """The network with normalisation inside that answers as `pose.estimation.hands` reads it."""

    def __init__(self, network: HandNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> Tensor:
        """(N, SIDE, SIDE, 3) uint8 BGR -> (N, 65): 21 times x, y, score, then `hand` and `left`."""
        answer = self.network(normalised(crops))
        keypoints = torch.cat([answer.points, answer.right.sigmoid()[..., None]], 2)
        kind = torch.stack([answer.hand, answer.left], 1).sigmoid()
        return torch.cat([keypoints.flatten(1), kind], 1)


def normalised(crops: Tensor) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float in [-0.5, 0.5]."""
    return crops.permute(0, 3, 1, 2).float() / 256 - 0.5


class _Merge(nn.Module):
    """Deep features at twice their resolution, with the finer ones of the way down."""

    def __init__(self, deep: int, fine: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, fine, 1, bias=False)
        self.mix = ConvBnRelu(fine, fine)

    def forward(self, deep: Tensor, fine: Tensor) -> Tensor:
        mixed: Tensor = self.mix(upsample_like(self.narrow(deep), fine) + fine)
        return mixed


def _mean_places(likely: Tensor) -> Tensor:
    """(N, 21, GRID * GRID) probabilities of cells, row-major -> (N, 21, 2)."""
    centres = (torch.arange(GRID, dtype=likely.dtype, device=likely.device) + 0.5) / GRID
    cells = likely.reshape(*likely.shape[:2], GRID, GRID)
    return torch.stack([(cells.sum(2) * centres).sum(2), (cells.sum(3) * centres).sum(2)], 2)
