"""`lightweight_fine`: Lightweight OpenPose without normalisation, with its fields refined at a stride of 4.

Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose" (2018, arXiv 1811.12004), on Howard et
al., "MobileNets" (2017, arXiv 1704.04861). The refinement joins levels as Lin et al., "Feature Pyramid Networks for
Object Detection" (CVPR 2017) do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pose.train.networks.architectures.lightweight_openpose import MOBILENET, RefinementBlock, field_branch
from pose.train.networks.blocks import HEATMAPS, PAFS, FieldConv, Network, check_channels, conv_relu, upsample_like
from pose.train.networks.depthwise import DepthwiseConv

FEATURES: Final = 128  # channels of both stages and of the refinement's last layer, as published
FINE: Final = MOBILENET[:2]  # up to a stride of 4, the level that the refinement uses
COARSE: Final = MOBILENET[2:]
WIDEST: Final = 512  # channels of MobileNet's widest layers, which `width` replaces


class LightweightFine(Network):
    """The published first stage and refinement stage at a stride of 8, and a correction of their fields at 4.

    hidden: the correction's width. blocks: of the second stage. width: of MobileNet's 512-wide layers. branch: width of
    the first stage's two branches. Only the correction answers head fields.
    """

    stride = 4

    def __init__(
        self, channels: int, *, hidden: int = 64, blocks: int = 5, width: int = WIDEST, branch: int = 512
    ) -> None:
        super().__init__()
        check_channels(channels)
        if blocks < 1:
            raise ValueError(f"blocks: expected at least 1, got {blocks}")
        self.stem = conv_relu(3, 32, 3, 2)
        self.fine = _mobilenet(32, FINE)
        coarse = [(width if outputs == WIDEST else outputs, *rest) for outputs, *rest in COARSE]
        self.coarse = _mobilenet(FINE[-1][0], coarse)
        self.align = nn.Sequential(nn.Conv2d(width, FEATURES, 1), nn.ELU(inplace=True))
        self.context = _context(FEATURES)
        self.features = conv_relu(FEATURES, FEATURES, 3)
        self.first = nn.Sequential(*[conv_relu(FEATURES, FEATURES, 3) for _ in range(3)])
        self.first_pafs = field_branch(FEATURES, branch, PAFS)
        self.first_heatmaps = field_branch(FEATURES, branch, HEATMAPS)
        inputs = [FEATURES + HEATMAPS + PAFS] + [FEATURES] * (blocks - 1)
        self.second = nn.Sequential(*[RefinementBlock(channels_in, FEATURES, _dilated) for channels_in in inputs])
        self.second_heatmaps = field_branch(FEATURES, FEATURES, HEATMAPS)
        self.second_pafs = field_branch(FEATURES, FEATURES, PAFS)
        self.lateral, self.down = conv_relu(FINE[-1][0], hidden), conv_relu(2 * FEATURES, hidden)
        self.refine = nn.Sequential(
            conv_relu(hidden, hidden, 3), conv_relu(hidden, hidden, 3), conv_relu(hidden, FEATURES)
        )
        self.out = FieldConv(FEATURES, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage: the second stage's fields, upsampled and corrected, and head fields."""
        fine = self.fine(self.stem(x))
        aligned = self.align(self.coarse(fine))
        features = self.features(aligned + self.context(aligned))
        first = self.first(features)
        second = self.second(torch.cat([self.first_pafs(first), self.first_heatmaps(first), features], 1))
        coarse = torch.cat([self.second_heatmaps(second), self.second_pafs(second)], 1)
        joined = self.lateral(fine) + upsample_like(self.down(torch.cat([second, features], 1)), fine)
        correction = self.out(self.refine(joined))
        # zeros for the coarse head fields, so that one sum replaces slices and a concatenation
        coarse = functional.pad(coarse, (0, 0, 0, 0, 0, correction.shape[1] - coarse.shape[1]))
        return (correction + upsample_like(coarse, fine),)


def _mobilenet(inputs: int, layers: Sequence[Sequence[int]]) -> nn.Sequential:
    """Separable convolutions; layers: channels, stride and dilation of each."""
    separable = []
    for outputs, stride, dilation in layers:
        depthwise = DepthwiseConv(inputs, stride, dilation)
        pointwise = nn.Conv2d(inputs, outputs, 1)
        separable.append(nn.Sequential(depthwise, nn.ReLU(inplace=True), pointwise, nn.ReLU(inplace=True)))
        inputs = outputs
    return nn.Sequential(*separable)


def _context(channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(channels, channels, 1), nn.ELU(inplace=True)]
    for _ in range(3):
        layers += [DepthwiseConv(channels), nn.ELU(inplace=True)]
        layers += [nn.Conv2d(channels, channels, 1), nn.ELU(inplace=True)]
    return nn.Sequential(*layers)


def _dilated(channels: int, dilation: int) -> nn.Sequential:
    return conv_relu(channels, channels, 3, dilation=dilation)
