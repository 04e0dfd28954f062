"""JPEG artefacts on a batch: the 8x8 cosine transform of each picture, rounded by the standard's tables."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

# ITU-T T.81 (the JPEG standard), tables K.1 (luminance) and K.2 (chrominance).
_LUMINANCE: Final = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
_CHROMINANCE: Final = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99), (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99), *((99,) * 8,) * 4,
)  # fmt: skip
# ITU-T T.871 (JFIF): blue, green, red -> luma and the two colour differences.
_TO_YCC: Final = ((0.114, 0.587, 0.299), (0.5, -0.331264, -0.168736), (-0.081312, -0.418688, 0.5))


def jpeg_artefacts(pictures: Tensor, quality: Tensor) -> Tensor:
    """(n, 3, H, W) BGR levels, H and W multiples of 16 -> the levels after JPEG, not rounded or clipped.

    quality: (n,) from 1 to 100 as libjpeg counts it. Colours are stored at half the resolution.
    """
    to_ycc = torch.tensor(_TO_YCC, device=pictures.device)
    ycc = torch.einsum("kc,nchw->nkhw", to_ycc, pictures)
    luma = _rounded(ycc[:, :1] - 128, _LUMINANCE, quality) + 128
    colour = _rounded(functional.avg_pool2d(ycc[:, 1:], 2), _CHROMINANCE, quality)
    whole = functional.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.einsum("ck,nkhw->nchw", torch.linalg.inv(to_ycc), torch.cat([luma, whole], dim=1))


def _rounded(planes: Tensor, table: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """Planes (n, k, H, W) with their cosine transforms rounded to multiples of the table's steps."""
    n, k, height, width = planes.shape
    transform = _cosines(planes.device)
    blocks = planes.view(n, k, height // 8, 8, width // 8, 8)
    waves = torch.einsum("ui,nkaibj,vj->nkaubv", transform, blocks, transform)
    steps = _steps(table, quality)[:, None, None, :, None, :]
    kept = (waves / steps).round() * steps
    return torch.einsum("ui,nkaubv,vj->nkaibj", transform, kept, transform).reshape(planes.shape)


def _steps(table: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """(n, 8, 8): the table scaled to each quality as libjpeg's `jpeg_set_quality` does."""
    percent = torch.where(quality < 50, torch.floor(5000 / quality), 200 - 2 * quality)
    scaled = torch.tensor(table, device=quality.device) * percent[:, None, None]
    return torch.floor((scaled + 50) / 100).clamp(1, 255)


def _cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of 8 values, (8, 8)."""
    places = torch.arange(8, device=device)
    cosines = torch.cos((2 * places[None, :] + 1) * places[:, None] * math.pi / 16) / 2
    cosines[0] /= math.sqrt(2)
    return cosines
