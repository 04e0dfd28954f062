"""`fpn`: a residual feature pyramid that answers all fields at a stride of 4, from one top-down pass.

After Lin et al., "Feature Pyramid Networks for Object Detection" (CVPR 2017), on the residual blocks of He et al.,
"Deep Residual Learning for Image Recognition" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class ConvBnRelu(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al., figure 2)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.a = ConvBnRelu(inputs, outputs, 3, stride)
        self.b = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.skip: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        return torch.relu(self.b(self.a(x)) + self.skip(x))


def stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    """Residual blocks, of which the first changes width and stride."""
    return nn.Sequential(
        *[Residual(inputs if i == 0 else outputs, outputs, stride if i == 0 else 1) for i in range(blocks)]
    )


def upsample_like(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear resize of (N, C, h, w) to the height and width of `like`."""
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class Fpn(nn.Module):
    """Picture (N, 3, H, W), BGR in [-0.5, 0.5), H and W in steps of 32 -> fields (N, outputs, H / 4, W / 4)."""

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 96, 192, 256),
        blocks: Sequence[int] = (1, 3, 4, 2),
        neck: int = 96,
        head: int = 64,
        outputs: int = 59,
    ) -> None:
        super().__init__()
        w0, w1, w2, w3, w4 = widths
        self.stem = nn.Sequential(ConvBnRelu(3, w0, 3, 2), ConvBnRelu(w0, w1, 3, 2))
        self.c2 = stage(w1, w1, blocks[0], 1)
        self.c3 = stage(w1, w2, blocks[1], 2)
        self.c4 = stage(w2, w3, blocks[2], 2)
        self.c5 = stage(w3, w4, blocks[3], 2)
        self.l5, self.l4, self.l3 = (ConvBnRelu(w, neck, 1) for w in (w4, w3, w2))
        self.s4, self.s3 = ConvBnRelu(neck, neck), ConvBnRelu(neck, neck)
        self.l2 = ConvBnRelu(w1, head, 1)
        self.p3 = ConvBnRelu(neck, head, 1)
        self.refine = nn.Sequential(ConvBnRelu(head, head), ConvBnRelu(head, head), ConvBnRelu(head, 128, 1))
        self.out = nn.Conv2d(128, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Bottom-up, then top-down with a lateral connection at each level."""
        c2 = self.c2(self.stem(x))
        c3 = self.c3(c2)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        p4 = self.s4(self.l4(c4) + upsample_like(self.l5(c5), c4))
        p3 = self.s3(self.l3(c3) + upsample_like(p4, c3))
        p2 = self.l2(c2) + upsample_like(self.p3(p3), c2)
        fields: Tensor = self.out(self.refine(p2))
        return fields
