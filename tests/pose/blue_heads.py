"""A made-up network that sees a head wherever something is blue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation.decode import Grouping
from pose.estimation.decoder import FieldDecoder
from pose.estimation.estimator import Estimator
from pose.estimation.joining import Joining
from pose.estimation.model import Model
from pose.estimation.preprocess import GREY
from pose.fields import HEAD_UNIT
from pose.train.networks.layout import FIELDS

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class SeesBlue:
    """Answers the fields of the one bare head whose box is blue, if that is at least `least` input pixels wide."""

    least: int = 1
    precision: str = "f32"

    def run(self, batch: Pixels) -> NDArray[np.float32]:
        return np.stack([self._fields(picture) for picture in batch])

    def _fields(self, picture: Pixels) -> NDArray[np.float32]:
        fields = np.zeros((FIELDS.channels, picture.shape[0] // 4, picture.shape[1] // 4), np.float32)
        left, top, width, height = cv2.boundingRect((picture[..., 0] > 190).astype(np.uint8))
        if width < self.least:
            return fields
        rows, columns = np.indices(fields.shape[1:])
        away = (left + width / 2) / 4 - columns - 0.5, (top + height / 2) / 4 - rows - 0.5
        fields[FIELDS.bare_heads] = np.exp(-(away[0] ** 2 + away[1] ** 2) / 8)
        fields[FIELDS.head_size] = np.log2(max(width, height) / HEAD_UNIT)
        fields[list(FIELDS.head_offset)] = away
        return fields


def blue_seer(least: int = 1) -> Estimator:
    """An estimator of this network, of height 96, that takes each head for a person."""
    grouping = Grouping(0, 0.1, 0.1, 0.8, 3, 3, 0.2)
    joining = Joining(peak=0.5, constant=0.0, skeleton=0.0, head=0.0, person=0.5)
    model = Model("seer", "0", Path(), "", FieldDecoder(FIELDS, grouping), None, {}, joining=joining)
    return Estimator(model, SeesBlue(least), 96)


def blue_square(x: int, y: int, side: int) -> Pixels:
    """A grey picture of 256x192 with a blue square around (x, y)."""
    picture = np.full((192, 256, 3), GREY, np.uint8)
    picture[y - side // 2 : y + side // 2, x - side // 2 : x + side // 2, 0] = 255
    return picture
