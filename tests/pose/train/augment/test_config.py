import re

import pytest

from pose.train.augment import AugmentConfig
from pose.train.augment.geometry import Flip, Rotate, ScalePeople, Shift
from pose.train.augment.photometry import BrightnessContrast, CutOut, JpegArtefacts


@pytest.mark.parametrize(
    ("operations", "complaint"),
    [
        ({"flip": Flip(1.5)}, "augment.flip.probability: expected 0..1, got 1.5"),
        ({"shift": Shift(-0.1)}, "augment.shift.probability: expected 0..1, got -0.1"),
        ({"rotate": Rotate(far_probability=float("nan"))}, "augment.rotate.far_probability: expected 0..1, got nan"),
        (
            {"scale_people": ScalePeople(person=(1.1, 0.05))},
            "augment.scale_people.person: expected 0.01..100, the lower one first, got (1.1, 0.05)",
        ),
        ({"scale_people": ScalePeople(picture=(0, 2))}, "augment.scale_people.picture: expected 0.01..100"),
        ({"cut_out": CutOut(side=(0.5, 1.5))}, "augment.cut_out.side: expected 0..1, the lower one first"),
        ({"jpeg": JpegArtefacts(quality=(0, 70))}, "augment.jpeg.quality: expected 1..100, the lower one first"),
        (
            {"brightness_contrast": BrightnessContrast(brightness=(30, -30))},
            "augment.brightness_contrast.brightness: expected -255..255, the lower one first, got (30, -30)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(operations, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        AugmentConfig(**operations)


def test_the_limits_themselves_are_accepted():
    assert AugmentConfig(flip=Flip(1), cut_out=CutOut(0, side=(0, 0))).flip.probability == 1
