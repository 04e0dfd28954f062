"""`mobilenet_v2`: inverted residuals with linear bottlenecks below a pyramid that answers at a stride of 4.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018), table 2.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn

from pose.train.networks.blocks import Network, Pyramid, scaled
from pose.train.networks.depthwise import DepthwiseConv

# Each level's blocks: expansion, channels, repetitions, stride of the first.
LEVELS: Final = (
    ((1, 16, 1, 1), (6, 24, 2, 2)),
    ((6, 32, 3, 2),),
    ((6, 64, 4, 2), (6, 96, 3, 1)),
    ((6, 160, 3, 2), (6, 320, 1, 1)),
)


class MobileNetV2(Network):
    """width: channel multiplier of the backbone; neck: the pyramid's channels."""

    stride = 4

    def __init__(self, channels: int, *, width: float = 1.0, neck: int = 64) -> None:
        super().__init__()
        inputs = scaled(32, width)
        self.stem = nn.Sequential(*_conv_bn(3, inputs, 3, 2), nn.ReLU6(inplace=True))
        self.levels = nn.ModuleList()
        for level in LEVELS:
            blocks = []
            for expansion, outputs, repetitions, stride in level:
                for step in [stride] + [1] * (repetitions - 1):
                    blocks.append(_InvertedResidual(inputs, scaled(outputs, width), expansion, step))
                    inputs = scaled(outputs, width)
            self.levels.append(nn.Sequential(*blocks))
        self.pyramid = Pyramid([scaled(level[-1][1], width) for level in LEVELS], neck, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage, from the levels at strides 4, 8, 16 and 32."""
        levels = [self.stem(x)]
        for level in self.levels:
            levels.append(level(levels[-1]))
        return (self.pyramid(levels[1:]),)


class _InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow without an activation; beside a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers = [*_conv_bn(inputs, hidden, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        layers += [DepthwiseConv(hidden, stride, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        self.layers = nn.Sequential(*layers, *_conv_bn(hidden, outputs, 1))
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.shortcut else y


def _conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return conv, nn.BatchNorm2d(outputs)
