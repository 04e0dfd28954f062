from dataclasses import fields, replace

import numpy as np
import pytest

from pose.skeleton import NECK, NOSE
from pose.train.augment import AugmentConfig
from pose.train.augment.crops import cut, faces_in, plan
from pose.train.augment.geometry import Flip, Rotate, ScalePeople, Shift
from pose.train.augment.photometry import (
    GREY,
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Grey,
    JpegArtefacts,
    blur_radius,
)
from pose.train.augment.weather import CLOUDS, Dusk, FaceShield, Glare, Haze
from pose.train.data.cache import Cache
from tests.pose.people import standing
from tests.pose.train.made_up import example, labels, smooth

FACES = np.array([[0.2, 0.3, 0.1]])
OPERATIONS = [
    BrightnessContrast(1), ColourCast(1), Grey(1), CutOut(1), Blur(1), JpegArtefacts(1),
    FaceShield(1), Haze(1), Glare(1, strength=(1, 9)), Dusk(1, noise=(0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_the_brightest_pixel_stays_where_it_was_and_the_given_picture_as_it_was(operation):
    picture = np.full((64, 64, 3), 60, np.uint8)
    picture[40:42, 24:26] = 255
    before = picture.copy()
    rng = np.random.default_rng(3)
    for _ in range(5):
        drawn = operation.draw(rng, FACES)[0]
        if isinstance(operation, CutOut):
            drawn = np.array([0.5, 0.1, 0.6, 0.5])
        after = operation.apply(picture, drawn)
        assert after.shape == picture.shape
        assert after.dtype == np.uint8
        row, column = np.unravel_index(after.astype(int).sum(axis=2).argmax(), (64, 64))
        assert row in (40, 41)
        assert column in (24, 25)
    np.testing.assert_array_equal(picture, before)


STILL = AugmentConfig(
    scale_people=ScalePeople(1, person=(0.5, 0.5)), rotate=Rotate(0), flip=Flip(0), shift=Shift(0), cut_out=CutOut(0),
)  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache.build(tmp_path_factory.mktemp("data") / "cache", [example()])


def test_keypoints_stay_on_their_pixels_through_a_whole_description(tmp_path):
    augment = replace(
        STILL, brightness_contrast=OPERATIONS[0], colour_cast=OPERATIONS[1], grey=OPERATIONS[2], blur=OPERATIONS[4],
        jpeg=OPERATIONS[5],
    )  # fmt: skip
    pixels = np.full((60, 80, 3), GREY, np.uint8)
    one = example(pixels=pixels)
    x, y = one.people[0, NECK, :2].astype(int)
    pixels[y, x] = pixels[y - 1, x] = pixels[y, x - 1] = pixels[y - 1, x - 1] = 255  # four pixels around the neck
    lit = Cache.build(tmp_path / "cache", [one])
    [crop] = cut(lit, plan(lit, np.zeros(1, int), augment, 64, np.random.default_rng(1)), augment)
    row, column = np.unravel_index(crop.pixels.astype(int).sum(axis=2).argmax(), (64, 64))
    assert abs(column + 0.5 - crop.people[0, NECK, 0]) <= 1.5
    assert abs(row + 0.5 - crop.people[0, NECK, 1]) <= 1.5


def test_values_are_multiplied_added_rounded_and_bounded():
    picture = np.array([[[0, 100, 250]]], np.uint8)
    assert BrightnessContrast().apply(picture, np.array([1.1, 10.4])).tolist() == [[[10, 120, 255]]]
    assert ColourCast().apply(picture, np.array([2.0, 0.5, 1.1])).tolist() == [[[0, 50, 255]]]
    assert Grey().apply(picture, np.zeros(0)).tolist() == [[[133, 133, 133]]]


def test_a_cut_out_is_grey_and_nothing_else_changes():
    picture = np.zeros((10, 20, 3), np.uint8)
    covered = CutOut().apply(picture, np.array([0.5, 0.2, 0.75, 0.6])) == GREY
    assert covered[2:6, 10:15].all()
    assert covered.sum() == 4 * 5 * 3


def test_a_blur_spreads_and_jpeg_leaves_a_smooth_picture_nearly_as_it_was():
    picture = np.zeros((21, 21, 3), np.uint8)
    picture[10, 10] = 255
    blurred = Blur().apply(picture, np.array([1.0]))
    assert blurred[10, 12].any()
    assert not blurred[10, 10 + blur_radius(1.0) + 1].any()
    plain = smooth(32, 32)
    changed = JpegArtefacts().apply(plain, np.array([70.0]))
    assert 0 < np.abs(changed.astype(int) - plain).mean() < 6


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_an_operation_happens_as_often_as_its_probability_says(operation, cache):
    place = [type(each) for each in AugmentConfig().photometry].index(type(operation))
    name = [option.name for option in fields(AugmentConfig)][len(AugmentConfig().geometry) + place]
    augment = replace(STILL, **{name: type(operation)(probability=0.3)})
    changed, drawn = plan(cache, np.zeros(1000, int), augment, 64, np.random.default_rng(0)).photometry[place]
    assert len(changed) == len(drawn) == pytest.approx(300, abs=60)
    assert not drawn.size or len(np.unique(drawn, axis=0)) > 30  # JPEG has 51 qualities


def test_haze_is_as_thick_as_the_grid_says():
    hazy = Haze().apply(np.zeros((40, 40, 3), np.uint8), np.array([200.0, *[0.5] * (CLOUDS * CLOUDS - 1), 1.0]))
    assert hazy[0, 0].tolist() == [100, 100, 100]
    assert hazy[-1, -1].tolist() == [200, 200, 200]


def test_dusk_darkens_and_adds_the_same_noise_for_the_same_numbers():
    picture = np.full((64, 64, 3), 100, np.uint8)
    assert (Dusk().apply(picture, np.array([0.3, 0.0, 7])) == 30).all()
    noisy = Dusk().apply(picture, np.array([0.3, 4.0, 7]))
    assert noisy.std() == pytest.approx(4, abs=0.2)
    np.testing.assert_array_equal(noisy, Dusk().apply(picture, np.array([0.3, 4.0, 7])))


def test_glare_is_brightest_in_its_middle():
    bright = Glare().apply(np.zeros((64, 64, 3), np.uint8), np.array([0.25, 0.75, 0.2, 100.0]))[..., 0]
    assert np.unravel_index(bright.argmax(), bright.shape) in [(47, 15), (47, 16), (48, 15), (48, 16)]
    assert bright[47, 15 + 13] == pytest.approx(100 / np.e, abs=3)
    assert 0 < bright[0, -1] < 10


def test_a_shield_covers_the_face_and_nothing_where_no_face_is():
    picture = np.full((100, 100, 3), 200, np.uint8)
    drawn = FaceShield(1, radius=(0.5, 0.5), level=(20, 20)).draw(np.random.default_rng(0), FACES)[0]
    covered = FaceShield().apply(picture, drawn)
    assert (covered[28:33, 18:23] == 20).all()
    assert (covered == 20).sum() / 3 == pytest.approx(np.pi * 5**2, abs=5)
    assert np.isnan(FaceShield(1).draw(np.random.default_rng(0), np.full((1, 3), np.nan))).any()


def test_faces_are_those_whose_nose_lies_in_the_crop():
    people = np.stack([standing(40, 20, 4), standing(-40, 20, 4), standing(20, 30, 2)])
    people[2, NECK, 2] = -1  # unsure
    nobody, somebody = labels(example(people=people[1:])), labels(example(people=people))
    assert np.isnan(faces_in(nobody, 80, np.random.default_rng(0))).all()
    assert faces_in(somebody, 80, np.random.default_rng(0))[:, :2] * 80 == pytest.approx(people[:1, NOSE, :2])
