import pytest
import torch

from pose.train.losses import LossConfig, field_loss
from pose.train.networks.layout import FIELDS


def batch(**changes):
    """One crop of 4x4 cells with a nose, a limb and a helmeted head in it, labelled by people."""
    fields = torch.zeros(1, FIELDS.channels, 4, 4)
    fields[0, FIELDS.heatmaps[0], 1, 1] = 1
    fields[0, FIELDS.background] = 1
    fields[0, FIELDS.background, 1, 1] = 0
    fields[0, FIELDS.pafs[0][0], 2, :] = 1
    fields[0, FIELDS.helmeted_heads, 1, 1] = 1
    fields[0, FIELDS.head_size, 1, 1] = 0.5
    made = {
        "fields": fields,
        "pose_mask": torch.ones(1, 4, 4),
        "head_mask": torch.ones(1, 4, 4),
        "human": torch.tensor([1]),
        "site": torch.tensor([0]),
    }
    return {**made, **changes}


def answer(target, channel, row, column, value):
    answered = target["fields"].clone()
    answered[0, channel, row, column] = value
    return [answered]


def test_a_perfect_answer_costs_nothing():
    parts = field_loss([batch()["fields"]], batch(), FIELDS, LossConfig())
    assert set(parts) == {"heatmaps", "pafs", "heads", "head_boxes", "loss"}
    assert all(value == 0 for value in parts.values())


@pytest.mark.parametrize(
    ("channel", "row", "column", "part", "cost"),
    [
        (FIELDS.heatmaps[0], 3, 3, "heatmaps", 1 / 16),  # somebody where nobody is: one cell of 16
        (FIELDS.heatmaps[0], 1, 1, "heatmaps", 3 / 16),  # a missed keypoint counts on_keypoints more
        (FIELDS.pafs[0][0], 3, 3, "pafs", 1 / 16),
        (FIELDS.pafs[0][0], 2, 2, "pafs", 2 / 16),  # on the limb
        (FIELDS.bare_heads, 3, 3, "heads", 1 / 17),
        (FIELDS.helmeted_heads, 1, 1, "heads", 11 / 17),
        (FIELDS.head_size, 1, 1, "head_boxes", 1 / 2),
        (FIELDS.head_size, 3, 3, "head_boxes", 0),  # no head there: nothing is asked
    ],
)
def test_an_error_of_one_costs_its_share(channel, row, column, part, cost):
    target = batch()
    value = float(target["fields"][0, channel, row, column])
    parts = field_loss(answer(target, channel, row, column, value - 1), target, FIELDS, LossConfig())
    assert float(parts[part]) == pytest.approx(cost)
    assert sum(float(value) for name, value in parts.items() if name not in {part, "loss"}) == 0
    assert float(parts["loss"]) == pytest.approx(getattr(LossConfig(), part) * cost)


@pytest.mark.parametrize(("mask", "channel"), [("pose_mask", FIELDS.heatmaps[3]), ("head_mask", FIELDS.bare_heads)])
def test_nothing_is_asked_under_a_mask(mask, channel):
    masked = batch(**{mask: torch.zeros(1, 4, 4)})
    parts = field_loss(answer(masked, channel, 2, 2, 5.0), masked, FIELDS, LossConfig())
    assert float(parts["loss"]) == 0


def test_every_stage_is_supervised():
    wrong = answer(batch(), FIELDS.heatmaps[0], 3, 3, 1.0)[0]
    one = field_loss([wrong], batch(), FIELDS, LossConfig())
    two = field_loss([wrong, wrong], batch(), FIELDS, LossConfig())
    assert float(two["loss"]) == pytest.approx(2 * float(one["loss"]))


@pytest.mark.parametrize(
    ("human", "site", "masked", "cell", "counts"),
    [
        (1, 0, False, (1, 1), False),  # people said where the nose is
        (0, 0, False, (1, 1), True),  # a teacher's own label may be softened
        (1, 0, False, (3, 3), True),  # nobody labelled anything there
        (1, 0, True, (3, 3), True),  # a crowd that was left unlabelled
        (0, 1, True, (3, 3), False),  # a worker whom the teacher is known to miss
    ],
)
def test_the_teacher_counts_where_labels_do_not_know_better(human, site, masked, cell, counts):
    target = batch(human=torch.tensor([human]), site=torch.tensor([site]))
    if masked:
        target["pose_mask"] = torch.zeros(1, 4, 4)
    target["teacher"] = target["fields"].clone()
    target["teacher"][0, FIELDS.heatmaps[0], cell[0], cell[1]] = 0.5
    parts = field_loss([target["fields"]], target, FIELDS, LossConfig())
    assert (float(parts["teacher"]) > 0) is counts


def test_head_fields_are_optional():
    from pose.train.networks.layout import layout

    spec = layout(heads=False)
    target = {**batch(), "fields": batch()["fields"][:, : spec.channels]}
    parts = field_loss([target["fields"]], target, spec, LossConfig())
    assert set(parts) == {"heatmaps", "pafs", "loss"}
