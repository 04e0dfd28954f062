import numpy as np
import torch

from pose.proposals import KINDS, PERSON, encode
from pose.skeleton import LEFT_EAR, NECK, NOSE
from pose.train.augment.proposal_targets import ProposalTargets
from pose.train.networks.layout import proposal_layout
from tests.pose.people import standing
from tests.pose.train.made_up import example, placed

SIZE = 128
SPEC = proposal_layout(stride=32)


def targets(**changes):
    crop = placed(example(**changes), np.eye(3), SIZE)
    made = ProposalTargets(SPEC).of_crops([crop])
    return {name: values[0] for name, values in made.items()}


def people(**states):
    """One person of a neck in the first cell and a keypoint in the last, of this state."""
    one = np.zeros((1, 18, 3), np.float32)
    one[0, NECK] = 16, 16, states.get("neck", 1)
    one[0, NOSE] = 112, 112, states.get("nose", 1)
    return one


def test_proposals_are_those_of_encode_and_all_is_known():
    made = targets()
    expected = encode([standing(40, 20, 4)], SPEC, height=SIZE, width=SIZE)
    torch.testing.assert_close(made["proposals"], torch.from_numpy(expected))
    assert made["known"].shape == (KINDS, 4, 4)
    assert made["known"].all()


def test_an_unsure_keypoint_leaves_its_kind_open_where_it_may_be():
    known = targets(people=people(nose=-1))["known"]
    assert not known[1 + NOSE, 3, 3]
    assert known[1 + NOSE, 0, 0]
    assert known[1 + LEFT_EAR].all()
    assert known[PERSON].all()


def test_a_person_of_whom_nothing_is_sure_may_be_anywhere_around():
    made = targets(people=people(neck=-1, nose=-1))
    assert not made["proposals"].any()
    assert not made["known"][PERSON].any()
    assert made["known"][1 + LEFT_EAR].all()


def test_in_ignored_regions_only_what_is_labelled_is_known():
    made = targets(people=people(), ignore=np.array([[0, 0, 40, 40]], np.float32))
    assert not made["known"][1 + NOSE, :2, :2].any()
    assert made["known"][1 + NECK, 0, 0]
    assert made["known"][:, 2:, 2:].all()


def test_where_people_are_unlabelled_nothing_is_known_of_the_rest():
    made = targets(people=people(nose=0), people_complete=False)
    assert made["known"][:, 0, 0].all()
    assert not made["known"][:, 2:, 2:].any()
