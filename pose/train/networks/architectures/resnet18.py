"""`resnet18`: the 18-layer residual network below a pyramid that answers at a stride of 4.

He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from torch import Tensor, nn

from pose.train.networks.blocks import ConvBnRelu, Network, Pyramid, residual_stage, scaled

WIDTHS: Final = (64, 128, 256, 512)


class ResNet18(Network):
    """width: channel multiplier of the backbone; neck: the pyramid's channels."""

    stride = 4

    def __init__(self, channels: int, *, width: float = 1.0, neck: int = 64) -> None:
        super().__init__()
        widths = [scaled(outputs, width) for outputs in WIDTHS]
        self.stem, self.stages = resnet18_stem(widths[0]), resnet18_stages(widths)
        self.pyramid = Pyramid(widths, neck, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage, from the levels at strides 4, 8, 16 and 32."""
        levels = [self.stem(x)]
        for stage in self.stages:
            levels.append(stage(levels[-1]))
        return (self.pyramid(levels[1:]),)


def resnet18_stem(width: int) -> nn.Sequential:
    """The layers above the first residual block: (N, 3, H, W) -> (N, width, H / 4, W / 4)."""
    return nn.Sequential(ConvBnRelu(3, width, 7, 2), nn.MaxPool2d(3, 2, 1))


def resnet18_stages(widths: Sequence[int], last_stride: int = 2) -> nn.ModuleList:
    """The residual blocks after the stem, one stage a width; each stage but the first halves the size.

    last_stride: of the last stage; 1 keeps its input's size.
    """
    strides = (1, 2, 2, last_stride)
    return nn.ModuleList(
        residual_stage(inputs, outputs, 2, stride)
        for inputs, outputs, stride in zip([widths[0], *widths], widths, strides, strict=False)
    )
