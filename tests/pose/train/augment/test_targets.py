import numpy as np
import pytest

from pose.fields import HEAD_UNIT, encode
from pose.skeleton import LEFT_EAR, NECK, NOSE, RIGHT_SHOULDER
from pose.train.augment.targets import make_targets
from pose.train.networks.layout import FIELDS, layout
from tests.pose.people import standing
from tests.pose.train.made_up import example, placed

SIZE = 64


def crop(**changes):
    """The example's top left corner, as it is."""
    return placed(example(**changes), np.eye(3), SIZE)


def test_keypoints_and_limbs_are_those_of_encode():
    targets = make_targets(crop(), FIELDS)
    expected = encode([standing(40, 20, 4)], layout(heads=False), height=SIZE, width=SIZE)
    np.testing.assert_array_equal(targets.fields[:57], expected)
    assert targets.fields.shape == (62, 16, 16)
    assert (targets.pose_mask == 1).all()
    assert (targets.head_mask == 1).all()


def test_a_heads_fields_tell_its_centre_size_and_kind():
    one = crop(heads=np.array([[21, 31, 18, 16]], np.float32), helmeted=np.array([False]))
    fields = make_targets(one, FIELDS).fields
    assert not fields[FIELDS.helmeted_heads].any()
    row, column = np.unravel_index(fields[FIELDS.bare_heads].argmax(), (16, 16))
    assert (row, column) == (9, 7)
    assert 2 ** fields[FIELDS.head_size, row, column] * HEAD_UNIT == pytest.approx(18)
    for channel, cell, centre in zip(FIELDS.head_offset, (column, row), (30, 39), strict=True):
        assert (cell + 0.5 + fields[channel, row, column]) * 4 == pytest.approx(centre)
    core = fields[FIELDS.bare_heads] >= 0.5
    assert not fields[FIELDS.head_size][~core].any()
    assert fields[FIELDS.head_size][core].all()


def test_between_two_heads_each_cell_belongs_to_the_nearer():
    one = crop(heads=np.array([[10, 10, 20, 20], [18, 10, 20, 20]], np.float32), helmeted=np.array([True, False]))
    offset = make_targets(one, FIELDS).fields[FIELDS.head_offset[0]]
    assert (offset[5, 4] + 4.5) * 4 == pytest.approx(20)
    assert (offset[5, 7] + 7.5) * 4 == pytest.approx(28)


def test_heads_count_nowhere_where_their_labels_are_incomplete():
    assert not make_targets(crop(heads_complete=False), FIELDS).head_mask.any()


def test_a_head_in_an_ignored_region_counts():
    targets = make_targets(crop(ignore=np.array([[30, 0, 20, 60]], np.float32)), FIELDS)
    assert targets.fields[FIELDS.helmeted_heads].max() > 0.5
    assert targets.head_mask.all()


def test_ignored_regions_do_not_count_for_keypoints():
    mask = make_targets(crop(ignore=np.array([[9, 17, 10, 4]], np.float32)), FIELDS).pose_mask
    assert np.argwhere(mask == 0).tolist() == [[row, column] for row in (4, 5) for column in (2, 3, 4)]


def test_around_an_unsure_keypoint_and_along_its_limbs_nothing_counts():
    people = np.zeros((1, 18, 3), np.float32)
    people[0, NOSE], people[0, NECK] = (50, 10, -1), (10, 50, 1)
    targets = make_targets(crop(people=people), FIELDS)
    assert not targets.fields[NOSE].any()
    assert targets.fields[NECK].max() > 0.9
    assert targets.pose_mask[2, 12] == 0, "the keypoint"
    assert targets.pose_mask[0, 14] == 0, "two cells away"
    assert targets.pose_mask[7, 7] == 0, "the limb"
    assert targets.pose_mask[2, 2] == 1


def test_a_person_of_whom_nothing_is_sure_leaves_only_a_mask():
    people = np.zeros((1, 18, 3), np.float32)
    people[0, LEFT_EAR] = 30, 30, -1
    targets = make_targets(crop(people=people), FIELDS)
    assert not targets.fields[:18].any()
    assert targets.pose_mask[7, 7] == 0
    assert targets.pose_mask.mean() > 0.8


def test_where_people_are_unlabelled_only_the_labelled_ones_surroundings_count():
    people = np.zeros((1, 18, 3), np.float32)
    people[0, NECK], people[0, RIGHT_SHOULDER] = (20, 20, 1), (28, 20, 1)
    mask = make_targets(crop(people=people, people_complete=False), FIELDS).pose_mask
    assert mask[5, 5] == 1
    assert mask[12, 12] == 0
    nobody = np.zeros((0, 18, 3), np.float32)
    assert not make_targets(crop(people=nobody, people_complete=False), FIELDS).pose_mask.any()


def test_a_layout_without_heads_has_no_head_fields():
    assert make_targets(crop(), layout(heads=False)).fields.shape == (57, 16, 16)
