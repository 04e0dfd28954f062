"""`resnet18`: the 18-layer residual network below a pyramid that answers at a stride of 4.

He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016).
"""

from __future__ import annotations

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
        self.stem = nn.Sequential(ConvBnRelu(3, widths[0], 7, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList(
            residual_stage(inputs, outputs, 2, stride)
            for inputs, outputs, stride in zip([widths[0], *widths], widths, (1, 2, 2, 2), strict=False)
        )
        self.pyramid = Pyramid(widths, neck, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage, from the levels at strides 4, 8, 16 and 32."""
        levels = [self.stem(x)]
        for stage in self.stages:
            levels.append(stage(levels[-1]))
        return (self.pyramid(levels[1:]),)
