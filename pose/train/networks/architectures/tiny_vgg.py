"""`tiny_vgg`: nine plain convolutions and a head at a stride of 8.

The TinyVGG backbone of Guo et al., "Fast and Flexible Human Pose Estimation with HyperPose" (2021, arXiv 2108.11826),
after Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015).
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn

from pose.train.networks.blocks import ConvBnRelu, Network, PoseHead, scaled

BLOCKS: Final = ((32, 64), (128, 128), (200, 200, 200), (384, 384))


class TinyVgg(Network):
    """Blocks of convolutions with a pooling between them. width: channel multiplier."""

    stride = 8

    def __init__(self, channels: int, *, width: float = 1.0) -> None:
        super().__init__()
        inputs = 3
        layers: list[nn.Module] = []
        for number, block in enumerate(BLOCKS):
            layers += [nn.MaxPool2d(2)] if number else []
            for outputs in block:
                layers.append(ConvBnRelu(inputs, scaled(outputs, width)))
                inputs = scaled(outputs, width)
        self.backbone = nn.Sequential(*layers)
        self.head = PoseHead(inputs, scaled(128, width), channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage."""
        return (self.head(self.backbone(x)),)
