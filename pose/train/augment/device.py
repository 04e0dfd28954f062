"""Crops on the device that trains: pictures stay there as uint8, a batch is warped at once and changed at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pose.train.augment import AugmentConfig
from pose.train.augment.crops import View
from pose.train.augment.jpeg import jpeg_artefacts
from pose.train.augment.photometry import (
    GREY,
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Drawn,
    Grey,
    JpegArtefacts,
    blur_radius,
)
from pose.train.augment.weather import CLOUDS, Dusk, FaceShield, Glare, Haze
from pose.train.cache import PIXELS, Cache


class DevicePictures:
    """All pixels of a cache in one uint8 tensor on a device."""

    def __init__(self, cache: Cache, device: torch.device) -> None:
        self.device = device
        self._offsets, self._sizes = cache.offsets, cache.sizes
        flat = torch.from_file(str(cache.folder / PIXELS), shared=False, size=len(cache.pixels), dtype=torch.uint8)
        self._pixels = flat.to(device)

    def warped(self, places: Sequence[int], views: Sequence[View], size: int) -> Tensor:
        """Crops (N, 3, size, size) float32 of whole levels 0..255, as `crops.warped` cuts them.

        places: each crop's example in the cache.
        """
        parts = [self._part(place, view) for place, view in zip(places, views, strict=True)]
        height, width = (max(part.shape[axis] for part in parts) for axis in (1, 2))
        canvas = torch.zeros(len(parts), 3, height, width, device=self.device)
        for target, part in zip(canvas, parts, strict=True):
            target[:, : part.shape[1], : part.shape[2]] = part
        back = np.array([np.linalg.inv(view.warp) for view in views])
        grid = _grid(torch.from_numpy(back).to(self.device, torch.float32), size, height, width)
        crops = functional.grid_sample(canvas, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        return (crops + GREY).round_().clamp_(0, 255)

    def _part(self, place: int, view: View) -> Tensor:
        """(3, h, w) float32, what the view needs of the picture, averaged over its blocks, less the grey level."""
        height, width = (int(value) for value in self._sizes[place])
        picture = self._pixels[self._offsets[place] : self._offsets[place + 1]].view(height, width, 3)
        left, top, right, bottom = view.region
        part = picture[top:bottom, left:right].permute(2, 0, 1).float() - GREY
        if view.block == 1:
            return part
        padded = functional.pad(part, (0, -(right - left) % view.block, 0, -(bottom - top) % view.block))
        return functional.avg_pool2d(padded, view.block).round()


def change(crops: Tensor, augment: AugmentConfig, drawn: Sequence[tuple[Drawn | None, ...]]) -> Tensor:
    """Apply each operation to those of the crops (N, 3, S, S) for which numbers were drawn; whole levels 0..255."""
    for operation, column in zip(augment.photometry, zip(*drawn, strict=True), strict=True):
        rows = [row for row, numbers in enumerate(column) if numbers is not None]
        if not rows:
            continue
        numbers = torch.from_numpy(np.stack([column[row] for row in rows])).to(crops.device, torch.float32)
        chosen = torch.tensor(rows, device=crops.device)
        crops[chosen] = _ON_DEVICE[type(operation)](crops[chosen], numbers).round().clamp(0, 255)
    return crops


def _grid(back: Tensor, size: int, height: int, width: int) -> Tensor:
    """(N, size, size, 2): where each crop pixel's centre lies in a canvas, from -1 to 1 across it.

    back: (N, 3, 3), the crop's pixels -> the canvas's.
    """
    centres = torch.arange(size, device=back.device) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(1, -1, 3)  # (1, size * size, 3)
    extent = torch.tensor([width, height], device=back.device)
    read = points @ back.transpose(1, 2)
    return (read[..., :2] / read[..., 2:] / extent * 2 - 1).view(len(back), size, size, 2)


def _brightness_contrast(crops: Tensor, drawn: Tensor) -> Tensor:
    return crops * drawn[:, 0, None, None, None] + drawn[:, 1, None, None, None]


def _colour_cast(crops: Tensor, drawn: Tensor) -> Tensor:
    return crops * drawn[:, :, None, None]


def _grey(crops: Tensor, drawn: Tensor) -> Tensor:  # noqa: ARG001 - as all operations
    weights = torch.tensor([0.114, 0.587, 0.299], device=crops.device)
    return (crops * weights[:, None, None]).sum(dim=1, keepdim=True).expand_as(crops)


def _cut_out(crops: Tensor, drawn: Tensor) -> Tensor:
    size = crops.shape[-1]
    left, top, right, bottom = (drawn * size).round()[:, :, None].unbind(dim=1)
    cells = torch.arange(size, device=crops.device)
    across, down = (cells >= left) & (cells < right), (cells >= top) & (cells < bottom)  # (n, size)
    return torch.where((down[:, :, None] & across[:, None, :])[:, None], float(GREY), crops)


def _blur(crops: Tensor, drawn: Tensor) -> Tensor:
    radii = torch.tensor([blur_radius(float(sigma)) for sigma in drawn[:, 0]], device=crops.device)
    most = int(radii.max())
    steps = torch.arange(-most, most + 1, device=crops.device)
    kernels = torch.exp(-(steps**2) / (2 * drawn**2)) * (steps.abs() <= radii[:, None])
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)  # one a crop and channel
    flat = functional.pad(crops.reshape(1, -1, *crops.shape[2:]), (most, most, most, most), mode="reflect")
    across = functional.conv2d(flat, kernels[:, None, None, :], groups=len(kernels))
    return functional.conv2d(across, kernels[:, None, :, None], groups=len(kernels)).view_as(crops)


def _jpeg(crops: Tensor, drawn: Tensor) -> Tensor:
    return jpeg_artefacts(crops, drawn[:, 0])


def _haze(crops: Tensor, drawn: Tensor) -> Tensor:
    grid = drawn[:, 1:].view(-1, 1, CLOUDS, CLOUDS)
    thickness = functional.interpolate(grid, size=crops.shape[2:], mode="bilinear", align_corners=False)
    return crops * (1 - thickness) + drawn[:, 0, None, None, None] * thickness


def _dusk(crops: Tensor, drawn: Tensor) -> Tensor:
    light, noise = drawn[:, :2, None, None, None].unbind(dim=1)
    return crops * light + noise * torch.randn(crops.shape, device=crops.device)


def _glare(crops: Tensor, drawn: Tensor) -> Tensor:
    distance = _distances(crops, drawn) / drawn[:, 2, None, None]
    return crops + drawn[:, 3, None, None, None] * torch.exp(-distance)[:, None]


def _face_shield(crops: Tensor, drawn: Tensor) -> Tensor:
    covered = _distances(crops, drawn) <= drawn[:, 2, None, None]
    return torch.where(covered[:, None], drawn[:, 3, None, None, None], crops)


def _distances(crops: Tensor, drawn: Tensor) -> Tensor:
    """(n, S, S): how far each pixel's centre lies from the point that each row starts with, in sides of the crop."""
    size = crops.shape[-1]
    centres = (torch.arange(size, device=crops.device) + 0.5) / size
    x, y = drawn[:, 0, None], drawn[:, 1, None]
    return torch.hypot((centres - x)[:, None, :], (centres - y)[:, :, None])


_ON_DEVICE: Final[dict[type, Callable[[Tensor, Tensor], Tensor]]] = {
    FaceShield: _face_shield,
    Haze: _haze,
    Glare: _glare,
    Dusk: _dusk,
    BrightnessContrast: _brightness_contrast,
    ColourCast: _colour_cast,
    Grey: _grey,
    CutOut: _cut_out,
    Blur: _blur,
    JpegArtefacts: _jpeg,
}
