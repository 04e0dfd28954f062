import numpy as np
import pytest

from pose.fields import FieldSpec, encode, person_size
from pose.skeleton import LIMBS, NECK, NOSE
from tests.pose.people import standing

SPEC = FieldSpec(
    outputs=("fields",),
    stride=4,
    heatmaps=tuple(range(18)),
    background=18,
    pafs=tuple((19 + 2 * i, 20 + 2 * i) for i in range(19)),
)


def test_a_point_in_the_middle_of_a_cell_peaks_in_that_cell_alone():
    person = np.zeros((18, 3), np.float32)
    person[NOSE] = 4 * 10 + 2, 4 * 5 + 2, 1
    fields = encode([person], SPEC, height=96, width=160)
    assert fields.shape == (57, 24, 40)
    assert np.unravel_index(fields[NOSE].argmax(), (24, 40)) == (5, 10)
    assert fields[NOSE, 5, 10] == pytest.approx(1.0)
    assert fields[NOSE, 5, 9] == fields[NOSE, 5, 11] == fields[NOSE, 4, 10] == fields[NOSE, 6, 10]
    assert fields[SPEC.background, 5, 10] == pytest.approx(0.0)
    assert not fields[1:18].any()
    assert not fields[19:].any()


def test_a_limbs_field_is_its_unit_vector_on_the_limb_and_nothing_elsewhere():
    person = np.zeros((18, 3), np.float32)
    person[NECK], person[NOSE] = (80, 80, 1), (80, 40, 1)
    fields = encode([person], SPEC, height=160, width=160)
    x, y = SPEC.pafs[LIMBS.index((NECK, NOSE))]
    assert fields[[x, y], 15, 20].tolist() == [0, -1], "from the neck up to the nose"
    assert not fields[[x, y], 15, 30].any()


def test_people_with_nobody_seen_leave_only_background():
    fields = encode([np.zeros((18, 3), np.float32)], SPEC, height=64, width=64)
    assert (fields[SPEC.background] == 1).all()
    assert fields.sum() == fields[SPEC.background].sum()


def test_overlapping_limbs_are_averaged():
    one, other = standing(60, 50, 8), standing(60, 50, 8)
    fields = encode([one, other], SPEC, height=160, width=160)
    np.testing.assert_allclose(fields, encode([one], SPEC, height=160, width=160), atol=1e-6)


def test_person_size_sees_a_whole_body_and_a_hidden_one_alike():
    whole = standing(0, 0, 10)
    hidden = whole.copy()
    hidden[8:14] = 0  # behind a wall from the hips down
    assert person_size(whole) == pytest.approx(3.2 * np.hypot(3, 30))
    assert person_size(hidden) == pytest.approx(3.5 * 18)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"heatmaps": tuple(range(17))}, "heatmaps: expected 18 channels, got 17"),
        ({"pafs": ((19, 20),)}, "pafs: expected 19 pairs"),
        ({"stride": 0}, "stride: expected at least 1 pixel, got 0"),
        ({"background": 3}, "channels: expected each to be used once"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        FieldSpec.from_json({**SPEC.to_json(), **change})


def test_a_layout_survives_json():
    assert FieldSpec.from_json(SPEC.to_json()) == SPEC
