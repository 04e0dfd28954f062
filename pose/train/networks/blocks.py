"""The building blocks of networks: convolutions, the pyramid, branches, and the initialisation of weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pose.fields import FieldSpec

# Channels of the two branches of a network, in the order of `layout.py`; head fields follow them.
HEATMAPS: Final = 19
PAFS: Final = 38


class Network(nn.Module):
    """Picture (N, 3, H, W), BGR in [-0.5, 0.5), H and W in steps of 32 -> the answers of stages, the last one final.

    Each stage's answer is (N, channels, H / stride, W / stride) float32.
    """

    answers: ClassVar[str] = FieldSpec.kind
    """What the channels are: a key of `pose.layout.LAYOUTS`."""
    stride: int
    """Input pixels per cell: of the class with default options, of an instance with its own."""
    hint: nn.Conv2d
    """Converts `feature_layer`'s channels to a teacher's features; only in training, not in checkpoints."""

    def feature_layer(self) -> ConvBnRelu:
        """The layer, at a stride of 8, whose output learns a teacher's features."""
        raise ValueError(f"teacher.features: expected none for {type(self).__name__}, which has no layer to learn them")

    def add_hint(self, features: int) -> None:
        """Add the layer by which `with_features` answers so many features."""
        width = next(self.feature_layer().parameters()).shape[0]
        self.hint = nn.Conv2d(width, features, 1)

    def with_features(self, x: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Stages as `forward` answers them, and features (N, F, H / 8, W / 8)."""
        seen: list[Tensor] = []
        handle = self.feature_layer().register_forward_hook(lambda _module, _inputs, output: seen.append(output))
        try:
            stages = self(x)
        finally:
            handle.remove()
        return stages, self.hint(seen[0])


class ConvBnRelu(nn.Sequential):
    """Convolution, batch normalisation, ReLU; only the stride changes the size. kernel: rows and columns, odd."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int] = 3, stride: int = 1, dilation: int = 1
    ) -> None:
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (dilation * (rows // 2), dilation * (columns // 2))
        super().__init__(
            nn.Conv2d(inputs, outputs, (rows, columns), stride, padding, dilation, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


def conv_relu(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution with a bias, ReLU; only the stride changes the size. kernel: odd."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation), nn.ReLU(inplace=True)
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


def residual_stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    """Residual blocks, of which the first changes width and stride."""
    return nn.Sequential(
        *[Residual(inputs if i == 0 else outputs, outputs, stride if i == 0 else 1) for i in range(blocks)]
    )


class FieldConv(nn.Conv2d):
    """The 1x1 convolution that answers; `initialise` starts its weights near zero, as most cells of fields are zero.

    start: what its biases start from, by channel; 0 beyond.
    """

    def __init__(self, inputs: int, channels: int, start: Sequence[float] = ()) -> None:
        super().__init__(inputs, channels, 1)
        self.start = (*start[:channels], *[0.0] * (channels - len(start)))


class PoseHead(nn.Sequential):
    """Features (N, inputs, h, w) -> fields (N, channels, h, w)."""

    def __init__(self, inputs: int, width: int, channels: int) -> None:
        super().__init__(
            ConvBnRelu(inputs, width),
            ConvBnRelu(width, width),
            ConvBnRelu(width, 2 * width, 1),
            FieldConv(2 * width, channels),
        )


class Pyramid(nn.Module):
    """Features at strides s, 2s, 4s, ... -> fields at stride s, after one top-down pass.

    After Lin et al., "Feature Pyramid Networks for Object Detection" (CVPR 2017). widths: each level's channels.
    """

    def __init__(self, widths: Sequence[int], neck: int, channels: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(ConvBnRelu(width, neck, 1) for width in widths)
        self.smooth = nn.ModuleList(ConvBnRelu(neck, neck) for _ in widths[1:])
        self.head = PoseHead(neck, neck, channels)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Finest level first: (N, widths[i], h / 2^i, w / 2^i) -> (N, channels, h, w)."""
        *finer, x = [lateral(level) for lateral, level in zip(self.laterals, levels, strict=True)]
        for smooth, level in zip(self.smooth, reversed(finer), strict=True):
            x = smooth(level + upsample_like(x, level))
        fields: Tensor = self.head(x)
        return fields


class Branches(nn.Module):
    """One stage's heatmaps, PAFs and head fields, answered by separate branches and concatenated in this order.

    branch, head_branch: number of channels -> the layers that answer them.
    Raises ValueError when `channels` is too few for heatmaps and PAFs.
    """

    def __init__(
        self, channels: int, branch: Callable[[int], nn.Module], head_branch: Callable[[int], nn.Module]
    ) -> None:
        super().__init__()
        check_channels(channels)
        heads = channels - HEATMAPS - PAFS
        self.heatmaps = branch(HEATMAPS)
        self.pafs = branch(PAFS)
        self.head_fields = head_branch(heads) if heads else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, channels, h, w)."""
        parts = [self.heatmaps(x), self.pafs(x)]
        if self.head_fields is not None:
            parts.append(self.head_fields(x))
        return torch.cat(parts, 1)


def check_channels(channels: int) -> None:
    """Raise ValueError when there are too few for heatmaps and PAFs."""
    if channels < HEATMAPS + PAFS:
        raise ValueError(f"channels: expected at least {HEATMAPS} heatmaps and {PAFS} PAFs, got {channels}")


def upsample_like(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear resize of (N, C, h, w) to the height and width of `like`."""
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def scaled(channels: int, width: float) -> int:
    """A paper's channels times a width multiplier, rounded to 1/32, so that sums of multiples of 32 stay exact."""
    return max(1, channels * round(32 * width) // 32)


def initialise(module: nn.Module) -> None:
    """Initialise a layer's weights for training: by fan-in (He et al., ICCV 2015), field layers near zero."""
    if isinstance(module, FieldConv):
        nn.init.normal_(module.weight, std=0.01)
    elif isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    if isinstance(module, nn.Conv2d) and module.bias is not None:
        nn.init.zeros_(module.bias)
    if isinstance(module, FieldConv) and module.bias is not None:
        with torch.no_grad():
            module.bias += torch.tensor(module.start)
