"""`openpose_vgg19`: VGG's first ten convolutions and six stages of two branches, at a stride of 8.

Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (CVPR 2017), on Simonyan and
Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015). No normalisation inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import HEATMAPS, PAFS, Branches, FieldConv, Network, scaled

# VGG19 up to conv4_2, then the paper's own conv4_3 and conv4_4; a pooling follows each block but the last.
BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 256, 128))


class OpenPoseVgg19(Network):
    """Stages after the first take the previous stage's PAFs and heatmaps, and the features.

    stages: 1 to 6, the paper's number. width: channel multiplier.
    """

    stride = 8

    def __init__(self, channels: int, *, stages: int = 6, width: float = 1.0) -> None:
        super().__init__()
        if not 1 <= stages <= 6:
            raise ValueError(f"stages: expected 1 to 6, got {stages}")
        self.backbone = _vgg(width)
        features, hidden = scaled(128, width), scaled(512, width)
        head_branch = partial(_branch, features, [(features, 3)])
        first = partial(_branch, features, [(features, 3)] * 3 + [(hidden, 1)])
        self.stages = nn.ModuleList([Branches(channels, first, head_branch)])
        inputs = PAFS + HEATMAPS + features
        later = partial(_branch, inputs, [(features, 7)] * 5 + [(features, 1)])
        head_branch = partial(_branch, inputs, [(features, 3)])
        for _ in range(stages - 1):
            self.stages.append(Branches(channels, later, head_branch))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Fields of each stage."""
        features = self.backbone(x)
        answers = [self.stages[0](features)]
        for stage in self.stages[1:]:
            heatmaps, pafs = answers[-1][:, :HEATMAPS], answers[-1][:, HEATMAPS : HEATMAPS + PAFS]
            answers.append(stage(torch.cat([pafs, heatmaps, features], 1)))
        return tuple(answers)


def _vgg(width: float) -> nn.Sequential:
    inputs = 3
    layers: list[nn.Module] = []
    for block in BLOCKS:
        widths = [scaled(channels, width) for channels in block]
        layers += [_convolutions(inputs, [(outputs, 3) for outputs in widths]), nn.MaxPool2d(2)]
        inputs = widths[-1]
    return nn.Sequential(*layers[:-1])


def _branch(inputs: int, layers: Sequence[tuple[int, int]], channels: int) -> nn.Sequential:
    return nn.Sequential(*_convolutions(inputs, layers), FieldConv(layers[-1][0], channels))


def _convolutions(inputs: int, layers: Sequence[tuple[int, int]]) -> nn.Sequential:
    """Convolutions, each followed by a ReLU; layers: channels and kernel of each."""
    modules: list[nn.Module] = []
    for outputs, kernel in layers:
        modules += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
        inputs = outputs
    return nn.Sequential(*modules)
