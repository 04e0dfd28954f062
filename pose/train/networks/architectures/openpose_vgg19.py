"""`openpose_vgg19`: VGG's first ten convolutions and six stages of two branches, at a stride of 8.

Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (CVPR 2017), on VGG (`vgg.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import HEATMAPS, PAFS, Branches, scaled
from pose.train.networks.vgg import StagesOnVgg, branch

# VGG19 up to conv4_2, then the paper's own conv4_3 and conv4_4; a pooling follows each block but the last.
BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 256, 128))


class OpenPoseVgg19(StagesOnVgg):
    """Stages after the first take the previous stage's PAFs and heatmaps, and the features.

    stages: 1 to 6, the paper's number. width: channel multiplier.
    """

    def __init__(self, channels: int, *, stages: int = 6, width: float = 1.0) -> None:
        super().__init__(BLOCKS, stages, width)
        features, hidden = scaled(128, width), scaled(512, width)
        head_branch = partial(branch, features, [(features, 3)])
        first = partial(branch, features, [(features, 3)] * 3 + [(hidden, 1)])
        self.stages = nn.ModuleList([Branches(channels, first, head_branch)])
        inputs = PAFS + HEATMAPS + features
        later = partial(branch, inputs, [(features, 7)] * 5 + [(features, 1)])
        head_branch = partial(branch, inputs, [(features, 3)])
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
