"""People are in the zones where they stand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.cameras.zones import Zone, blurred_people, helmet_zones, is_inside
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Verdict
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import Person
from tests.pose.people import standing

WIDTH, HEIGHT = 200, 100
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TOP = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
FLOOR = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))


def judged(box: Box, head: tuple[float, float] | None = None) -> Verdict:
    frame = head and HeadFrame(*head, 5.0, (0.0, -1.0), 0.9)
    return Verdict(0, "no_helmet", "bare_head", 0.9, None, box, 0.1, frame)


def names(zones, verdict):
    return [zone.name for zone in helmet_zones(zones, verdict, WIDTH, HEIGHT)]


STANDING = judged(Box(40, 20, 20, 60), head=(50, 25))  # feet on the floor, head above


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ([], [""]),
        ([Zone("floor", "helmet", FLOOR)], ["floor"]),
        ([Zone("wall", "helmet", TOP)], []),  # feet count
        ([Zone("left", "helmet", LEFT), Zone("floor", "helmet", FLOOR)], ["left", "floor"]),
        ([Zone("street", "ignored", FLOOR)], [""]),  # the head does not lie in it
        ([Zone("street", "ignored", TOP), Zone("floor", "helmet", FLOOR)], []),
        ([Zone("office", "blurred", TOP)], [""]),
        ([Zone("far", "helmet", FLOOR, min_person=0.6)], ["far"]),
        ([Zone("far", "helmet", FLOOR, min_person=0.61)], []),
    ],
)
def test_who_must_wear_a_helmet_where(zones, expected):
    assert names(zones, STANDING) == expected


def test_a_person_whom_the_edge_of_the_picture_cuts_off_stands_on_it():
    assert names([Zone("floor", "helmet", FLOOR)], judged(Box(180, 40, 20, 60))) == ["floor"]


def test_without_a_head_the_middle_of_the_box_is_ignored():
    lying = judged(Box(40, 20, 20, 50))
    assert names([Zone("wall", "ignored", TOP)], lying) == []


def test_heads_in_blurred_zones_are_blurred():
    people = [Person(standing(50, y, 5), 0.9) for y in (25, 80)]
    headless = Person(np.zeros((18, 3), np.float32), 0.9)
    for zone, expected in (("blurred", TOP), people[:1]), (("blurred", FLOOR), people[1:]), (("ignored", TOP), []):
        assert blurred_people([Zone("office", *zone)], [*people, headless], WIDTH, HEIGHT) == expected


share = st.floats(0, 1, allow_subnormal=False)
point = st.tuples(share, share)
triangle = st.lists(point, min_size=3, max_size=3)


def signs(corners, x, y):
    """On which side of each edge of a triangle a point lies, as twice the area of what they span."""
    around = [*corners, corners[0]]
    return [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for (ax, ay), (bx, by) in pairwise(around)]


@settings(max_examples=40)
@given(triangle, point)
def test_a_point_in_a_triangle_lies_on_one_side_of_all_its_edges(corners, place):
    sides = signs(corners, *place)
    if min(map(abs, sides)) > 1e-6:
        assert is_inside(corners, *place) == (min(sides) > 0 or max(sides) < 0)


@settings(max_examples=40)
@given(st.lists(point, min_size=3, max_size=8), point, st.integers(0, 7))
def test_it_does_not_matter_where_a_polygon_begins_or_which_way_it_goes(corners, place, turn):
    turn %= len(corners)
    turned = [*corners[turn:], *corners[:turn]]
    assert is_inside(turned, *place) == is_inside(corners, *place) == is_inside(corners[::-1], *place)


@settings(max_examples=40)
@given(st.lists(point, min_size=3, max_size=8), st.integers(0, 7), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_corners_and_edges_belong_to_the_polygon(corners, edge, along):
    (ax, ay), (bx, by) = corners[edge % len(corners)], corners[(edge + 1) % len(corners)]
    assert is_inside(corners, ax + along * (bx - ax), ay + along * (by - ay))


def test_what_a_polygon_encloses_twice_is_outside():
    star = [(0.5, 0.0), (0.8, 0.95), (0.02, 0.36), (0.98, 0.36), (0.2, 0.95)]
    assert [is_inside(star, 0.5, y) for y in (0.2, 0.5, 0.9)] == [True, False, False]


@settings(max_examples=40)
@given(st.lists(point, min_size=3, max_size=8), st.floats(1.01, 2))
def test_nothing_outside_the_picture_is_in_a_zone(corners, far):
    assert not is_inside(corners, far, 0.5)
    assert not is_inside(corners, 0.5, far)
