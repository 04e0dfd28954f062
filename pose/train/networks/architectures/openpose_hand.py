"""`openpose_hand`: VGG's first fourteen convolutions and six stages, at a stride of 8.

Simon et al., "Hand Keypoint Detection in Single Images using Multiview Bootstrapping" (CVPR 2017): a convolutional pose
machine (Wei et al., CVPR 2016) on VGG (`vgg.py`). As published it answers heatmaps of a hand (`hands.HandSpec`).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import scaled
from pose.train.networks.vgg import StagesOnVgg, branch

# VGG19 up to conv5_2, then the paper's own convolution to 128 channels; a pooling follows each block but the last.
BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512, 512, 512, 128))


class OpenPoseHand(StagesOnVgg):
    """Stages after the first take the previous stage's answer and the features.

    stages: 1 to 6, the paper's number. width: channel multiplier.
    """

    def __init__(self, channels: int, *, stages: int = 6, width: float = 1.0) -> None:
        super().__init__(BLOCKS, stages, width)
        features = scaled(128, width)
        self.stages = nn.ModuleList([branch(features, [(scaled(512, width), 1)], channels)])
        for _ in range(stages - 1):
            self.stages.append(branch(channels + features, [(features, 7)] * 5 + [(features, 1)], channels))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """The answer of each stage."""
        features = self.backbone(x)
        answers = [self.stages[0](features)]
        for stage in self.stages[1:]:
            answers.append(stage(torch.cat([answers[-1], features], 1)))
        return tuple(answers)
