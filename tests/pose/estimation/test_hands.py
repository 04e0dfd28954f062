"""Squares around hands: where they lie, and that their crops and points fit together."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from pose.estimation.hands import HandSquare, box_square, cut_hand, forearm_square
from pose.skeleton import LEFT_ELBOW, LEFT_SHOULDER, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST, Person


def person_with(points: dict[int, tuple[float, float]]) -> Person:
    keypoints = np.zeros((18, 3), np.float32)
    for keypoint, place in points.items():
        keypoints[keypoint] = (*place, 0.9)
    return Person(keypoints, 0.9)


@pytest.mark.parametrize(
    ("points", "side", "expected"),
    [
        ({LEFT_ELBOW: (100, 200), LEFT_WRIST: (100, 300)}, "left", (100, 333, 150, (0, 1))),
        ({RIGHT_ELBOW: (100, 200), RIGHT_WRIST: (100, 300)}, "right", (100, 333, 150, (0, 1))),
        ({LEFT_ELBOW: (50, 60), LEFT_WRIST: (90, 30)}, "left", (103.2, 20.1, 75, (0.8, -0.6))),
        # a forearm that points at the camera: the upper arm says how large a hand is
        ({LEFT_SHOULDER: (9, 0), LEFT_ELBOW: (9, 100), LEFT_WRIST: (9, 110)}, "left", (9, 113.3, 135, (0, 1))),
        ({LEFT_SHOULDER: (9, 0), LEFT_ELBOW: (9, 50), LEFT_WRIST: (9, 150)}, "left", (9, 183, 150, (0, 1))),
        ({LEFT_ELBOW: (50, 60), LEFT_WRIST: (90, 30)}, "right", None),
        ({LEFT_WRIST: (90, 30)}, "left", None),
        ({LEFT_SHOULDER: (9, 0), LEFT_ELBOW: (50, 60)}, "left", None),
        ({LEFT_ELBOW: (50, 60), LEFT_WRIST: (50, 60)}, "left", None),
    ],
)
def test_a_hand_is_looked_for_beyond_the_wrist(points, side, expected):
    square = forearm_square(person_with(points), side)
    if expected is None:
        assert square is None
    else:
        assert (square.x, square.y, square.size) == pytest.approx(expected[:3], abs=1e-3)
        assert square.up == pytest.approx(expected[3])


@pytest.mark.parametrize(
    ("box", "expected"),
    [((10, 20, 30, 40), (25, 40, 40)), ((10, 20, 50, 40), (35, 40, 50))],
)
def test_a_box_gets_an_upright_square_of_its_longer_side(box, expected):
    assert box_square(*box) == HandSquare(*expected, (0.0, -1.0))


@pytest.mark.parametrize("shrunk", [1, 0.5])
@pytest.mark.parametrize("degrees", [0, 35, -90, 180])
def test_a_place_in_the_crop_is_the_same_place_in_the_picture(degrees: float, shrunk: float):
    square = HandSquare(200.0, 150.0, 120.0, (math.sin(math.radians(degrees)), -math.cos(math.radians(degrees))))
    picture = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(picture, (230, 130), 5, (255, 255, 255), cv2.FILLED)
    smaller = cv2.resize(picture, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    rows, columns = np.nonzero(cut_hand(smaller, square, 128, shrunk)[..., 0] > 127)
    share = (np.array([columns.mean(), rows.mean()]) + 0.5) / 128
    assert square.to_picture(share) == pytest.approx((230.5, 130.5), abs=0.7)
