from __future__ import annotations

import numpy as np
import pytest

from helmet_service.bench.weather import AIRLIGHT, CAST, LIGHT, SPOT_LIGHT, TRANSMISSION, dusk, glare, haze

FINE_STRIPES = np.where(np.arange(64) % 2, 200, 40).astype(np.uint8)
STRIPED = np.broadcast_to(FINE_STRIPES[None, :, None], (48, 64, 3)).copy()


def changed(change, pixels, seed=0):
    return change(pixels, np.random.default_rng(seed)).astype(float)


@pytest.mark.parametrize("change", [haze, dusk, glare])
def test_a_seed_gives_the_same_picture_and_leaves_the_given_one(change):
    given = STRIPED.copy()
    first = change(given, np.random.default_rng(1))
    assert np.array_equal(given, STRIPED)
    assert first.shape == STRIPED.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, change(given, np.random.default_rng(1)))
    assert not np.array_equal(first, change(given, np.random.default_rng(2)))


@pytest.mark.parametrize("seed", range(5))
def test_haze_takes_contrast_and_brings_its_own_light(seed):
    seen = changed(haze, STRIPED, seed)
    contrast = np.abs(np.diff(seen, axis=1)) / 160
    assert contrast.min() >= TRANSMISSION[0] - 0.05
    assert contrast.max() <= TRANSMISSION[1] + 0.05
    assert np.ptp(contrast.mean(axis=(0, 2))) > 0.01  # its thickness is uneven
    black = changed(haze, np.zeros_like(STRIPED), seed)
    assert (1 - TRANSMISSION[1]) * AIRLIGHT[0] - 1 <= black.min()
    assert black.max() <= (1 - TRANSMISSION[0]) * AIRLIGHT[1] + 1


@pytest.mark.parametrize("seed", range(5))
def test_dusk_is_dark_blue_and_noisy(seed):
    blue, green, red = changed(dusk, np.full((200, 200, 3), 255, np.uint8), seed).transpose(2, 0, 1)
    assert LIGHT[0] * 255 * CAST[0][0] - 1 < blue.mean() < LIGHT[1] * 255 * CAST[0][1] + 1
    assert blue.mean() > green.mean() > red.mean()
    assert 3 < green.std() < 10
    bright, dark = changed(dusk, STRIPED, seed)[:, 1::2].mean(), changed(dusk, STRIPED, seed)[:, ::2].mean()
    assert dark / bright < 40 / 200  # shadows lose most


@pytest.mark.parametrize("seed", range(5))
def test_glare_only_adds_light_and_leaves_far_places_as_they_were(seed):
    lit = changed(glare, np.full((300, 400, 3), 20, np.uint8), seed)
    assert lit.min() == 20
    assert lit.max() > min(20 + SPOT_LIGHT[0] - 1, 255)
