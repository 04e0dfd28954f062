"""Augmentation: a list of small operations with their probabilities and ranges, and what they make of an example."""

from __future__ import annotations

from dataclasses import dataclass, field

from pose.train.augment.geometry import Flip, GeometricOperation, Rotate, ScalePeople, Shift
from pose.train.augment.photometry import (
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Grey,
    JpegArtefacts,
    PhotometricOperation,
)


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """The operations in their order: the first four place the crop, the others change its pixels.

    Defaults follow the recipe of the first weights (model/MODEL_CARD.md), which had no cut-out; an operation is
    switched off by the probability 0.
    """

    scale_people: ScalePeople = field(default_factory=ScalePeople)
    rotate: Rotate = field(default_factory=Rotate)
    flip: Flip = field(default_factory=Flip)
    shift: Shift = field(default_factory=Shift)
    brightness_contrast: BrightnessContrast = field(default_factory=BrightnessContrast)
    colour_cast: ColourCast = field(default_factory=ColourCast)
    grey: Grey = field(default_factory=Grey)
    cut_out: CutOut = field(default_factory=CutOut)
    blur: Blur = field(default_factory=Blur)
    jpeg: JpegArtefacts = field(default_factory=JpegArtefacts)

    @property
    def geometry(self) -> tuple[GeometricOperation, ...]:
        """What composes the one matrix by which a picture is warped."""
        return self.scale_people, self.rotate, self.flip, self.shift

    @property
    def photometry(self) -> tuple[PhotometricOperation, ...]:
        """What changes the warped crop, in this order."""
        return self.brightness_contrast, self.colour_cast, self.grey, self.cut_out, self.blur, self.jpeg
