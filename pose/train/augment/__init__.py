"""Augmentation: small operations with probabilities and ranges, crops, and the training targets of crops."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Final

from pose.train.augment.geometry import Flip, GeometricOperation, Rotate, ScalePeople, Shift, Tilt
from pose.train.augment.photometry import (
    Blur,
    BrightnessContrast,
    ColourCast,
    CutOut,
    Grey,
    JpegArtefacts,
    PhotometricOperation,
)
from pose.train.augment.weather import Dusk, FaceShield, Glare, Haze

# The least and greatest value of each option, by its name in any operation.
_LIMITS: Final = {
    **dict.fromkeys(("probability", "far_probability", "side", "thickness", "light"), (0, 1)),
    **dict.fromkeys(("person", "picture", "shorter_side", "enlargement", "sigma", "radius", "unusual"), (0.01, 100)),
    **dict.fromkeys(("contrast", "gain", "spread"), (0, 10)),
    **dict.fromkeys(("degrees", "far_degrees"), (0, 180)),
    **dict.fromkeys(("level", "noise"), (0, 255)),
    "strength": (0, 1000),
    "brightness": (-255, 255),
    "steepness": (0, 45),
    "quality": (1, 100),
}


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """The operations in their order: the first five place the crop, the others change its pixels.

    A probability of 0 switches an operation off. The defaults follow the recipe of the first weights
    (model/MODEL_CARD.md), which had no cut-out.
    """

    scale_people: ScalePeople = field(default_factory=ScalePeople)
    tilt: Tilt = field(default_factory=Tilt)
    rotate: Rotate = field(default_factory=Rotate)
    flip: Flip = field(default_factory=Flip)
    shift: Shift = field(default_factory=Shift)
    face_shield: FaceShield = field(default_factory=FaceShield)
    haze: Haze = field(default_factory=Haze)
    glare: Glare = field(default_factory=Glare)
    dusk: Dusk = field(default_factory=Dusk)
    brightness_contrast: BrightnessContrast = field(default_factory=BrightnessContrast)
    colour_cast: ColourCast = field(default_factory=ColourCast)
    grey: Grey = field(default_factory=Grey)
    cut_out: CutOut = field(default_factory=CutOut)
    blur: Blur = field(default_factory=Blur)
    jpeg: JpegArtefacts = field(default_factory=JpegArtefacts)

    def __post_init__(self) -> None:
        """Raise ValueError for a value outside its limits or a range that ends below its start."""
        for operation, options in asdict(self).items():
            for name, value in options.items():
                least, most = _LIMITS[name]
                low, high = value if isinstance(value, tuple) else (value, value)
                if not least <= low <= high <= most:
                    expected = f"{least}..{most}" + (", the lower one first" if isinstance(value, tuple) else "")
                    raise ValueError(f"augment.{operation}.{name}: expected {expected}, got {value}")

    @property
    def geometry(self) -> tuple[GeometricOperation, ...]:
        """The operations that compose the matrix by which a picture is warped, in this order."""
        return self.scale_people, self.tilt, self.rotate, self.flip, self.shift

    @property
    def photometry(self) -> tuple[PhotometricOperation, ...]:
        """The operations that change the warped crop, in this order."""
        weather = self.face_shield, self.haze, self.glare, self.dusk
        return *weather, self.brightness_contrast, self.colour_cast, self.grey, self.cut_out, self.blur, self.jpeg
