import json

import pytest

from pose.proposals import EDGES, KINDS, PERSON, ProposalSpec

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
