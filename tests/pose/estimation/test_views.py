"""Several looks at a picture: at a crowd that is small in a wide one, and at the samples' people."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import own_heads
from pose.estimation.views import Views, ViewsEstimator, at_scales, look, merged
from pose.skeleton import NOSE, HeadPeak, Person
from samples.compose import Placed, Scene, compose, portraits
from tests.pose.blue_heads import blue_seer, blue_square
from tests.pose.labelled import portrait
from tests.pose.people import standing

SEVERAL = [Views((1.0, 1.5)), Views((1.0, 2.0)), Views(tiles=(2, 2)), Views((1.0, 1.5), (2, 1))]
SHARE = 0.09  # of the portrait of 512 px, whose face is 102 px below its upper edge


@pytest.fixture(scope="module")
def crowd():
    """A wide picture of seven people on a launch pad, each 46 px high; and where their faces are."""
    scene = Scene(1920, 1080, 1075, tuple(Placed("collins", 120 + 250 * n, 500 + 60 * n, SHARE) for n in range(7)))
    picture, _ = compose(scene, portraits())
    return picture, [(each.left + SHARE * 217, each.bottom - SHARE * (512 - 102)) for each in scene.people]


def heads_near(people, points, reach):
    """For each point how many heads are near it."""
    heads = [head for head in own_heads(people) if head]
    return [sum(np.hypot(head.x - x, head.y - y) < reach for head in heads) for x, y in points]


@pytest.mark.parametrize("views", SEVERAL[:3])
def test_small_people_in_a_wide_picture_are_found_once_by_several_looks_and_by_one_not_at_all(estimator, crowd, views):
    picture, faces = crowd
    found = look(estimator, picture, views)
    near = heads_near(found.people, faces, 15)
    assert max(near) == 1
    assert sum(near) > len(faces) / 2
    assert heads_near(estimator(picture).people, faces, 15) == [0] * len(faces)
    assert found.scale > estimator(picture).scale


@pytest.mark.parametrize(
    ("sample", "views"),
    [*(("site_far.jpg", views) for views in SEVERAL), ("site_two.jpg", SEVERAL[2]), ("portrait.jpg", SEVERAL[3])],
)
def test_the_heads_that_one_look_finds_are_found_once_by_several(estimator, root, sample, views):
    picture = cv2.imread(str(root / "samples" / sample))
    heads = [head for head in own_heads(estimator(picture).people) if head]
    found = look(estimator, picture, views).people
    assert heads
    assert [heads_near(found, [(head.x, head.y)], head.size / 2) for head in heads] == [[1]] * len(heads)


def test_a_person_who_fills_the_picture_is_found_by_the_whole_alone(estimator, root):
    pixels = portrait(root).pixels
    (person,) = estimator(pixels).people
    found = [each for each in look(estimator, pixels, Views(tiles=(2, 2))).people if each.seen[NOSE]]
    near = [each for each in found if np.linalg.norm(each.keypoints[NOSE, :2] - person.keypoints[NOSE, :2]) < 20]
    assert [each.score for each in near] == [person.score]


def test_a_head_that_was_seen_in_a_tile_lies_where_it_is_in_the_picture():
    seer, picture = blue_seer(least=9), blue_square(200, 140, 14)
    assert seer(picture).people == ()
    (person,) = look(seer, picture, Views(tiles=(2, 2))).people
    assert (person.head.x, person.head.y, person.head.size) == pytest.approx((200, 140, 14), abs=1)
    assert not person.keypoints.any()


def test_no_further_look_changes_nothing(estimator, root):
    picture = cv2.imread(str(root / "samples" / "site_far.jpg"))
    one, same = estimator(picture), ViewsEstimator(estimator, Views())(picture)
    assert [person.keypoints.tolist() for person in one.people] == [person.keypoints.tolist() for person in same.people]
    assert (one.scale, list(one.timings_ms)) == (same.scale, list(same.timings_ms))


def test_headwear_is_looked_at_last_on_whatever_copy_of_the_picture_there_is(estimator, root):
    picture = cv2.imread(str(root / "samples" / "site_two.jpg"))
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    whole, small = look(estimator, picture, Views()), look(estimator, half, Views(), size=(width, height))
    worn = [[(each.headwear.helmet, each.headwear.bare) for each in found.people] for found in (whole, small)]
    assert len(worn[0]) == 2
    np.testing.assert_allclose(worn[1], worn[0], atol=0.15)
    assert all(person.headwear is None for person in estimator(picture).people)


class TenMs(Estimator):
    """An estimator that says of each look that the network took ten milliseconds."""

    def __call__(self, picture, size=None):
        return replace(super().__call__(picture, size), timings_ms={"network": 10, "grouping": 1})


def test_several_looks_take_the_time_of_all():
    seer = blue_seer(least=9)
    found = look(TenMs(seer.model, seer.runtime, seer.height), blue_square(200, 140, 14), Views(tiles=(2, 2)))
    assert (found.looks, found.timings_ms) == (5, {"network": 50, "grouping": 5})


def test_what_is_raised_between_two_looks_ends_them(estimator, crowd):
    looks = []

    def at_most_three():
        looks.append(None)
        if len(looks) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        look(estimator, crowd[0], Views((1.0, 1.5), (2, 2)), between=at_most_three)
    assert len(looks) == 3


@pytest.mark.parametrize("shape", [(1, 1), (4000, 1), (1, 4000), (17, 31)])
def test_pictures_of_any_size_are_taken_in_tiles(estimator, shape):
    assert look(estimator, np.zeros((*shape, 3), np.uint8), Views(tiles=(3, 2))).people == ()


def person_at(x, size, score):
    return Person(standing(x, 50, size).astype(np.float32), score)


def test_of_two_findings_of_one_person_the_surer_stays():
    whole, beside = person_at(100, 10, 0.5), person_at(200, 10, 0.4)
    part = Person(whole.keypoints.copy(), 0.9)
    part.keypoints[8:14] = 0
    part.keypoints[part.seen, :2] += 2
    assert merged([[whole, beside], [part]]) == [part, beside]


def head_alone(x, score):
    return Person(np.zeros((18, 3), np.float32), score, HeadPeak(x, 40, 9, score, 0), score)


def test_a_head_alone_gives_way_to_a_skeleton_that_another_look_saw_below_it():
    whole, beside, far = person_at(100, 10, 0.5), head_alone(101, 0.2), head_alone(200, 0.2)
    assert merged([[whole], [beside, far]]) == [whole, far]
    assert merged([[], [beside]]) == [beside]


def test_two_people_whom_one_look_tells_apart_stay_two():
    one, other = person_at(100, 10, 0.5), person_at(101, 10, 0.4)
    assert merged([[one, other], []]) == [one, other]
    assert merged([[one], [other]]) == [one]


@pytest.mark.parametrize(
    ("views", "cost"),
    [(Views(), 1), (Views((1.0, 2.0)), 5), (Views((1.0, 1.5)), 3.25), (Views((1.0, 1.5), (3, 2)), 9.25)],
)
def test_looks_cost_what_the_network_computes(views, cost):
    assert views.cost == cost
    assert views.several == (cost > 1)


def test_no_scale_is_higher_than_an_input_may_be(estimator):
    high = Estimator(estimator.model, estimator.runtime, 1536)
    assert [each.height for each in at_scales(high, Views((1.0, 1.5, 2.0)))] == [2048, 2048]
    assert [each.height for each in at_scales(estimator, Views((1.0, 1.5, 2.0)))] == [576, 768]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"tiles": (0, 2)}, "tiles: expected 1 to 8 columns and rows, got 0 x 2"),
        ({"tiles": (2, 9)}, "tiles: expected 1 to 8 columns and rows, got 2 x 9"),
        ({"scales": (2.0,)}, "scales: expected 1 and others of 1, 1.5, 2, each once, got 2"),
        ({"scales": (1.0, 3.0)}, "scales: expected 1 and others of 1, 1.5, 2, each once, got 1, 3"),
        ({"scales": (1.0, 2.0, 2.0)}, "scales: expected 1 and others of 1, 1.5, 2, each once, got 1, 2, 2"),
    ],
)
def test_other_looks_are_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Views(**arguments)
