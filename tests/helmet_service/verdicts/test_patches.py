from __future__ import annotations

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.patches import CELLS, correlations, cut

GREY = np.random.default_rng(0).integers(0, 256, (64, 96), np.uint8)


def test_a_box_of_whole_pixels_is_cut_as_it_is():
    (patch,) = cut([GREY], Box(16 / 96, 32 / 64, CELLS / 96, CELLS / 64))
    np.testing.assert_allclose(patch, GREY[32 : 32 + CELLS, 16 : 16 + CELLS])


def test_cells_are_means_of_all_that_they_cover():
    (patch,) = cut([GREY], Box(0, 0, 1, 1))
    np.testing.assert_allclose(patch, GREY.reshape(CELLS, 4, CELLS, 6).mean(axis=(1, 3)))


@pytest.mark.parametrize(
    ("box", "is_seen"),
    [
        (Box(-0.1, -0.1, 0.3, 0.3), True),
        (Box(0.9, 0.9, 0.3, 0.3), True),
        (Box(1.1, 0, 0.2, 0.2), False),
        (Box(-0.3, 0, 0.2, 0.2), False),
        (Box(0.5, 0.5, 0.5 / 96, 0.2), False),  # narrower than a pixel
    ],
)
def test_what_lies_outside_the_picture_is_left_out(box, is_seen):
    patches = cut([GREY], box)
    assert (patches is not None) == is_seen
    if is_seen:
        assert patches.shape == (1, CELLS, CELLS)
        assert GREY.min() <= patches.min() <= patches.max() <= GREY.max()


def test_light_and_contrast_change_no_correlation():
    one, other = np.random.default_rng(1).random((2, CELLS, CELLS))
    looks = np.array([one, 0.3 * one + 20, 1 - one, other, np.full_like(one, 7)])
    alike = correlations(looks, one)
    assert alike[:3] == pytest.approx([1, 1, -1])
    assert abs(alike[3]) < 0.3
    assert alike[4] == 0
