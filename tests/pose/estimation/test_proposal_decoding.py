import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pose.estimation.candidates import MOST_OF_A_KIND
from pose.estimation.proposal_decoding import ProposalDecoder, ProposalThresholds, find_proposals
from pose.proposals import EDGES, PERSON, ProposalSpec, encode
from pose.skeleton import LEFT_ELBOW, LEFT_SHOULDER, LEFT_WRIST, NECK
from tests.pose.people import standing

SPEC = ProposalSpec(("proposals",), stride=16)
DECODER = ProposalDecoder(SPEC, ProposalThresholds())
HEIGHT, WIDTH = 384, 672


def found(answer):
    """The people from left to right (and down) by their necks, and their scores."""
    keypoints, scores = DECODER.people(answer)
    order = np.lexsort(keypoints[:, NECK, :2].round().T[::-1])
    return keypoints[order], scores[order]


def encoded(*people):
    return encode(people, SPEC, height=HEIGHT, width=WIDTH)


def test_an_empty_answer_holds_nobody():
    keypoints, scores = DECODER.people(encoded())
    assert keypoints.shape == (0, 18, 3)
    assert scores.shape == (0,)


@settings(max_examples=40)
@given(x=st.floats(80, 590), y=st.floats(60, 150), size=st.floats(7, 19), hidden=st.sets(st.sampled_from(range(18))))
def test_a_person_comes_back_as_far_as_edges_lead(x, y, size, hidden):
    person = standing(x, y, size)
    person[list(hidden)] = 0
    reached = {PERSON}
    for start, end in EDGES:
        reached |= {end} if start in reached and person[end - 1, 2] else set()
    keypoints, scores = found(encoded(person))
    assert len(keypoints) == (len(reached) >= 4)
    for got, score in zip(keypoints, scores, strict=True):
        assert {1 + kind for kind in np.flatnonzero(got[:, 2])} == reached - {PERSON}
        assert score == pytest.approx(2 * (len(reached) - 1) / 36)
        np.testing.assert_allclose(got[got[:, 2] > 0, :2], person[got[:, 2] > 0, :2], atol=0.01)


@pytest.mark.parametrize(
    ("people", "came_back"),
    [
        ([standing(40 + 50 * i, 60 + 15 * (i % 3), 14) for i in range(12)], 12),
        ([standing(100 + 60 * i, 80 + 120 * j, 10) for i in range(8) for j in range(2)], 16),
        ([standing(200, 100, 20), standing(260, 100, 20)], 2),
        ([standing(200, 100, 20), standing(340, 150, 10)], 2),  # a child beside
        ([standing(200, 100, 20), standing(204, 100, 20)], 1),  # nearly the same box
        ([standing(200, 100, 20), standing(210, 200, 5)], 2),  # a small person in front of a large one
    ],
)
def test_people_of_a_crowd_come_back_whole_unless_their_boxes_are_one(people, came_back):
    keypoints, scores = found(encoded(*people))
    assert len(keypoints) == came_back
    expected = sorted(people, key=lambda person: tuple(person[NECK]))[:came_back]
    for got, person in zip(keypoints, expected, strict=True):
        np.testing.assert_allclose(got[got[:, 2] > 0, :2], person[got[:, 2] > 0, :2], atol=0.01)
    assert (scores > 0.9).all()


def lead(answer, start, end, one, other, probability):
    """Set how likely an edge leads from one person's keypoint to another's."""
    from_column, from_row = (one[start, :2] // 16).astype(int)
    to_column, to_row = (other[end, :2] // 16).astype(int)
    edge = SPEC.split(answer)[1][EDGES.index((1 + start, 1 + end))]
    edge[to_row - from_row + 4, to_column - from_column + 4, from_row, from_column] = probability


def test_two_people_want_one_elbow_and_the_likelier_way_from_the_person_counts():
    left, right = standing(200, 100, 20), standing(260, 100, 20)
    answer = encoded(left, right)
    lead(answer, LEFT_SHOULDER, LEFT_ELBOW, left, left, 0.6)
    lead(answer, LEFT_SHOULDER, LEFT_ELBOW, right, left, 0.9)
    lead(answer, LEFT_SHOULDER, LEFT_ELBOW, right, right, 0)
    lead(answer, NECK, LEFT_SHOULDER, right, right, 0.5)
    keypoints, _ = found(answer)
    np.testing.assert_allclose(keypoints[0, LEFT_ELBOW, :2], left[LEFT_ELBOW, :2], atol=0.01)
    assert np.flatnonzero(keypoints[1, :, 2] == 0).tolist() == [LEFT_ELBOW, LEFT_WRIST]


def test_the_weaker_of_two_boxes_on_one_thing_is_dropped():
    answer = encoded(standing(200, 100, 20))
    values, _ = SPEC.split(answer)
    row, column = np.argwhere(values[0, 1 + NECK])[0]
    values[:, 1 + NECK, row, column + 1] = 0.9, 1, 0, *values[3:, 1 + NECK, row, column]
    boxes = find_proposals(answer, SPEC, DECODER.thresholds)
    assert boxes.cell[boxes.kind == 1 + NECK].tolist() == [[row, column]]


@pytest.mark.parametrize("fill", [0.0, 0.5, 1.0, 3e38, -1.0, np.inf, -np.inf, np.nan])
def test_an_even_answer_is_nobody_or_somebody_but_no_fault(fill):
    keypoints, scores = DECODER.people(np.full((SPEC.channels, 24, 42), fill, np.float32))
    assert np.isfinite(keypoints).all()
    assert ((scores >= 0) & (scores <= 1)).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.01, 10), spoilt=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_noise_gives_numbers_within_the_input(seed, spread, spoilt):
    rng = np.random.default_rng(seed)
    answer = rng.normal(0.3, spread, (SPEC.channels, 6, 10)).astype(np.float32)
    answer[rng.random(answer.shape) < 0.1] = spoilt
    keypoints, scores = DECODER.people(answer)
    seen = keypoints[keypoints[..., 2] > 0]
    assert ((seen >= 0) & (seen <= (160, 96, 1))).all()
    assert (keypoints[keypoints[..., 2] == 0] == 0).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_of_too_many_boxes_the_strongest_are_kept():
    answer = np.zeros((SPEC.channels, 24, 42), np.float32)
    values, _ = SPEC.split(answer)
    values[0] = np.random.default_rng(0).uniform(0.2, 1, values[0].shape)
    values[1:4] = 1
    values[4:] = 1e-3
    boxes = find_proposals(answer, SPEC, DECODER.thresholds)
    for kind, responsibility in enumerate(values[0]):
        strongest = np.sort(responsibility.ravel())[: -MOST_OF_A_KIND - 1 : -1]
        np.testing.assert_array_equal(boxes.score[boxes.kind == kind], strongest)
