import json
from dataclasses import replace

import numpy as np
import pytest

from pose.fields import WIDTHS, FieldSpec, TargetWidths, encode, person_sizes
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
    assert person_sizes(whole[None])[0] == pytest.approx(3.2 * np.hypot(3, 30))
    assert person_sizes(hidden[None])[0] == pytest.approx(3.5 * 18)


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


def test_a_layout_with_heads_survives_json_and_one_without_is_read_as_before():
    heads = replace(SPEC, helmeted_heads=57, bare_heads=58, head_size=59, head_offset=(60, 61))
    assert heads.channels == 62
    assert FieldSpec.from_json(json.loads(json.dumps(heads.to_json()))) == heads
    older = {name: value for name, value in SPEC.to_json().items() if name not in ("head_size", "head_offset")}
    assert FieldSpec.from_json(older) == SPEC


@pytest.mark.parametrize("widths", [WIDTHS, TargetWidths(sigma=(5.5, 7), limb_half_width=(6, 8))])
def test_fields_are_those_of_their_definition_everywhere(widths):
    rng = np.random.default_rng(0)
    people = [standing(x, y, size) for x, y, size in rng.uniform((-20, -20, 1), (180, 120, 15), (6, 3))]
    for person in people:
        person[:, :2] += rng.normal(0, 3, (18, 2))
        person[rng.random(18) < 0.2] = 0
    fields = encode(people, SPEC, height=96, width=160, widths=widths)
    np.testing.assert_allclose(fields, by_definition(people, widths), atol=1e-6)


@pytest.mark.parametrize("name", ["sigma", "limb_half_width"])
@pytest.mark.parametrize("bounds", [(0, 4), (-1, 4), (4, 3), (4, np.inf), (np.nan, 4)])
def test_widths_that_cannot_be_are_refused(name, bounds):
    low, high = bounds
    with pytest.raises(ValueError, match=rf"targets\.{name}: expected pixels above 0, .*, got {low}, {high}"):
        TargetWidths(**{name: bounds})


def test_the_widths_of_the_first_weights_stay():
    assert (WIDTHS.sigma, WIDTHS.limb_half_width) == ((3.5, 7), (3.5, 8))


def by_definition(people, widths):
    """Heatmaps and PAFs of SPEC, 96 x 160 pixels: each person, keypoint and limb by itself, over all cells."""
    fields, overlaps = np.zeros((57, 24, 40)), np.zeros((19, 24, 40))
    y, x = (np.indices((24, 40)) + 0.5) * 4
    for person in people:
        size = person_sizes(person[None])[0]
        sigma, half_width = np.clip(0.03 * size, *widths.sigma), np.clip(0.025 * size, *widths.limb_half_width)
        for keypoint, (point_x, point_y, seen) in enumerate(person.astype(float)):
            gauss = np.exp(-((x - point_x) ** 2 + (y - point_y) ** 2) / (2 * sigma**2))
            fields[keypoint] = np.maximum(fields[keypoint], gauss * seen)
        for limb, (a, b) in enumerate(LIMBS):
            if not person[a, 2] or not person[b, 2]:
                continue
            way = person[b, :2].astype(float) - person[a, :2]
            length = np.hypot(*way)
            unit = way / length
            along = (x - person[a, 0]) * unit[0] + (y - person[a, 1]) * unit[1]
            across = np.abs((x - person[a, 0]) * unit[1] - (y - person[a, 1]) * unit[0])
            strip = (along >= -half_width / 2) & (along <= length + half_width / 2) & (across <= half_width)
            fields[[19 + 2 * limb, 20 + 2 * limb]] += strip * unit[:, None, None]
            overlaps[limb] += strip
    fields[19:] /= np.repeat(np.maximum(overlaps, 1), 2, axis=0)
    fields[18] = 1 - fields[:18].max(axis=0)
    return fields
