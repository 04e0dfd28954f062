"""Hands: the squares in which they are looked for, and which are found there."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from pose.estimation.hands import MOST_HANDS, HandFinder, HandSquare, box_square, cut_hand, forearm_square
from pose.estimation.preprocess import GREY
from pose.hands import ARMS
from pose.skeleton import LEFT_ELBOW, LEFT_SHOULDER, LEFT_WRIST, RIGHT_ELBOW, RIGHT_WRIST, Person
from tests.pose.blue_hands import blue_hands


def person_with(points: dict[int, tuple[float, float]]) -> Person:
    keypoints = np.zeros((18, 3), np.float32)
    for keypoint, place in points.items():
        keypoints[keypoint] = (*place, 0.9)
    return Person(keypoints, 0.9)


@pytest.mark.parametrize(
    ("points", "side", "expected"),
    [
        ({LEFT_ELBOW: (100, 200), LEFT_WRIST: (100, 300)}, "left", (100, 333, 120, (0, 1))),
        ({RIGHT_ELBOW: (100, 200), RIGHT_WRIST: (100, 300)}, "right", (100, 333, 120, (0, 1))),
        ({LEFT_ELBOW: (50, 60), LEFT_WRIST: (90, 30)}, "left", (103.2, 20.1, 60, (0.8, -0.6))),
        # a forearm that points at the camera: the upper arm says how large a hand is
        ({LEFT_SHOULDER: (9, 0), LEFT_ELBOW: (9, 100), LEFT_WRIST: (9, 110)}, "left", (9, 113.3, 108, (0, 1))),
        ({LEFT_SHOULDER: (9, 0), LEFT_ELBOW: (9, 50), LEFT_WRIST: (9, 150)}, "left", (9, 183, 120, (0, 1))),
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
    [((10, 20, 30, 40), (25, 40, 60)), ((10, 20, 50, 40), (35, 40, 75))],
)
def test_a_box_gets_an_upright_square_with_room_beside_it(box, expected):
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


BLUE = (255, 0, 0)


@pytest.fixture(scope="module")
def finder(tmp_path_factory) -> HandFinder:
    return HandFinder(blue_hands(tmp_path_factory.mktemp("hands")))


def waver(x: float, y: float, side: str = "left", forearm: float = 40, up: float = -1) -> Person:
    """Somebody whose hand is 0.33 forearms above the wrist, at (x, y)."""
    elbow, wrist = ARMS[side]
    return person_with({elbow: (x, y - up * 1.33 * forearm), wrist: (x, y - up * 0.33 * forearm)})


def picture_with(*places: tuple[float, float]) -> np.ndarray:
    """A grey picture of 800x400 with a blue disc at each place."""
    picture = np.full((400, 800, 3), GREY, np.uint8)
    for x, y in places:
        cv2.circle(picture, (int(x), int(y)), 6, BLUE, cv2.FILLED)
    return picture


@pytest.mark.parametrize("shrunk", [1, 0.5])
def test_hands_lie_in_the_picture_and_belong_to_the_arm_that_they_are_at(finder, shrunk):
    people = [waver(100, 100), waver(300, 200, "right", up=1), waver(700, 350)]
    picture = cv2.resize(picture_with((100, 100), (305, 208)), None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    hands = finder.in_people(picture, people, shrunk)
    assert [(hand.person, hand.side, hand.score) for hand in hands] == [(0, "left", 1), (1, "right", 1)]
    for hand, place in zip(hands, [(100, 100), (305, 208)], strict=True):
        assert hand.keypoints.shape == (21, 3)
        assert hand.keypoints[:, :2] == pytest.approx(np.tile(place, (21, 1)), abs=1.5)
        assert hand.box == pytest.approx((*place, *place), abs=1.5)


@pytest.mark.parametrize("count", [0, 1, 3, 8, 11])
def test_a_crowds_largest_hands_are_looked_for_and_no_more(finder, count):
    places = [(40 + 60 * number, 60) for number in range(count)]
    people = [waver(*place, forearm=30 + number) for number, place in enumerate(places)]
    hands = finder.in_people(picture_with(*places), people)
    assert [hand.person for hand in hands] == list(range(count))[-MOST_HANDS:]
    for hand in hands:
        assert hand.keypoints[0, :2] == pytest.approx(places[hand.person], abs=1.5)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([waver(100, 100), waver(102, 101)], [0]),
        ([waver(100, 100), waver(102, 101, "right")], [0]),
        ([waver(100, 100), waver(115, 100)], [0, 1]),
        ([waver(100, 100, forearm=12)], []),  # too small to tell
        ([person_with({})], []),
    ],
)
def test_one_hand_is_answered_for_peoples_wrists_at_one_place_and_none_for_tiny_ones(finder, people, expected):
    hands = finder.in_people(picture_with((100, 100), (115, 100)), people)
    assert [hand.person for hand in hands] == expected


def test_whoever_holds_something_with_both_hands_has_two(finder):
    left, right = waver(100, 100), waver(102, 101, "right")
    both = Person(np.maximum(left.keypoints, right.keypoints), 0.9)
    hands = finder.in_people(picture_with((101, 101)), [both, waver(101, 101)])
    assert [(hand.person, hand.side) for hand in hands] == [(0, "left"), (0, "right")]


def test_each_box_gets_its_hand_or_none(finder):
    picture = picture_with((110, 100), (390, 200))
    boxes = [(60, 60, 80, 80), (500, 100, 60, 90), (360, 170, 80, 40), (105, 95, 9, 9)]
    left, nothing, right, tiny = finder.in_boxes(picture, boxes)
    assert (nothing, tiny) == (None, None)
    for hand, side, place in ((left, "left", (110, 100)), (right, "right", (390, 200))):
        assert (hand.side, hand.person) == (side, None)
        assert hand.keypoints[:, :2] == pytest.approx(np.tile(place, (21, 1)), abs=1.5)


@pytest.mark.parametrize(
    "box", [(-1e9, -1e9, 2e9, 1e9), (0, 0, 1e9, 1e-9), (1e9, 1e9, 30, 30), (-400, 399.5, 4000, 1), (0.5, 0.5, 24, 1e-9)]
)
def test_boxes_of_any_size_and_place_are_answered(finder, box):
    assert finder.in_boxes(np.full((3, 5, 3), GREY, np.uint8), [box]) == (None,)


@pytest.mark.parametrize(("precision", "used"), [("auto", "hands-int8"), ("int8", "hands-int8"), ("f32", "hands")])
def test_the_quantised_network_runs_unless_float_is_asked_for(tmp_path, precision, used):
    model = blue_hands(tmp_path, f"{used}.xml")
    named = replace(model, network=tmp_path / "hands.xml", int8=tmp_path / "hands-int8.xml")  # the other is missing
    (hand,) = HandFinder(named, precision).in_people(picture_with((100, 100)), [waver(100, 100)])
    assert hand.score == 1
