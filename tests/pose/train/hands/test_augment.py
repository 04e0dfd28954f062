"""Crops show keypoints where they say that these are."""

from __future__ import annotations

import numpy as np
import pytest

from pose.train.hands.augment import augmented, plain
from pose.train.hands.network import SIDE
from tests.pose.train.hands.made_up import OPEN_HAND, dotted

POINT = OPEN_HAND[[12]]


def brightest(pixels: np.ndarray) -> np.ndarray:
    """The middle of the bright dot, x, y in shares of the crop's side."""
    light = np.clip(pixels[..., 0].astype(float) - 140, 0, None)
    cells = (np.arange(SIDE) + 0.5) / SIDE
    return np.array([(light.sum(0) * cells).sum(), (light.sum(1) * cells).sum()]) / light.sum()


def test_the_plain_crop_shows_the_square():
    crop = plain(dotted(POINT), OPEN_HAND, True)
    assert crop.left
    np.testing.assert_allclose(crop.keypoints, OPEN_HAND, atol=1e-6)
    np.testing.assert_allclose(brightest(crop.pixels), POINT[0], atol=0.015)


def test_keypoints_go_with_the_picture(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pose.train.hands.augment.in_other_light", lambda crop, _: crop)  # light would move the dot
    monkeypatch.setattr("pose.train.hands.augment.coarser", lambda crop, *_: crop)
    mirrored = []
    for seed in range(30):
        crop = augmented(dotted(POINT), OPEN_HAND, False, np.random.default_rng(seed))
        if (np.abs(crop.keypoints[12] - 0.5) < 0.45).all():
            np.testing.assert_allclose(brightest(crop.pixels), crop.keypoints[12], atol=0.03)
        (ax, ay), (bx, by) = crop.keypoints[[5, 17]] - crop.keypoints[0]
        assert (ax * by < ay * bx) == crop.left, "a mirrored hand is the other one"
        mirrored.append(crop.left)
    assert 5 < sum(mirrored) < 25


def test_a_square_without_a_hand_stays_without_one():
    nothing = np.full((21, 2), np.nan)
    crop = augmented(dotted(POINT), nothing, False, np.random.default_rng(0))
    assert np.isnan(crop.keypoints).all()
