import numpy as np
import pytest

from benchmarks.baseline.grouping import group, maps_of
from tests.pose.people import standing


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_grouping_finds_exactly_the_people_that_the_maps_were_made_of(count):
    people = [standing(43.3 + 53.1 * i, 61.7 + 15.2 * (i % 3), 14.3) for i in range(count)]
    found = group(maps_of(people, height=256, width=456))
    assert found.shape == (count, 18, 3)
    found = found[np.argsort(found[:, 1, 0])]
    for got, expected in zip(found, people, strict=True):
        np.testing.assert_allclose(got[:, :2], expected[:, :2], atol=4)  # two cells of the up-sampled maps


def test_unseen_keypoints_stay_zero():
    person = standing(203.3, 81.7, 14.3)
    person[8:14] = 0
    (found,) = group(maps_of([person], height=256, width=456))
    assert (found[8:14] == 0).all()
    assert (found[:8, 2] > 0).all()


def test_two_keypoints_are_nobody():
    person = standing(203.3, 81.7, 14.3)
    person[2:] = 0
    assert len(group(maps_of([person], height=256, width=456))) == 0
