import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from pose.fields import WIDTHS, TargetWidths
from pose.train.augment import AugmentConfig
from pose.train.augment.batches import CropBatches, DeviceCropBatches, Draws, prepare
from pose.train.augment.field_targets import FieldTargets
from pose.train.augment.geometry import Tilt
from pose.train.augment.photometry import Blur, BrightnessContrast, ColourCast, CutOut, Grey, JpegArtefacts
from pose.train.augment.proposal_targets import ProposalTargets
from pose.train.augment.weather import Dusk, FaceShield, Glare, Haze
from pose.train.data.cache import Cache
from pose.train.networks.layout import FIELDS, layout, proposal_layout
from tests.pose.people import standing
from tests.pose.train.made_up import example, smooth

SIZES = ((64, 5), (32, 4))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    rng = np.random.default_rng(0)
    examples = []
    for number in range(4):
        people = np.stack([standing(x, y, s) for x, y, s in zip([30, 90, 120], [40, 30, 60], [3, 6, 9], strict=True)])
        people[..., 2] = rng.choice([1, 1, 1, 0, -1], people.shape[:2])
        examples.append(
            example(
                name=str(number),
                pixels=smooth(101 + number, 150, number),
                people=people[: number + 1],
                ignore=np.array([[100, 50, 30, 40]], np.float32)[: number % 2],
                heads=np.array([[25, 20, 10, 12], [30, 22, 14, 12], [85, 5, 20, 22]], np.float32),
                helmeted=np.array([True, False, True]),
                people_complete=number != 3,
                heads_complete=number != 2,
                human=number == 1,
                weight=0.0 if number == 0 else 1.0,
            )
        )
    return Cache.build(tmp_path_factory.mktemp("data") / "cache", examples)


def test_a_batch_has_what_training_needs(cache):
    batch = CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES))(0)
    assert {name: (tuple(values.shape), values.dtype) for name, values in batch.items()} == {
        "picture": ((5, 64, 64, 3), torch.uint8),
        "fields": ((5, 62, 16, 16), torch.float32),
        "pose_mask": ((5, 16, 16), torch.float32),
        "head_mask": ((5, 16, 16), torch.float32),
        "human": ((5,), torch.bool),
        "site": ((5,), torch.bool),
    }


def test_sizes_are_used_in_turn(cache):
    batches = CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES))
    assert [tuple(batches(step)["picture"].shape[:2]) for step in range(3)] == [(5, 64), (4, 32), (5, 64)]


def test_a_step_is_the_same_again_and_unlike_others(cache):
    first = CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=1))
    first(0)
    again = CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=1))(2)
    assert all(torch.equal(values, again[name]) for name, values in first(2).items())
    for other in (
        CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=1))(4),
        CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=2))(2),
        CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=1, rank=1))(2),
    ):
        assert not torch.equal(other["picture"], again["picture"])


def test_examples_are_drawn_by_their_weights(cache):
    draws = Draws(cache, AugmentConfig(), FieldTargets(FIELDS), ((32, 300),))
    counts = np.bincount(draws.plan(0).places, minlength=4)
    assert counts[0] == 0
    assert counts[1:] == pytest.approx([100, 100, 100], abs=30)


@pytest.mark.parametrize("sizes", [(), ((48, 4),), ((64, 0),)])
def test_sizes_that_cannot_be_are_refused(cache, sizes):
    with pytest.raises(ValueError, match="sizes: expected"):
        Draws(cache, AugmentConfig(), FieldTargets(FIELDS), sizes)


BROAD = TargetWidths(sigma=(5.5, 7), limb_half_width=(6, 8))


@pytest.mark.parametrize(
    "targets",
    [
        FieldTargets(FIELDS),
        FieldTargets(layout(heads=False)),
        FieldTargets(layout(heads=True, stride=8)),
        FieldTargets(FIELDS, BROAD),
        ProposalTargets(proposal_layout(stride=16)),
    ],
)
def test_a_device_makes_the_same_targets(cache, targets):
    draws = Draws(cache, AugmentConfig(tilt=Tilt(0.5)), targets, SIZES, seed=7)
    on_cpu, on_device = CropBatches(draws), DeviceCropBatches(draws, "cpu")
    for step in range(2):
        expected, got = on_cpu(step), on_device(step)
        assert got.keys() == expected.keys()
        for name in expected.keys() - {"picture"}:
            assert got[name].shape == expected[name].shape
            torch.testing.assert_close(got[name], expected[name], rtol=0, atol=1e-4)


def test_broader_targets_are_broader(cache):
    usual, broad = (
        CropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS, widths), SIZES, seed=7))(0)["fields"]
        for widths in (WIDTHS, BROAD)
    )
    assert (broad[:, list(FIELDS.heatmaps)] >= usual[:, list(FIELDS.heatmaps)] - 1e-6).all()
    for channels in (FIELDS.heatmaps, *zip(*FIELDS.pafs, strict=True)):
        assert (broad[:, list(channels)] != 0).sum() > (usual[:, list(channels)] != 0).sum()


OFF = AugmentConfig(
    brightness_contrast=BrightnessContrast(0), colour_cast=ColourCast(0), grey=Grey(0), cut_out=CutOut(0),
    blur=Blur(0), jpeg=JpegArtefacts(0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "operation", "mean", "most"),
    [
        ("brightness_contrast", BrightnessContrast(0), 0.3, 3),  # nothing but the warp
        ("brightness_contrast", BrightnessContrast(1), 0.5, 4),
        ("colour_cast", ColourCast(1), 0.5, 4),
        ("grey", Grey(1), 0.5, 4),
        ("cut_out", CutOut(1), 0.3, 3),
        ("blur", Blur(1), 0.5, 4),
        ("haze", Haze(1), 0.5, 4),
        ("glare", Glare(1), 0.5, 4),
        ("dusk", Dusk(1, noise=(0, 0)), 0.5, 4),
        ("face_shield", FaceShield(1), 0.5, 255),  # the disc's edge falls on either side of a pixel
        ("tilt", Tilt(1), 0.3, 3),
        ("jpeg", JpegArtefacts(1), 2.0, 60),  # an approximation, and blocks round either way
    ],
)
def test_a_device_makes_nearly_the_same_pixels(cache, name, operation, mean, most):
    augment = replace(OFF, **{name: operation})
    expected = CropBatches(Draws(cache, augment, FieldTargets(FIELDS), SIZES, seed=3))
    got = DeviceCropBatches(Draws(cache, augment, FieldTargets(FIELDS), SIZES, seed=3), "cpu")
    for step in range(2):
        difference = (expected(step)["picture"].float() - got(step)["picture"].float()).abs()
        assert difference.mean() < mean
        assert difference.max() <= most


def test_a_batch_of_nobody_has_nothing_but_background(tmp_path):
    nobody = example(
        people=np.zeros((0, 18, 3), np.float32), heads=np.zeros((0, 4), np.float32), helmeted=np.zeros(0, bool)
    )
    empty = Cache.build(tmp_path / "cache", [nobody])
    for batches in (
        CropBatches(Draws(empty, AugmentConfig(), FieldTargets(FIELDS), SIZES)),
        DeviceCropBatches(Draws(empty, AugmentConfig(), FieldTargets(FIELDS), SIZES), "cpu"),
    ):
        batch = batches(0)
        assert batch["fields"].sum() == (batch["fields"][:, FIELDS.background] == 1).sum() == 5 * 16 * 16
        assert batch["pose_mask"].all()
        assert batch["site"].all()


def test_the_part_without_a_device_can_be_done_by_another_process(cache):
    batches = DeviceCropBatches(Draws(cache, AugmentConfig(), FieldTargets(FIELDS), SIZES, seed=3), "cpu")
    draws = pickle.loads(pickle.dumps(batches.draws))
    finished = batches.finish(pickle.loads(pickle.dumps(prepare(draws, 1))))
    assert all(torch.equal(values, finished[name]) for name, values in batches(1).items())
