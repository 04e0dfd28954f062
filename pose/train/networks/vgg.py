"""Plain convolutions and VGG's blocks of them, without normalisation.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015).
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from pose.train.networks.blocks import FieldConv, Network, scaled


class StagesOnVgg(Network):
    """What OpenPose's networks have in common: `vgg`, and 1 to 6 stages, the papers' number; ValueError for others."""

    stride = 8

    def __init__(self, blocks: Sequence[Sequence[int]], stages: int, width: float) -> None:
        super().__init__()
        if not 1 <= stages <= 6:
            raise ValueError(f"stages: expected 1 to 6, got {stages}")
        self.backbone = vgg(blocks, width)


def vgg(blocks: Sequence[Sequence[int]], width: float) -> nn.Sequential:
    """Blocks of 3x3 convolutions with a pooling between them; blocks: channels of each, times `width`."""
    inputs = 3
    layers: list[nn.Module] = []
    for block in blocks:
        widths = [scaled(channels, width) for channels in block]
        layers += [convolutions(inputs, [(outputs, 3) for outputs in widths]), nn.MaxPool2d(2)]
        inputs = widths[-1]
    return nn.Sequential(*layers[:-1])


def branch(inputs: int, layers: Sequence[tuple[int, int]], channels: int) -> nn.Sequential:
    """`convolutions`, and a layer that answers so many channels."""
    return nn.Sequential(*convolutions(inputs, layers), FieldConv(layers[-1][0], channels))


def convolutions(inputs: int, layers: Sequence[tuple[int, int]]) -> nn.Sequential:
    """Convolutions, each followed by a ReLU; layers: channels and kernel of each."""
    modules: list[nn.Module] = []
    for outputs, kernel in layers:
        modules += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
        inputs = outputs
    return nn.Sequential(*modules)
