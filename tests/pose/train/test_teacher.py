from dataclasses import replace

import numpy as np
import pytest
import torch

from pose.train.networks.layout import FIELDS, layout
from pose.train.teacher import Teacher, answer_of

OTHER = replace(
    layout(heads=False, stride=8),
    heatmaps=tuple(reversed(range(18))),
    pafs=tuple((56 - limb, 19 + limb) for limb in range(19)),
)


class Known:
    """Answers its channel's number in every cell of a stride of 8."""

    precision = "f32"

    def run(self, batch):
        n, height, width, _ = batch.shape
        numbers = np.arange(OTHER.channels, dtype=np.float32)[None, :, None, None]
        return np.broadcast_to(numbers, (n, OTHER.channels, height // 8, width // 8)).copy()


def test_a_teacher_answers_in_the_layout_that_is_trained():
    fields = Teacher(answer_of(Known()), OTHER, FIELDS, 1.0)(torch.zeros(2, 32, 64, 3, dtype=torch.uint8))
    assert fields.shape == (2, FIELDS.channels, 8, 16)
    for ours, theirs in [
        *zip(FIELDS.heatmaps, OTHER.heatmaps, strict=True),
        *zip(FIELDS.pafs, OTHER.pafs, strict=True),
    ]:
        expected = torch.tensor(np.atleast_1d(theirs), dtype=torch.float32)[None, :, None, None]
        torch.testing.assert_close(fields[:, np.atleast_1d(ours)], expected.expand(2, -1, 8, 16), rtol=1e-5, atol=1e-4)
    assert not fields[:, [FIELDS.helmeted_heads, FIELDS.bare_heads]].any()


def test_a_teacher_keeps_places():
    class Spot(Known):
        def run(self, batch):
            fields = super().run(batch) * 0
            fields[0, OTHER.heatmaps[4], 2, 1] = 1
            return fields

    heat = Teacher(answer_of(Spot()), OTHER, FIELDS, 1.0)(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))[
        0, FIELDS.heatmaps[4]
    ]
    rows, columns = np.meshgrid(np.arange(16), np.arange(16), indexing="ij")
    total = heat.sum()
    # cell (2, 1) of stride 8 is centred on input point (12, 20); cell centres of stride 4 lie at 4 * cell + 2
    assert float((heat * (4 * torch.from_numpy(columns) + 2)).sum() / total) == pytest.approx(12, abs=0.1)
    assert float((heat * (4 * torch.from_numpy(rows) + 2)).sum() / total) == pytest.approx(20, abs=0.1)


def test_a_teacher_of_an_odd_stride_is_refused():
    with pytest.raises(ValueError, match="expected a stride in steps of 4 pixels, got 6"):
        Teacher(answer_of(Known()), replace(OTHER, stride=6), FIELDS, 1.0)


def test_sharpness_narrows_peaks_and_limbs_and_keeps_their_heights():
    class Wide(Known):
        def run(self, batch):
            fields = super().run(batch) * 0
            across = np.exp(-((np.arange(16) - 8) ** 2) / 8).astype(np.float32)
            fields[0, OTHER.heatmaps[0]] = 0.8 * np.outer(across, across)
            fields[0, OTHER.pafs[0][1]] = -0.5 * across[:, None]
            return fields

    picture = torch.zeros(1, 128, 128, 3, dtype=torch.uint8)
    wide, narrow = (Teacher(answer_of(Wide()), OTHER, FIELDS, sharpness)(picture)[0] for sharpness in (1.0, 3.0))
    for channel in (FIELDS.heatmaps[0], FIELDS.pafs[0][1]):
        assert float(narrow[channel].abs().max()) == pytest.approx(float(wide[channel].abs().max()))
        assert float(narrow[channel].abs().sum()) < 0.7 * float(wide[channel].abs().sum())
        assert (narrow[channel] * wide[channel] >= 0).all()
    torch.testing.assert_close(narrow[FIELDS.background], 1 - narrow[FIELDS.heatmaps[0]])


def test_features_follow_the_fields_and_are_standardised():
    class Seeing(Known):
        def run(self, batch):
            fields = super().run(batch)
            seen = np.random.default_rng(0).normal(5, 3, (*fields.shape[:1], 2, *fields.shape[2:])).astype(np.float32)
            return np.concatenate([fields, seen], axis=1)

    pictures = torch.zeros(2, 64, 64, 3, dtype=torch.uint8)
    fields, features = Teacher(answer_of(Seeing()), OTHER, FIELDS, 1.0).see(pictures)
    torch.testing.assert_close(fields, Teacher(answer_of(Known()), OTHER, FIELDS, 1.0)(pictures))
    assert features.shape == (2, 2, 8, 8)
    torch.testing.assert_close(features.mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(features.var(dim=(0, 2, 3), correction=0), torch.ones(2), atol=1e-3, rtol=0)
