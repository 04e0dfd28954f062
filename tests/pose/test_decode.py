import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pose.decode import MOST_PEAKS, Grouping, decode, find_peaks, smooth
from pose.fields import FieldSpec, encode
from tests.pose.people import standing

SPEC = FieldSpec(
    outputs=("fields",),
    stride=4,
    heatmaps=tuple(range(18)),
    pafs=tuple((18 + 2 * i, 19 + 2 * i) for i in range(19)),
)
GROUPING = Grouping(smoothing=0.7, peak=0.08, limb=0.05, limb_share=0.8, keypoints=3, headless_keypoints=5, person=0.2)


def found(people, height=384, width=672):
    keypoints, scores = decode(encode(people, SPEC, height=height, width=width), SPEC, GROUPING)
    order = np.argsort(keypoints[:, 1, 0])
    return keypoints[order], scores[order]


def test_an_empty_field_holds_nobody():
    keypoints, scores = decode(np.zeros((56, 24, 32), np.float32), SPEC, GROUPING)
    assert keypoints.shape == (0, 18, 3)
    assert scores.shape == (0,)


@settings(max_examples=40, deadline=None)
@given(x=st.floats(60, 600), y=st.floats(60, 150), size=st.floats(7, 28))
def test_a_person_comes_back_within_a_pixel(x, y, size):
    person = standing(x, y, size)
    keypoints, scores = found([person])
    assert len(keypoints) == 1
    np.testing.assert_allclose(keypoints[0, :, :2], person[:, :2], atol=1.0)
    assert (keypoints[0, :, 2] > 0.5).all()
    assert 0.5 < scores[0] <= 1


@pytest.mark.parametrize("people", [2, 5, 12])
def test_each_of_many_people_comes_back_whole(people):
    crowd = [standing(40 + 50 * i, 60 + 15 * (i % 3), 14) for i in range(people)]
    keypoints, _ = found(crowd)
    assert len(keypoints) == people
    for got, expected in zip(keypoints, crowd, strict=True):
        np.testing.assert_allclose(got[:, :2], expected[:, :2], atol=1.5)


def test_two_people_side_by_side_keep_their_own_limbs():
    left, right = standing(200, 100, 20), standing(228, 100, 20)
    keypoints, _ = found([left, right])
    np.testing.assert_allclose(keypoints[0, [4, 7], 0], left[[4, 7], 0], atol=2)
    np.testing.assert_allclose(keypoints[1, [4, 7], 0], right[[4, 7], 0], atol=2)


def test_unseen_keypoints_stay_zero():
    person = standing(300, 100, 20)
    person[8:14] = 0
    keypoints, _ = found([person])
    assert (keypoints[0, 8:14] == 0).all()
    assert (keypoints[0, :8, 2] > 0).all()


def test_too_few_keypoints_are_nobody():
    person = standing(300, 100, 20)
    person[2:] = 0
    assert len(found([person])[0]) == 0


@pytest.mark.parametrize(("seen", "people"), [(range(1, 5), 0), (range(1, 8), 1), ((1, 0, 14), 1)])
def test_few_keypoints_are_somebody_only_with_a_head(seen, people):
    person = standing(300, 100, 20)
    hidden = [kind for kind in range(18) if kind not in seen]
    person[hidden] = 0
    assert len(found([person])[0]) == people


def test_a_person_cut_by_the_border_is_found():
    person = standing(10, 20, 12)
    cut = (person[:, :2] < 0).any(axis=1)
    assert cut.any()
    person[cut] = 0
    keypoints, _ = found([person])
    assert len(keypoints) == 1
    assert ((keypoints[0, :, 2] > 0) == ~cut).all()


def test_of_equal_neighbours_one_is_the_peak():
    heatmaps = np.zeros((18, 6, 6), np.float32)
    heatmaps[0, 2:4, 2:4] = 0.5
    peaks = find_peaks(heatmaps, 0.1)
    assert peaks.kind.tolist() == [0]
    assert ((peaks.cells >= 2) & (peaks.cells <= 3)).all()


def test_smoothing_takes_a_lone_cell_away_and_keeps_a_blob():
    heatmaps = np.zeros((18, 9, 18), np.float32)
    heatmaps[0, 4, 3] = 0.2
    heatmaps[0, 3:6, 12:15] = 0.2
    assert find_peaks(smooth(heatmaps, 0.7), 0.1).cells.tolist() == [[13, 4]]


def test_of_too_many_peaks_the_strongest_are_kept():
    generator = np.random.default_rng(0)
    heatmaps = np.zeros((18, 80, 80), np.float32)
    heatmaps[3, ::2, ::2] = generator.uniform(0.2, 1, (40, 40))
    peaks = find_peaks(heatmaps, 0.1)
    assert len(peaks.kind) == MOST_PEAKS
    assert peaks.score.min() >= np.sort(heatmaps[3].ravel())[-MOST_PEAKS]
