"""Averages fields over scales and the mirrored picture: better and slower, for measuring and labelling only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation.estimator import Estimator
from pose.estimation.preprocess import STEP, Placement, check_input_height, place
from pose.fields import FieldSpec
from pose.skeleton import LIMBS, MIRRORED

Floats = NDArray[np.float32]


# Each limb's index in `LIMBS` after left and right are swapped.
_LIMBS: Final = tuple(LIMBS.index((MIRRORED[a], MIRRORED[b])) for a, b in LIMBS)


class AveragedEstimator(Estimator):
    """An estimator whose network runs several times on each picture; people are grouped in the mean of its fields.

    scales: shares of the estimator's height, each rounded to a height that networks take. flip: also run on the
    mirrored picture. Raises ModelError for an estimator of another kind of network.
    """

    def __init__(self, estimator: Estimator, *, scales: Sequence[float] = (1.0,), flip: bool = False) -> None:
        super().__init__(estimator.model, estimator.runtime, estimator.height)
        self._spec = estimator.model.field_decoder.layout
        self._heights = [check_input_height(STEP * round(scale * estimator.height / STEP)) for scale in scales]
        self._flip = flip

    def answer(self, picture: NDArray[np.uint8], placement: Placement) -> Floats:
        """The mean fields, on the cells of this placement."""
        spec = self._spec
        views = []
        for height in self._heights:
            own = place(picture.shape[1], picture.shape[0], height)
            moved = [_move(super().answer(picture, own), own, placement, spec.stride, mirror=False)]
            if self._flip:
                mirrored = super().answer(np.ascontiguousarray(picture[:, ::-1]), own)
                moved.append(swap_sides(_move(mirrored, own, placement, spec.stride, mirror=True), spec))
            views += [_rescaled(fields, own, placement, spec) for fields in moved]
        mean: Floats = np.mean(views, axis=0)
        return mean


def swap_sides(fields: Floats, spec: FieldSpec) -> Floats:
    """Fields (channels, rows, columns) with left and right keypoints and limbs swapped, and x components negated."""
    swapped = fields.copy()
    swapped[list(spec.heatmaps)] = fields[[spec.heatmaps[other] for other in MIRRORED]]
    for (x, y), other in zip(spec.pafs, _LIMBS, strict=True):
        swapped[x], swapped[y] = -fields[spec.pafs[other][0]], fields[spec.pafs[other][1]]
    if spec.head_offset is not None:
        swapped[spec.head_offset[0]] *= -1
    return swapped


def _rescaled(fields: Floats, own: Placement, wanted: Placement, spec: FieldSpec) -> Floats:
    """Fields whose head sizes and offsets are converted to the scale of another placement."""
    ratio = wanted.scale_y / own.scale_y
    if spec.head_size is not None:
        fields[spec.head_size] += math.log2(ratio)
    if spec.head_offset is not None:
        fields[list(spec.head_offset)] *= ratio
    return fields


def _move(fields: Floats, own: Placement, wanted: Placement, stride: int, *, mirror: bool) -> Floats:
    """Fields of one placement -> the cells of another; mirror: the fields are those of the mirrored picture."""
    scale_x, scale_y = own.scale_x / wanted.scale_x, own.scale_y / wanted.scale_y
    # Cell centres lie at +0.5; the mirrored picture's right edge is at own.width.
    shift_x = own.width / stride - 0.5 * scale_x - 0.5 if mirror else 0.5 * scale_x - 0.5
    back = np.array([[-scale_x if mirror else scale_x, 0, shift_x], [0, scale_y, 0.5 * scale_y - 0.5]])
    size = (wanted.canvas_width // stride, wanted.canvas_height // stride)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = np.stack([cv2.warpAffine(f, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE) for f in fields])
    if mirror:  # the mirrored picture has its padding on the other side
        moved[..., math.ceil(wanted.width / stride) :] = 0
    return moved.astype(np.float32, copy=False)
