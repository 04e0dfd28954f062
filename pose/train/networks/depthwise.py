"""A depthwise convolution whose gradients are correct and fast also in bfloat16 on CPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class DepthwiseConv(nn.Conv2d):
    """A 3x3 depthwise convolution (Howard et al., "MobileNets", 2017); only the stride changes the size.

    With autocast on CPUs, PyTorch's weight gradient is wrong for a dilated one (in channels-last order and from about
    32x32 on, by more than its norm) and slow for a strided one. Training avoids both there: a dilated convolution runs
    without dilation on each of the grids that it steps through (height and width are multiples of the dilation), and a
    strided one computes in float32. Everywhere else, also in an exported network, this is a plain convolution.
    """

    def __init__(self, channels: int, stride: int = 1, dilation: int = 1, *, bias: bool = True) -> None:
        super().__init__(channels, channels, 3, stride, dilation, dilation, channels, bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, channels, H / stride, W / stride)."""
        (dilation, _), (stride, _) = self.dilation, self.stride
        if not self.training or x.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        if dilation > 1:
            grids = functional.conv2d(_to_grids(x, dilation), self.weight, self.bias, padding=1, groups=self.groups)
            return _from_grids(grids, dilation)
        if stride > 1:
            with torch.autocast("cpu", enabled=False):
                return super().forward(x.float()).to(x.dtype)
        return super().forward(x)


def _to_grids(x: Tensor, step: int) -> Tensor:
    """(N, C, H, W) -> (step * step * N, C, H / step, W / step): every step-th row and column, from each start."""
    n, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(n, height // step, step, width // step, step, channels)
    grids = rows.permute(2, 4, 0, 1, 3, 5).reshape(step * step * n, height // step, width // step, channels)
    return grids.permute(0, 3, 1, 2)


def _from_grids(grids: Tensor, step: int) -> Tensor:
    """The inverse of `_to_grids`."""
    n, channels, height, width = grids.shape
    rows = grids.permute(0, 2, 3, 1).reshape(step, step, n // step**2, height, width, channels)
    x = rows.permute(2, 3, 0, 4, 1, 5).reshape(n // step**2, height * step, width * step, channels)
    return x.permute(0, 3, 1, 2)
