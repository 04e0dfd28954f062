from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.bench.scenes import (
    CANVAS,
    VIEWS,
    Scene,
    far_away,
    labels_every_head,
    rolled,
    scene_of,
    seen_as,
)
from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture

SPOT = (30, 60)  # of the one bright pixel, x and y


def scene(name="one"):
    """A dark picture of 200 x 120 with a bright spot of 16 x 16 pixels in the middle of the first of three heads."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[SPOT[1] - 8 : SPOT[1] + 8, SPOT[0] - 8 : SPOT[0] + 8] = 255
    heads = np.array([(SPOT[0] - 10, SPOT[1] - 15, 20, 30), (100, 40, 16, 16), (150, 80, 12, 18)], float)
    return Scene(name, pixels, heads, np.array([True, True, False]), np.array([[180.0, 0, 20, 20]]))


def brightest(pixels):
    rows, columns = np.nonzero(pixels[..., 0] > (np.median(pixels) + pixels.max()) / 2)
    return columns.mean() + 0.5, rows.mean() + 0.5


@pytest.mark.parametrize("view", sorted(VIEWS.keys() - {"in glare", "faces behind shields"}))
def test_labels_go_with_the_pixels(view):
    seen = seen_as(scene(), view)
    left, top, width, height = seen.heads[0]
    assert brightest(seen.pixels) == pytest.approx((left + width / 2, top + height / 2), abs=0.6)


@pytest.mark.parametrize("degrees", [15, 45, 90, 180])
def test_a_rolled_picture_is_whole_and_its_boxes_keep_their_sizes(degrees):
    seen = rolled(degrees)(scene(), np.random.default_rng(0))
    corners = np.array([(0, 0), (200, 0), (0, 120), (200, 120)]) - (100, 60)
    turn = np.deg2rad(degrees)
    extent = np.ptp(corners @ [(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))], axis=0)
    assert seen.pixels.shape[:2] == pytest.approx(extent[::-1], abs=1)
    assert np.array_equal(seen.heads[:, 2:], scene().heads[:, 2:])
    left, top, width, height = seen.ignore[0]
    assert min(left, top) >= -1
    assert (left + width, top + height) <= (seen.pixels.shape[1] + 1, seen.pixels.shape[0] + 1)


def test_from_steeply_above_heads_are_large_at_the_top_and_small_at_the_bottom():
    plain = scene()
    seen = VIEWS["from steeply above"](plain, np.random.default_rng(0))
    growth = seen.heads[:, 2] / plain.heads[:, 2]
    lower = plain.heads[:, 1] + plain.heads[:, 3] / 2
    assert (np.diff(growth[np.argsort(lower)]) < 0).all()


def test_a_shield_covers_the_face_and_leaves_the_helmet():
    bright = replace(scene(), pixels=np.full((120, 200, 3), 200, np.uint8))
    seen = VIEWS["faces behind shields"](bright, np.random.default_rng(0)).pixels
    for left, top, width, height in scene().heads:
        column = round(left + width / 2)
        assert (seen[round(top + 0.6 * height), column] == 30).all()
        assert (seen[round(top), column] == 200).all()


def test_far_away_is_small_on_a_large_canvas():
    seen = far_away(0.25)(scene(), np.random.default_rng(0))
    assert seen.pixels.shape == (CANVAS[1], CANVAS[0], 3)
    np.testing.assert_allclose(seen.heads[:, 2:], scene().heads[:, 2:] / 4)


def test_heads_that_nobody_labelled_count_neither_way():
    picture = LabelledPicture("one", scene().pixels, read_labels({"ignore": [[1, 2, 3, 4]]}))
    np.testing.assert_array_equal(scene_of(picture, [[5, 6, 7, 8]]).ignore, [[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.mark.parametrize(
    ("labels", "tells"),
    [
        ({"heads_complete": True}, True),
        ({"heads_complete": True, "boxes": "whole head"}, True),
        ({"heads_complete": True, "boxes": "shell when worn, whole head when bare"}, False),
        ({"heads_complete": False, "boxes": "whole head"}, False),
    ],
)
def test_pictures_are_judged_beside_all_of_their_heads_boxed_whole(labels, tells):
    assert labels_every_head(LabelledPicture("one", scene().pixels, read_labels(labels))) == tells
