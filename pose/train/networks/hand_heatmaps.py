"""A network of hand heatmaps as serving runs it: crops in, keypoints out."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pose.hands import HAND_KEYPOINTS, HandSpec
from pose.runtimes.torch import Served

# A heatmap's values times this are the log-odds of its pixels: a peak of 0.2 then outweighs an empty heatmap of 368
# pixels 3000 times, and a second peak that is lower by 0.1 counts for less than a ten-thousandth.
_SHARPNESS: Final = 100.0
_LEFT: Final = 0.5  # heatmaps tell no side


class ServedHandHeatmaps(nn.Module):
    """The network with normalisation and decoding inside, as `pose.estimation.hands` reads it.

    A keypoint is the mean place under its heatmap's softmax, after Sun et al., "Integral Human Pose Regression" (ECCV
    2018): its maximum, where that stands out.
    """

    def __init__(self, network: nn.Module, layout: HandSpec) -> None:
        super().__init__()
        self.network = Served(network)
        self._stride = layout.stride

    def forward(self, crops: Tensor) -> Tensor:
        """(N, side, side, 3) uint8 BGR -> (N, 65): 21 times x, y, score, then the probabilities `hand` and `left`.

        x, y: in shares of the crop's side. A score is its heatmap's maximum; `hand` is the mean of all scores.
        """
        heatmaps = self.network(crops)[:, : len(HAND_KEYPOINTS)]
        fine = functional.interpolate(heatmaps, scale_factor=float(self._stride), mode="bicubic", align_corners=False)
        likely = (_SHARPNESS * fine.flatten(2)).softmax(2).reshape(fine.shape)
        places = (torch.arange(fine.shape[3], device=fine.device) + 0.5) / fine.shape[3]
        x, y = (likely.sum(2) * places).sum(2), (likely.sum(3) * places).sum(2)
        scores = fine.flatten(2).amax(2).clamp(0, 1)
        hand = scores.mean(1, keepdim=True)
        return torch.cat([torch.stack([x, y, scores], 2).flatten(1), hand, torch.full_like(hand, _LEFT)], 1)
