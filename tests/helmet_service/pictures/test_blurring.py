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


def posed(**places: tuple[float, float]) -> Person:
    keypoints = NO_KEYPOINTS.copy()
    for name, place in places.items():
        keypoints[KEYPOINTS.index(name)] = (*place, 0.9)
    return Person(keypoints, 0.9)


FRONTAL = {"nose": (200, 104), "right_eye": (195, 99), "left_eye": (205, 99), "neck": (200, 128)}
PEOPLE = {
    "a head alone": (lone_head(200, 100, 45), 22),
    "a whole face": (posed(**FRONTAL, right_ear=(187, 101), left_ear=(213, 101)), 22),
    "an eye and a nose": (posed(nose=(200, 104), right_eye=(195, 99)), 15),
    "ears alone, which may be seen from behind": (posed(right_ear=(187, 100), left_ear=(213, 100)), 22),
    "a nose and a far wrist": (posed(nose=(200, 100), right_wrist=(120, 200)), 7),
}


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return cv2.circle(np.zeros((300, 400), np.uint8), (round(x), round(y)), round(radius), 1, cv2.FILLED) > 0


@pytest.mark.parametrize("known", PEOPLE)
def test_inside_the_head_the_detail_is_gone_and_outside_nothing_changed(known):
    person, radius = PEOPLE[known]
    pixels = checkerboard()
    blurred = blur_heads(pixels, [person])
    assert pixels[disc(200, 100, radius)].std() > 120
    assert blurred[disc(200, 100, radius)].std() < 16
    assert (blurred == pixels)[~disc(200, 100, 60)].all()
    assert not np.shares_memory(blurred, pixels)


def test_what_remains_are_a_few_cells():
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (300, 400, 3), np.uint8)
    rough = cv2.resize(pixels[70:130, 170:230], (12, 12), interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(blur_heads(pixels, [lone_head(200, 100, 90)])[70:130, 170:230], (12, 12))
    assert np.abs(np.corrcoef(rough.ravel(), blurred.ravel())[0, 1]) < 0.5


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
