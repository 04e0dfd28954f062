"""`ppn`: the 18-layer residual network, and three convolutions that answer proposals at its stride.

Sekii, "Pose Proposal Networks" (ECCV 2018), on the network of He et al., "Deep Residual Learning for Image Recognition"
(CVPR 2016).
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn

from pose.proposals import KINDS, VALUES, ProposalSpec
from pose.train.networks.architectures.resnet18 import WIDTHS, resnet18_stages, resnet18_stem
from pose.train.networks.blocks import FieldConv, Network, scaled

STRIDES: Final = (16, 32)
# Of the leaky ReLUs. Source: the public implementation (Idein/chainer-pose-proposal-net, network_resnet.py).
LEAK: Final = 0.1


# What is in few cells starts as rare (3 %), else the first steps drive it to where sigmoids have no slope. After Lin et
# al., "Focal Loss for Dense Object Detection" (ICCV 2017), section 4.1.
RARE: Final = -3.5
START: Final = (*[RARE] * KINDS, *[0.0] * ((VALUES - 1) * KINDS))  # of proposals; the channels after them are edges


class PoseProposal(Network):
    """Answers boxes and edges in few cells, with hardly any work after the backbone.

    width: channel multiplier of the backbone. head: channels of the two convolutions before the answer.
    stride: 32 as in the paper; 16 leaves the last stage at its input's size, so that people half as far apart have
    cells of their own, for more work (docs/training.md).
    """

    answers = ProposalSpec.kind
    stride = 32

    def __init__(self, channels: int, *, width: float = 1.0, head: int = 512, stride: int = 32) -> None:
        super().__init__()
        if stride not in STRIDES:
            raise ValueError(f"stride: expected one of {', '.join(map(str, STRIDES))}, got {stride}")
        self.stride = stride
        widths = [scaled(outputs, width) for outputs in WIDTHS]
        self.stem, self.stages = resnet18_stem(widths[0]), resnet18_stages(widths, stride // 16)
        self.head = nn.Sequential(
            nn.Conv2d(widths[-1], head, 3, padding=1, bias=False),
            nn.BatchNorm2d(head),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(head, head, 3, padding=1),
            nn.LeakyReLU(LEAK, inplace=True),
        )
        self.out = FieldConv(head, channels, [*START, *[RARE] * (channels - len(START))])

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage; every value lies in [0, 1]."""
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return (self.out(self.head(x)).sigmoid(),)
