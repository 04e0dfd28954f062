"""`unet`: a contracting and an expanding path with skips between them, answering at a stride of 4.

Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation" (MICCAI 2015), padded, with batch
normalisation, at half the paper's width, and without the last two upsampling steps, as fields have a stride of 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pose.train.networks.blocks import ConvBnRelu, FieldConv, Network


class UNet(Network):
    """widths: channels at strides 1, 2, 4, 8 and 16."""

    stride = 4

    def __init__(self, channels: int, *, widths: Sequence[int] = (32, 64, 128, 256, 512)) -> None:
        super().__init__()
        w4, w8, w16 = widths[2:]
        self.down = nn.ModuleList(
            _double(inputs, outputs) for inputs, outputs in zip((3, *widths), widths, strict=False)
        )
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList([nn.ConvTranspose2d(w16, w8, 2, 2), nn.ConvTranspose2d(w8, w4, 2, 2)])
        self.merge = nn.ModuleList(_double(2 * w, w) for w in (w8, w4))
        self.out = FieldConv(w4, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One stage."""
        skips = [self.down[0](x)]
        for down in self.down[1:]:
            skips.append(down(self.pool(skips[-1])))
        x = skips.pop()
        for up, merge in zip(self.up, self.merge, strict=True):
            x = merge(torch.cat([skips.pop(), up(x)], 1))
        return (self.out(x),)


def _double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(ConvBnRelu(inputs, outputs), ConvBnRelu(outputs, outputs))
