"""`lightweight_openpose`: a dilated MobileNet and consecutive light stages, at a stride of 8.

Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose" (2018, arXiv 1811.12004), on Howard et
al., "MobileNets" (2017, arXiv 1704.04861), with a dilation in place of the last stride.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import HEATMAPS, PAFS, Branches, ConvBnRelu, FieldConv, Network, conv_relu, scaled
from pose.train.networks.depthwise import DepthwiseConv

# Channels, stride and dilation of MobileNet's separable convolutions up to conv5_5.
MOBILENET: Final = (
    (64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1),
    (512, 1, 1), (512, 1, 2), (512, 1, 1), (512, 1, 1), (512, 1, 1), (512, 1, 1),
)  # fmt: skip


class LightweightOpenPose(Network):
    """Stages after the first take the features, and the previous stage's heatmaps and PAFs.

    refinements: stages after the first, 1 to 3; the published weights are best after one. width: channel multiplier.
    """

    stride = 8

    def __init__(self, channels: int, *, refinements: int = 1, width: float = 1.0) -> None:
        super().__init__()
        if not 1 <= refinements <= 3:
            raise ValueError(f"refinements: expected 1 to 3, got {refinements}")
        self.backbone = _mobilenet(width)
        features = scaled(128, width)
        self.cpm = _Adapter(scaled(512, width), features)
        first = nn.Sequential(*[conv_relu(features, features, 3) for _ in range(3)])
        self.stages = nn.ModuleList([_Stage(first, features, scaled(512, width), channels)])
        for _ in range(refinements):
            inputs = [features + HEATMAPS + PAFS] + [features] * 4
            blocks = [RefinementBlock(channels_in, features, _conv_bias_bn_relu) for channels_in in inputs]
            self.stages.append(_Stage(nn.Sequential(*blocks), features, features, channels))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Fields of each stage."""
        features = self.cpm(self.backbone(x))
        answers = [self.stages[0](features)]
        for stage in self.stages[1:]:
            answers.append(stage(torch.cat([features, answers[-1][:, : HEATMAPS + PAFS]], 1)))
        return tuple(answers)


class _Adapter(nn.Module):
    """The backbone's features, converted to the stages' width."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.align = conv_relu(inputs, outputs)
        self.trunk = nn.Sequential(*[_separable_elu(outputs) for _ in range(3)])
        self.conv = conv_relu(outputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        aligned = self.align(x)
        features: Tensor = self.conv(aligned + self.trunk(aligned))
        return features


class _Stage(nn.Module):
    def __init__(self, trunk: nn.Module, features: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.trunk = trunk
        branch = partial(field_branch, features, hidden)
        self.branches = Branches(channels, branch, branch)

    def forward(self, x: Tensor) -> Tensor:
        fields: Tensor = self.branches(self.trunk(x))
        return fields


class RefinementBlock(nn.Module):
    """A 3x3 and a dilated 3x3 convolution with the receptive field of 7x7, beside a shortcut.

    convolution: channels and dilation -> a 3x3 convolution and what follows it.
    """

    def __init__(self, inputs: int, outputs: int, convolution: Callable[[int, int], nn.Module]) -> None:
        super().__init__()
        self.initial = conv_relu(inputs, outputs)
        self.trunk = nn.Sequential(*[convolution(outputs, dilation) for dilation in (1, 2)])

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h, w)."""
        initial = self.initial(x)
        seen: Tensor = initial + self.trunk(initial)
        return seen


def field_branch(inputs: int, hidden: int, channels: int) -> nn.Sequential:
    """Features (N, inputs, h, w) -> fields (N, channels, h, w)."""
    return nn.Sequential(conv_relu(inputs, hidden), FieldConv(hidden, channels))


def _mobilenet(width: float) -> nn.Sequential:
    inputs = scaled(32, width)
    layers: list[nn.Module] = [ConvBnRelu(3, inputs, 3, 2)]
    for channels, stride, dilation in MOBILENET:
        outputs = scaled(channels, width)
        layers.append(_separable(inputs, outputs, stride, dilation))
        inputs = outputs
    return nn.Sequential(*layers)


def _separable(inputs: int, outputs: int, stride: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(
        DepthwiseConv(inputs, stride, dilation, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _separable_elu(channels: int) -> nn.Sequential:
    return nn.Sequential(
        DepthwiseConv(channels, bias=False),
        nn.ELU(inplace=True),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.ELU(inplace=True),
    )


def _conv_bias_bn_relu(channels: int, dilation: int) -> nn.Sequential:
    """The published weights hold a bias before the normalisation."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )
