from __future__ import annotations

import cv2
import numpy as np
import pytest

from pose.skeleton import NOSE, Person
from pose.tiles import TiledEstimator, one_each
from tests.pose.labelled import portrait
from tests.pose.people import standing


@pytest.fixture(scope="module")
def crowd(root):
    """The warm-up picture's person, small, at three places of a wide grey canvas; and these places."""
    picture = portrait(root).pixels
    small = cv2.resize(
        picture, None, fx=100 / picture.shape[0], fy=100 / picture.shape[0], interpolation=cv2.INTER_AREA
    )
    canvas = np.full((1080, 1920, 3), 128, np.uint8)
    corners = [(100, 80), (880, 450), (1600, 800)]
    for left, top in corners:
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas, [(left + small.shape[1] / 2, top + small.shape[0] / 2) for left, top in corners]


def test_tiles_find_small_people_where_they_are_and_once(estimator, crowd):
    canvas, middles = crowd
    found = TiledEstimator(estimator, 4, 3)(canvas)
    near = [
        [person for person in found.people if np.linalg.norm(person.points.mean(axis=0) - middle) < 120]
        for middle in middles
    ]
    assert [len(people) for people in near] == [1, 1, 1]
    assert len(estimator(canvas).people) < 3
    assert found.scale > estimator(canvas).scale


def test_people_who_fill_the_picture_are_still_one_each(estimator, root):
    pixels = portrait(root).pixels
    (person,) = estimator(pixels).people
    noses = [found.keypoints[NOSE] for found in TiledEstimator(estimator, 2, 2)(pixels).people if found.seen[NOSE]]
    near = [np.linalg.norm(nose[:2] - person.keypoints[NOSE, :2]) < 20 for nose in noses]
    assert sum(near) == 1


def test_a_part_of_a_skeleton_gives_way_to_the_whole():
    whole = Person(standing(100, 50, 10).astype(np.float32), 0.5)
    part = Person(whole.keypoints.copy(), 0.9)
    part.keypoints[8:14] = 0
    part.keypoints[part.seen, :2] += 2
    beside = Person(standing(200, 50, 10).astype(np.float32), 0.4)
    assert one_each([part, beside, whole]) == [whole, beside]


def test_no_tiles_are_refused(estimator):
    with pytest.raises(ValueError, match="tiles: expected at least one column and one row, got 0 x 2"):
        TiledEstimator(estimator, 0, 2)
