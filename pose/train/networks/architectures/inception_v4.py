"""`inception_v4`: parallel convolutions of several sizes below a pyramid that answers at a stride of 4.

Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning" (AAAI 2017), figures
3 to 9. Every convolution is padded, so that the levels' cells match those of the fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import ConvBnRelu, Network, Pyramid, scaled

# Channels at strides 4, 8, 16 and 32.
WIDTHS: Final = (192, 384, 1024, 1536)

Layer = tuple[int, int | tuple[int, int]] | tuple[int, int, int]


class InceptionV4(Network):
    """width: channel multiplier of the backbone; blocks: numbers of A, B and C; neck: the pyramid's channels."""

    stride = 4

    def __init__(self, channels: int, *, width: float = 1.0, blocks: Sequence[int] = (4, 7, 3), neck: int = 64) -> None:
        super().__init__()
        make = _Maker(width)
        self.levels = nn.ModuleList(
            [
                make.stem(),
                nn.Sequential(make.stem_reduction(), *[make.block_a() for _ in range(blocks[0])]),
                nn.Sequential(make.reduction_a(), *[make.block_b() for _ in range(blocks[1])]),
                nn.Sequential(make.reduction_b(), *[make.block_c() for _ in range(blocks[2])]),
            ]
        )
        self.pyramid = Pyramid([scaled(channels, width) for channels in WIDTHS], neck, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage, from the levels at strides 4, 8, 16 and 32."""
        levels = []
        for level in self.levels:
            x = level(x)
            levels.append(x)
        return (self.pyramid(levels),)


class _Parallel(nn.Module):
    """Branches of one input, joined along the channel axis."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class _Maker:
    """The paper's blocks at one width."""

    def __init__(self, width: float) -> None:
        self.width = width

    def chain(self, inputs: int, *layers: Layer) -> nn.Sequential:
        """Consecutive convolutions; a layer: the paper's channels, kernel (rows, columns) and stride."""
        modules = []
        for outputs, *rest in layers:
            modules.append(ConvBnRelu(scaled(inputs, self.width), scaled(outputs, self.width), *rest))
            inputs = outputs
        return nn.Sequential(*modules)

    def averaged(self, inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.AvgPool2d(3, 1, 1), *self.chain(inputs, (outputs, 1)))

    def stem(self) -> nn.Sequential:
        """Picture -> 192 channels at stride 4 (figure 3)."""
        return nn.Sequential(
            ConvBnRelu(3, scaled(32, self.width), 3, 2),
            self.chain(32, (32, 3), (64, 3)),
            _Parallel(nn.MaxPool2d(3, 2, 1), self.chain(64, (96, 3, 2))),
            _Parallel(
                self.chain(160, (64, 1), (96, 3)),
                self.chain(160, (64, 1), (64, (7, 1)), (64, (1, 7)), (96, 3)),
            ),
        )

    def stem_reduction(self) -> nn.Module:
        return _Parallel(self.chain(192, (192, 3, 2)), nn.MaxPool2d(3, 2, 1))

    def block_a(self) -> nn.Module:
        return _Parallel(
            self.averaged(384, 96),
            self.chain(384, (96, 1)),
            self.chain(384, (64, 1), (96, 3)),
            self.chain(384, (64, 1), (96, 3), (96, 3)),
        )

    def reduction_a(self) -> nn.Module:
        return _Parallel(
            nn.MaxPool2d(3, 2, 1),
            self.chain(384, (384, 3, 2)),
            self.chain(384, (192, 1), (224, 3), (256, 3, 2)),
        )

    def block_b(self) -> nn.Module:
        return _Parallel(
            self.averaged(1024, 128),
            self.chain(1024, (384, 1)),
            self.chain(1024, (192, 1), (224, (1, 7)), (256, (7, 1))),
            self.chain(1024, (192, 1), (192, (1, 7)), (224, (7, 1)), (224, (1, 7)), (256, (7, 1))),
        )

    def reduction_b(self) -> nn.Module:
        return _Parallel(
            nn.MaxPool2d(3, 2, 1),
            self.chain(1024, (192, 1), (192, 3, 2)),
            self.chain(1024, (256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3, 2)),
        )

    def block_c(self) -> nn.Module:
        return _Parallel(
            self.averaged(1536, 256),
            self.chain(1536, (256, 1)),
            nn.Sequential(self.chain(1536, (384, 1)), self._split(384)),
            nn.Sequential(self.chain(1536, (384, 1), (448, (1, 3)), (512, (3, 1))), self._split(512)),
        )

    def _split(self, inputs: int) -> nn.Module:
        return _Parallel(self.chain(inputs, (256, (1, 3))), self.chain(inputs, (256, (3, 1))))
