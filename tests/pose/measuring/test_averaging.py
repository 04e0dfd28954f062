from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pose.estimation.decode import Grouping
from pose.estimation.decoder import FieldDecoder
from pose.estimation.estimator import Estimator
from pose.estimation.model import Model
from pose.estimation.preprocess import GREY, place
from pose.fields import FieldSpec, encode
from pose.measuring.averaging import AveragedEstimator, swap_sides
from pose.skeleton import KEYPOINTS, LEFT_WRIST, NOSE, RIGHT_WRIST
from tests.pose.blue_heads import blue_seer, blue_square
from tests.pose.people import standing

SPEC = FieldSpec(("fields",), 4, tuple(range(18)), tuple((18 + 2 * i, 19 + 2 * i) for i in range(19)))


@dataclass(frozen=True)
class Brightness:
    """Answers how far each cell's mean colour is above grey: blue is a nose, green a right wrist."""

    precision: str = "f32"

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        means = [cv2.resize(p, None, fx=1 / 4, fy=1 / 4, interpolation=cv2.INTER_AREA) for p in batch]
        fields = np.zeros((len(batch), SPEC.channels, *means[0].shape[:2]), np.float32)
        fields[:, NOSE], fields[:, RIGHT_WRIST] = (
            np.stack(means)[..., channel] / 127 - GREY / 127 for channel in (0, 1)
        )
        return fields


@pytest.fixture(scope="module")
def seer(tmp_path_factory):
    decoder = FieldDecoder(SPEC, Grouping(0, 0.1, 0.1, 0.8, 3, 3, 0.2))
    return Estimator(Model("seer", "0", tmp_path_factory.getbasetemp(), "", decoder, None, {}), Brightness(), 96)


def mirrored(keypoints, width):
    other = {"left": "right", "right": "left"}
    names = ["_".join(other.get(word, word) for word in name.split("_")) for name in KEYPOINTS]
    return keypoints[[KEYPOINTS.index(name) for name in names]] * (-1, 1, 1) + (width, 0, 0)


def middle(field):
    rows, columns = np.indices(field.shape)
    return np.array([(columns * field).sum(), (rows * field).sum()]) / field.sum()


def spot(channel):
    picture = np.full((150, 170, 3), GREY, np.uint8)
    cv2.circle(picture, (51, 90), 12, [255 if i == channel else GREY for i in range(3)], -1)
    return picture


def test_fields_of_a_mirrored_person_are_the_person_s_own_once_sides_are_swapped():
    person = standing(60, 20, 9)
    own = encode([person], SPEC, height=128, width=128)
    in_mirror = encode([mirrored(person, 128)], SPEC, height=128, width=128)
    np.testing.assert_allclose(swap_sides(in_mirror[..., ::-1], SPEC), own, atol=1e-5)


@pytest.mark.parametrize("options", [{"flip": True}, {"scales": (1, 1.4)}, {"scales": (0.7, 2), "flip": True}])
def test_all_views_tell_the_same_place_and_size_of_a_head(options):
    (person,) = AveragedEstimator(blue_seer(), **options)(blue_square(90, 80, 40)).people
    assert (person.head.x, person.head.y) == pytest.approx((90, 80), abs=1)
    assert person.head.size == pytest.approx(40, rel=0.05)


@pytest.mark.parametrize("options", [{"flip": True}, {"scales": (1, 1.4)}, {"scales": (0.7, 1, 2), "flip": True}])
def test_all_views_meet_in_the_same_cells(seer, options):
    picture = spot(0)
    placement = place(170, 150, 96)
    alone = seer.answer(picture, placement)[NOSE]
    mean = AveragedEstimator(seer, **options).answer(picture, placement)[NOSE]
    assert mean.shape == alone.shape
    np.testing.assert_allclose(middle(mean), middle(alone), atol=0.1)
    assert mean.sum() == pytest.approx(alone.sum(), rel=0.05)


def test_the_mirror_shows_the_other_side(seer):
    picture = spot(1)
    mean = AveragedEstimator(seer, flip=True).answer(picture, place(170, 150, 96))
    assert mean[LEFT_WRIST].max() == pytest.approx(mean[RIGHT_WRIST].max(), abs=0.05)


def test_one_plain_view_changes_nothing(seer):
    placement = place(170, 150, 96)
    np.testing.assert_allclose(AveragedEstimator(seer).answer(spot(0), placement), seer.answer(spot(0), placement))


def test_a_scale_that_leaves_nothing_of_the_picture_is_refused(seer):
    with pytest.raises(ValueError, match="input height: expected a multiple of 32"):
        AveragedEstimator(seer, scales=(0.1,))
