import pytest
import torch

from pose.proposals import EDGES, KINDS, VALUES, ProposalSpec
from pose.skeleton import NECK, NOSE
from pose.train.proposal_losses import ProposalLossConfig, edge_weights, overlaps, proposal_loss

SPEC = ProposalSpec(outputs=("proposals",), stride=32, reach=1, unit=64)
PARTS = ("responsibility", "overlap", "place", "size", "edges")
NECK_TO_NOSE = EDGES.index((1 + NECK, 1 + NOSE))


def channel(part, kind):
    return part * KINDS + kind


def edge(number, offset):
    return VALUES * KINDS + number * SPEC.window + offset


def batch(**changes):
    """One crop of 3x3 cells with a neck in the middle cell, and a nose in the cell above it."""
    proposals = torch.zeros(1, SPEC.channels, 3, 3)
    for kind, row in ((1 + NECK, 1), (1 + NOSE, 0)):
        for part, value in enumerate((1, 1, 0.5, 0.5, 0.5, 0.5)):
            proposals[0, channel(part, kind), row, 1] = value
    proposals[0, edge(NECK_TO_NOSE, 1), 1, 1] = 1
    return {"proposals": proposals, "known": torch.ones(1, KINDS, 3, 3), **changes}


def loss_of(target, changes):
    answer = target["proposals"].clone()
    for (number, row, column), value in changes.items():
        answer[0, number, row, column] = value
    return proposal_loss([answer], target, SPEC, ProposalLossConfig())


def test_a_perfect_answer_costs_nothing():
    parts = loss_of(batch(), {})
    assert set(parts) == {*PARTS, "loss"}
    assert all(value == pytest.approx(0, abs=1e-9) for value in parts.values())


@pytest.mark.parametrize(
    ("place", "value", "part", "cost"),
    [
        ((channel(0, 1 + NOSE), 2, 2), 1.0, "responsibility", 1.0),  # a nose where none is
        ((channel(0, 1 + NOSE), 0, 1), 0.5, "responsibility", 0.25),
        ((channel(1, 1 + NOSE), 0, 1), 0.5, "overlap", 0.25),
        ((channel(1, 1 + NOSE), 2, 2), 0.5, "overlap", 0.0),  # no box there: nothing is asked
        ((channel(2, 1 + NOSE), 2, 2), 0.5, "place", 0.0),
        ((channel(4, 1 + NOSE), 2, 2), 0.5, "size", 0.0),
        ((edge(NECK_TO_NOSE, 1), 1, 1), 0.0, "edges", 1.0),
        ((edge(NECK_TO_NOSE, 4), 1, 1), 0.5, "edges", 0.25),  # to another cell than the nose's
        ((edge(NECK_TO_NOSE, 0), 1, 2), 0.5, "edges", 0.25),  # to the nose, from another cell than the neck's
        ((edge(NECK_TO_NOSE, 5), 1, 1), 0.5, "edges", 0.25),
        ((edge(NECK_TO_NOSE, 5), 2, 0), 0.5, "edges", 0.0),  # neither of its ends is anywhere
        ((edge(NECK_TO_NOSE, 1), 0, 1), 0.5, "edges", 0.0),  # it would lead out of the crop
    ],
)
def test_an_error_costs_its_square_where_something_is_asked(place, value, part, cost):
    parts = loss_of(batch(), {place: value})
    assert float(parts[part]) == pytest.approx(cost, abs=1e-6)
    assert float(parts["loss"]) == pytest.approx(getattr(ProposalLossConfig(), part) * cost, abs=1e-6)


def test_the_overlap_to_answer_is_that_of_the_answered_box():
    narrower = {(channel(4, 1 + NOSE), 0, 1): 0.25}
    parts = loss_of(batch(), {**narrower, (channel(1, 1 + NOSE), 0, 1): 0.5})
    assert float(parts["overlap"]) == pytest.approx(0, abs=1e-9)
    assert float(parts["size"]) == pytest.approx((0.5**0.5 - 0.25**0.5) ** 2, rel=1e-4)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ((0.5, 0.5, 0.5, 0.5), 1.0),
        ((0.5, 0.5, 0.25, 1.0), 1 / 3),  # half of one side, twice the other
        ((1.0, 0.5, 0.5, 0.5), 1 / 3),  # moved by half a cell, which is half of its width
        ((0.5, 0.5, 0.0, 0.0), 0.0),
    ],
)
def test_overlaps_are_shares_of_the_union(one, expected):
    boxes = ([torch.tensor([value]) for value in box] for box in (one, (0.5, 0.5, 0.5, 0.5)))
    assert float(overlaps(*boxes, SPEC)) == pytest.approx(expected)


def test_nothing_is_asked_where_labels_do_not_tell():
    known = torch.ones(1, KINDS, 3, 3)
    known[0, 1 + NOSE, 2, 2] = 0
    assert float(loss_of(batch(known=known), {(channel(0, 1 + NOSE), 2, 2): 1.0})["loss"]) == pytest.approx(0, abs=1e-9)
    there = batch()["proposals"][:, :KINDS]
    weights = edge_weights(there, known, SPEC)[0, NECK_TO_NOSE]
    assert weights[8, 1, 1] == 0  # down to the right: the nose might be there
    assert weights[0, 1, 1] == 1
