import json

import numpy as np
import pytest

from pose.proposals import EDGES, KINDS, PERSON, ProposalSpec, encode
from pose.skeleton import LEFT_ANKLE, NECK, NOSE
from tests.pose.people import standing

SPEC = ProposalSpec(("proposals",), stride=16)


def test_the_edges_are_a_tree_that_reaches_every_kind_from_the_person():
    reached = {PERSON}
    for start, end in EDGES:
        assert start in reached
        assert end not in reached
        reached.add(end)
    assert reached == set(range(KINDS))


def test_a_layout_survives_json_and_counts_its_channels():
    assert ProposalSpec.from_json(json.loads(json.dumps(SPEC.to_json()))) == SPEC
    assert SPEC.channels == 6 * 19 + 18 * 81


@pytest.mark.parametrize("name", ["stride", "reach", "unit"])
def test_a_layout_that_cannot_be_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: expected at least 1, got 0"):
        ProposalSpec.from_json({**SPEC.to_json(), name: 0})


def proposed(*people):
    """Of a grid of 10 rows and 14 columns: (values, kinds, rows, columns) and edges."""
    return SPEC.split(encode(people, SPEC, height=160, width=224))


def somebody(**points):
    """A person with the named points alone."""
    person = np.zeros((18, 3), np.float32)
    for name, point in points.items():
        person[{"neck": NECK, "nose": NOSE, "ankle": LEFT_ANKLE}[name]] = *point, 1
    return person


def test_a_point_is_a_square_in_its_cell_and_the_person_a_box_around_all_squares():
    values, edges = proposed(somebody(neck=(36, 24), nose=(36, 64)))
    square = 0.2 * 40 / 384
    np.testing.assert_allclose(values[:, 1 + NECK, 1, 2], [1, 1, 0.25, 0.5, square, square], atol=1e-6)
    np.testing.assert_allclose(values[:, PERSON, 2, 2], [1, 1, 0.25, 0.75, square, 1.2 * 40 / 384], atol=1e-6)
    assert values[0].sum() == 3
    assert np.argwhere(edges).tolist() == [
        [EDGES.index((PERSON, 1 + NECK)), 3, 4, 2, 2],
        [EDGES.index((1 + NECK, 1 + NOSE)), 7, 4, 1, 2],
    ]


@pytest.mark.parametrize(
    ("people", "boxes", "edges"),
    [
        ([], 0, 0),
        ([somebody()], 0, 0),
        ([standing(110, 30, 14)], 19, 18),
        ([somebody(neck=(30, 30), nose=(30, 110))], 3, 1),  # the nose lies out of the neck's reach
        ([somebody(neck=(30, 30), nose=(224, 30))], 2, 1),  # and here outside the input
        ([somebody(neck=(-1, 30))], 0, 0),
        ([standing(50, 30, 14), standing(150, 30, 14)], 38, 36),
        ([standing(110, 30, 14), standing(110, 30, 14)], 19, 18),
    ],
)
def test_boxes_and_edges_are_those_of_what_lies_in_the_input(people, boxes, edges):
    values, led = proposed(*people)
    assert (values[0].sum(), led.sum()) == (boxes, edges)
    assert (values[:, values[0] == 0] == 0).all()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_people_in_a_cell_the_larger_one_is_seen(order):
    larger, smaller = somebody(neck=(40, 40), nose=(40, 70)), somebody(neck=(41, 41), ankle=(61, 41))
    values, edges = proposed(*[larger, smaller][::order])
    assert values[2, 1 + NECK, 2, 2] == 0.5
    assert values[0, 1 + LEFT_ANKLE].sum() == 1
    assert edges[:, :, :, 2, 2].sum() == 1, "from the larger one's neck to its nose"


def test_of_two_people_of_one_size_in_a_cell_the_first_is_seen():
    values, _ = proposed(somebody(neck=(40, 40)), somebody(neck=(44, 40)))
    assert values[2, 1 + NECK, 2, 2] == 0.5
    assert (values[4:, [PERSON, 1 + NECK], 2, 2] == np.float32(8 / 384)).all()
