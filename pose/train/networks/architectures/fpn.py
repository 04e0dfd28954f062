"""`fpn`: a residual feature pyramid that answers all fields at a stride of 4 after one top-down pass.

After Lin et al., "Feature Pyramid Networks for Object Detection" (CVPR 2017), on the residual blocks of He et al.,
"Deep Residual Learning for Image Recognition" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from pose.train.networks.blocks import ConvBnRelu, FieldConv, Network, residual_stage, upsample_like


class Fpn(Network):
    """Small and fast at INT8: half the work of `lightweight_fine`.

    widths: of the stem and of the levels at strides 4, 8, 16, 32. blocks: residual blocks per level.
    neck: the top-down path's width at strides 8 and 16. head: its width at stride 4.
    """

    stride = 4

    def __init__(
        self,
        channels: int,
        *,
        widths: Sequence[int] = (32, 64, 96, 192, 256),
        blocks: Sequence[int] = (1, 3, 4, 2),
        neck: int = 96,
        head: int = 64,
    ) -> None:
        super().__init__()
        w0, w1, w2, w3, w4 = widths
        self.stem = nn.Sequential(ConvBnRelu(3, w0, 3, 2), ConvBnRelu(w0, w1, 3, 2))
        self.c2 = residual_stage(w1, w1, blocks[0], 1)
        self.c3 = residual_stage(w1, w2, blocks[1], 2)
        self.c4 = residual_stage(w2, w3, blocks[2], 2)
        self.c5 = residual_stage(w3, w4, blocks[3], 2)
        self.l5, self.l4, self.l3 = (ConvBnRelu(w, neck, 1) for w in (w4, w3, w2))
        self.s4, self.s3 = ConvBnRelu(neck, neck), ConvBnRelu(neck, neck)
        self.l2 = ConvBnRelu(w1, head, 1)
        self.p3 = ConvBnRelu(neck, head, 1)
        self.refine = nn.Sequential(ConvBnRelu(head, head), ConvBnRelu(head, head), ConvBnRelu(head, 128, 1))
        self.out = FieldConv(128, channels)

    @property
    def feature_layer(self) -> ConvBnRelu:
        """The neck's last level at a stride of 8."""
        return self.s3

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Bottom-up, then top-down with a lateral connection at each level; one stage."""
        c2 = self.c2(self.stem(x))
        c3 = self.c3(c2)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        p4 = self.s4(self.l4(c4) + upsample_like(self.l5(c5), c4))
        p3 = self.s3(self.l3(c3) + upsample_like(p4, c3))
        p2 = self.l2(c2) + upsample_like(self.p3(p3), c2)
        return (self.out(self.refine(p2)),)
