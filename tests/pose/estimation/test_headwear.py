"""Crops of heads: where they are cut, and what the shipped network sees in them."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from pose.estimation.head_frames import HeadFrame
from pose.estimation.headwear import SIDE, SPAN, cut_head
from pose.estimation.preprocess import GREY

UPRIGHT = (0.0, -1.0)


def dotted(points: dict[tuple[int, int], tuple[int, int, int]], radius: int) -> np.ndarray:
    """A grey picture of 400x300 with discs of these colours."""
    picture = np.full((300, 400, 3), GREY, np.uint8)
    for point, colour in points.items():
        cv2.circle(picture, point, radius, colour, cv2.FILLED)
    return picture


def middle_of(crop: np.ndarray, channel: int) -> tuple[float, float]:
    """The centre of the crop's pixels in which this channel is bright, in continuous pixels."""
    rows, columns = np.nonzero(crop[..., channel] > 190)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


@pytest.mark.parametrize(
    ("degrees", "size", "shrunk"),
    [(0, 40, 1), (0, 160, 1), (0, 12, 1), (30, 40, 1), (-90, 60, 1), (180, 50, 1), (25, 60, 0.5)],
)
def test_a_crop_has_the_head_in_its_middle_and_the_crown_above(degrees: float, size: float, shrunk: float):
    turned = math.radians(degrees)
    up = math.sin(turned), -math.cos(turned)
    centre = np.array([200.0, 150.0])
    crown = centre + np.array(up) * 0.5 * size
    discs = {
        tuple((centre * shrunk).round().astype(int)): (255, 0, 0),
        tuple((crown * shrunk).round().astype(int)): (0, 0, 255),
    }
    picture = dotted(discs, max(1, round(0.1 * size * shrunk)))
    crop = cut_head(picture, HeadFrame(*centre, size, up, 1.0), SIDE, SPAN, shrunk)
    pixel = SIDE / (SPAN * size * shrunk)  # crop pixels per picture pixel: discs lie on whole pixels
    assert middle_of(crop, 0) == pytest.approx((SIDE / 2, SIDE / 2), abs=1 + pixel)
    assert middle_of(crop, 2) == pytest.approx((SIDE / 2, SIDE / 2 - 0.5 * SIDE / SPAN), abs=1 + pixel)


@pytest.mark.parametrize("centre", [(0, 0), (400, 300), (-90, 150), (200, 900)])
def test_beyond_the_picture_a_crop_is_grey(centre: tuple[float, float]):
    picture = np.full((300, 400, 3), 255, np.uint8)
    crop = cut_head(picture, HeadFrame(*centre, 30.0, UPRIGHT, 1.0), SIDE, SPAN)
    inside = 0 <= centre[0] <= 400 and 0 <= centre[1] <= 300
    assert (crop == GREY).all(axis=2).mean() == pytest.approx(0.75 if inside else 1.0, abs=0.05)


@pytest.mark.parametrize("size", [0.4, 3000.0])
def test_heads_of_any_size_give_a_crop(size: float):
    crop = cut_head(np.full((3, 5, 3), 7, np.uint8), HeadFrame(2.0, 1.0, size, UPRIGHT, 1.0), SIDE, SPAN)
    assert crop.shape == (SIDE, SIDE, 3)
