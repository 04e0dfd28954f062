"""Blurred heads have no detail left, whatever is known of them, and nothing else changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from helmet_service.pictures.blurring import blur_heads
from pose.skeleton import KEYPOINTS, HeadPeak, Person

NO_KEYPOINTS = np.zeros((18, 3), np.float32)


def checkerboard(width: int = 400, height: int = 300) -> np.ndarray:
    y, x = np.indices((height, width))
    return np.repeat(((x // 2 + y // 2) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)


def lone_head(x: float, y: float, size: float) -> Person:
    return Person(NO_KEYPOINTS, 0.9, HeadPeak(x, y, size, 0.1, 0.9))


def posed(score: float = 0.9, **places: tuple[float, float]) -> Person:
    keypoints = NO_KEYPOINTS.copy()
    for name, place in places.items():
        keypoints[KEYPOINTS.index(name)] = (*place, score)
    return Person(keypoints, 0.9)


FACE = {"nose": (200, 104), "right_eye": (195, 99), "left_eye": (205, 99)}
# Each with the radii within which the detail must be gone, and beyond which nothing may change.
PEOPLE = {
    "a head alone": (lone_head(200, 100, 45), 32, 40),
    "a whole body": (posed(**FACE, right_ear=(187, 101), left_ear=(213, 101), neck=(200, 128)), 32, 42),
    "an eye and a nose": (posed(nose=(200, 104), right_eye=(195, 99)), 28, 44),
    "an unsure face, turned away": (posed(**FACE | {"left_eye": (201, 99)}, score=0.3), 28, 44),
    "ears alone, which may be seen from behind": (posed(right_ear=(187, 100), left_ear=(213, 100)), 32, 42),
    "a profile's eyes, one behind the other": (posed(right_eye=(200, 100), left_eye=(200, 100)), 10, 16),
    "a nose and a far wrist": (posed(nose=(200, 100), right_wrist=(120, 200)), 10, 16),
}


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return cv2.circle(np.zeros((300, 400), np.uint8), (round(x), round(y)), round(radius), 1, cv2.FILLED) > 0


@pytest.mark.parametrize("known", PEOPLE)
def test_inside_the_head_the_detail_is_gone_and_outside_nothing_changed(known):
    person, inner, outer = PEOPLE[known]
    pixels = checkerboard()
    blurred = blur_heads(pixels, [person])
    assert pixels[disc(200, 100, inner)].std() > 120
    assert blurred[disc(200, 100, inner)].std() < 16
    assert (blurred == pixels)[~disc(200, 100, outer)].all()
    assert not np.shares_memory(blurred, pixels)


def test_finer_cells_than_four_a_head_are_gone():
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    blurred = blur_heads(pixels, [lone_head(200, 100, 90)])
    before, after = (
        cv2.resize(each[70:130, 170:230], (12, 12), interpolation=cv2.INTER_AREA).ravel() for each in (pixels, blurred)
    )
    assert abs(np.corrcoef(before, after)[0, 1]) < 0.4


def test_everybody_is_blurred_and_people_without_a_head_are_not():
    pixels = checkerboard()
    people = [lone_head(80, 80, 40), posed(right_wrist=(200, 200), right_elbow=(200, 150)), lone_head(300, 200, 40)]
    blurred = blur_heads(pixels, people)
    assert [blurred[y - 10 : y + 10, x - 10 : x + 10].std() < 16 for x, y in ((80, 80), (200, 175), (300, 200))] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("size", [0.5, 3, 900, 1e6])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (399.9, 299.9), (200, -30), (-1e6, 1e6)])
def test_heads_may_reach_out_of_the_picture(x, y, size):
    assert blur_heads(checkerboard(), [lone_head(x, y, size)]).shape == (300, 400, 3)
