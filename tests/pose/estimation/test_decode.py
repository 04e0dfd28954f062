import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pose.estimation.candidates import MOST_OF_A_KIND
from pose.estimation.decode import SAMPLES, Grouping, Peaks, decode, find_limbs, find_peaks, smooth
from pose.fields import FieldSpec, encode
from pose.skeleton import LIMBS
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


@settings(max_examples=40)
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


@pytest.mark.parametrize(("seen", "people"), [(range(2), 0), (range(1, 5), 0), (range(1, 8), 1), ((1, 0, 14), 1)])
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
    assert len(peaks.kind) == MOST_OF_A_KIND
    assert peaks.score.min() >= np.sort(heatmaps[3].ravel())[-MOST_OF_A_KIND]


@pytest.mark.parametrize("share", [0.3, 0.8, 1.0])
def test_limbs_are_those_that_reading_every_sample_of_every_pair_finds(share):
    generator = np.random.default_rng(0)
    fields = generator.uniform(-0.1, 0.3, (56, 60, 80)).astype(np.float32)
    cells = generator.uniform(0, (79, 59), (18 * 70, 2)).astype(np.float32)
    peaks = Peaks(np.repeat(np.arange(18), 70), cells, np.ones(len(cells), np.float32))
    grouping = Grouping(
        smoothing=0.7, peak=0.1, limb=0.05, limb_share=share, keypoints=3, headless_keypoints=5, person=0.2
    )
    limbs = find_limbs(fields, SPEC, peaks, grouping)
    found = {(kind, a, b) for kind, (a, b) in zip(limbs.kind.tolist(), limbs.ends.tolist(), strict=True)}
    assert found == set(every_limb(fields, peaks, grouping))
    assert len(found) > 100


def every_limb(fields, peaks, grouping):
    for limb, ((kind_a, kind_b), (x, y)) in enumerate(zip(LIMBS, SPEC.pafs, strict=True)):
        a, b = (np.flatnonzero(peaks.kind == kind) for kind in (kind_a, kind_b))
        start = peaks.cells[a][:, None]
        way = peaks.cells[b][None] - start
        length = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-6)
        steps = np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None]
        column, row = np.moveaxis(np.rint(start[..., None, :] + way[..., None, :] * steps).astype(int), -1, 0)
        unit = way / length[..., None]
        along = fields[x][row, column] * unit[..., :1] + fields[y][row, column] * unit[..., 1:]
        score = along.mean(axis=2) + np.minimum(0.5 * fields.shape[1] / length - 1, 0)
        joined = ((along > grouping.limb).mean(axis=2) >= grouping.limb_share) & (score > grouping.limb)
        yield from ((limb, a[i], b[j]) for i, j in np.argwhere(joined))


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 9), (5, 0), (5, 9)])
def test_a_peak_in_a_corner_is_found_in_its_cell(row, column):
    heatmaps = np.zeros((18, 6, 10), np.float32)
    heatmaps[4, row, column] = 0.5
    peaks = find_peaks(heatmaps, 0.1)
    assert peaks.kind.tolist() == [4]
    assert peaks.cells.tolist() == [[column, row]]


def test_a_peak_that_lies_nowhere_has_no_limbs():
    fields = np.ones((56, 6, 8), np.float32)
    peaks = Peaks(np.array([1, 2]), np.array([(np.nan, np.nan), (3, 3)], np.float32), np.ones(2, np.float32))
    with np.errstate(invalid="ignore"):
        assert len(find_limbs(fields, SPEC, peaks, GROUPING).kind) == 0
