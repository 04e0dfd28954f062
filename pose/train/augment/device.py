"""Makes crops on the device that trains: it keeps the pictures as uint8, and warps and changes whole batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pose.train.augment import AugmentConfig
from pose.train.augment.crops import Plan
from pose.train.augment.jpeg import jpeg_artefacts
from pose.train.augment.photometry import (
    BLUR_REACH,
    GREY,
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Drawn,
    Grey,
    JpegArtefacts,
)
from pose.train.augment.weather import CLOUDS, Dusk, FaceShield, Glare, Haze
from pose.train.data.cache import PIXELS, Cache

_AT_ONCE: Final = 256  # pictures averaged at once, to bound the memory needed


class DevicePictures:
    """All pictures of a cache as uint8 on a device, at full size and, once a crop needs it, averaged over blocks.

    Each picture takes the memory of the greatest height and width of all.
    """

    def __init__(self, cache: Cache, device: torch.device) -> None:
        self.device = device
        height, width = cache.sizes.max(axis=0).tolist()
        whole = torch.full((len(cache), 3, height, width), GREY, dtype=torch.uint8, device=device)
        flat = torch.from_file(str(cache.folder / PIXELS), shared=False, size=len(cache.pixels), dtype=torch.uint8)
        for picture, pixels, (rows, columns) in zip(
            whole, torch.split(flat, np.diff(cache.offsets).tolist()), cache.sizes.tolist(), strict=True
        ):
            picture[:, :rows, :columns] = pixels.view(rows, columns, 3).to(device).permute(2, 0, 1)
        self._levels = {1: whole}

    def warped(self, planned: Plan) -> Tensor:
        """Crops (N, 3, size, size) float32 with integer levels 0..255, as `crops.warped` makes them."""
        back = torch.from_numpy(np.linalg.inv(planned.matrices)).to(self.device, torch.float32)
        places = torch.from_numpy(planned.places).to(self.device)
        crops = torch.empty(len(places), 3, planned.size, planned.size, device=self.device)
        for block in np.unique(planned.blocks).tolist():  # 1 and 2, rarely more
            rows = torch.from_numpy(np.flatnonzero(planned.blocks == block)).to(self.device)
            level = self._level(block)
            grid = _grid(back[rows], planned.size, block * level.shape[2], block * level.shape[3])
            pictures = level[places[rows]].float().sub_(GREY)
            crops[rows] = functional.grid_sample(
                pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False
            )
        return crops.add_(GREY).round_().clamp_(0, 255)

    def _level(self, block: int) -> Tensor:
        if block not in self._levels:
            self._levels[block] = torch.cat([_averaged(part, block) for part in torch.split(self._levels[1], _AT_ONCE)])
        return self._levels[block]


def _averaged(pictures: Tensor, block: int) -> Tensor:
    """Pictures (n, 3, H, W) uint8, averaged over squares with a side of `block` pixels, padded with grey."""
    height, width = pictures.shape[2:]
    padded = functional.pad(pictures.float() - GREY, (0, -width % block, 0, -height % block))
    return functional.avg_pool2d(padded, block).add_(GREY).round_().to(torch.uint8)


def change(crops: Tensor, augment: AugmentConfig, drawn: Sequence[tuple[NDArray[np.intp], Drawn]]) -> Tensor:
    """Apply each operation to the crops (N, 3, S, S) for which numbers were drawn; integer levels 0..255."""
    for operation, (rows, numbers) in zip(augment.photometry, drawn, strict=True):
        if len(rows):
            chosen = torch.from_numpy(rows).to(crops.device)
            known = torch.from_numpy(numbers).to(crops.device, torch.float32)
            crops[chosen] = _ON_DEVICE[type(operation)](crops[chosen], known).round().clamp(0, 255)
    return crops


def _grid(back: Tensor, size: int, height: int, width: int) -> Tensor:
    """(N, size, size, 2): the position of each crop pixel's centre in a canvas, from -1 to 1 across it.

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
    radii = (BLUR_REACH * drawn[:, 0]).round().clamp(min=1)
    most = int(radii.max())
    steps = torch.arange(-most, most + 1, device=crops.device)
    kernels = torch.exp(-(steps**2) / (2 * drawn**2)) * (steps.abs() <= radii[:, None])
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)  # one per crop and channel
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
    """(n, S, S): the distance of each pixel's centre from the point in `drawn[:, :2]`, in sides of the crop."""
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
