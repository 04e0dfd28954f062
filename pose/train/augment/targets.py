"""A crop's labels -> its targets: the fields that a network should answer, and masks of where they count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.fields import HEAD_UNIT, WIDTHS, FieldSpec, TargetWidths, encode, person_sizes
from pose.skeleton import LIMBS
from pose.train.augment.crops import Crop
from pose.train.augment.geometry import box_of
from pose.train.data.examples import ABSENT, UNSURE

# Shares of a person's or head's size, and least numbers of cells. Source: the recipe of the first weights
# (model/MODEL_CARD.md).
UNSURE_SHARE: Final = 0.08
UNSURE_CELLS: Final = 3.0
HEAD_SIGMA_SHARE: Final = 0.15
HEAD_SIGMA_CELLS: Final = 0.8
HEAD_CORE: Final = 0.5  # least Gaussian of a head's centre in cells where its size and offset are learned
# Of a person's size: the margin around the person's box in which targets of incomplete labels count.
AROUND_PEOPLE: Final = 0.15

_LIMB_ENDS: Final = np.array(LIMBS)


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The targets of a crop.

    fields: (C, h, w) float32 in the layout's order. pose_mask: (h, w) float32, 1 where heatmaps and PAFs count.
    head_mask: (h, w) float32, 1 where the head fields count; size and offset count only in cells where a head's centre
    is at least `HEAD_CORE`.
    """

    fields: NDArray[np.float32]
    pose_mask: NDArray[np.float32]
    head_mask: NDArray[np.float32]


def make_targets(crop: Crop, spec: FieldSpec, widths: TargetWidths = WIDTHS) -> Targets:
    """The targets of a crop, whose size is a multiple of the stride."""
    fields = encode(list(crop.people), spec, height=crop.size, width=crop.size, widths=widths)
    if spec.helmeted_heads is not None:
        _add_heads(fields, crop, spec)
    head_mask = np.full(fields.shape[1:], float(crop.heads_complete), np.float32)
    return Targets(fields, _pose_mask(crop, spec, widths), head_mask)


def head_sigma(size: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """The standard deviation in input pixels of the Gaussian at a head's centre; size: the longer side of its box."""
    sigma: NDArray[np.float32] = np.maximum(HEAD_SIGMA_SHARE * size, HEAD_SIGMA_CELLS * stride).astype(np.float32)
    return sigma


def head_channels(helmeted: NDArray[np.bool_], spec: FieldSpec) -> NDArray[np.intp]:
    """The channel of each head's centre, (k,)."""
    channels: NDArray[np.intp] = np.where(helmeted, spec.helmeted_heads or 0, spec.bare_heads or 0)
    return channels


def boxes_around(people: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) left, top, right, bottom: where keypoints and limbs count in pictures with unlabelled people."""
    margin = AROUND_PEOPLE * labelled_sizes(people)[:, None]
    low, high = box_of(people[..., :2], people[..., 2] != ABSENT)
    return np.concatenate([low - margin, high + margin], axis=1).astype(np.float32)


def hidden_capsules(
    people: NDArray[np.float32], stride: int, widths: TargetWidths
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The masked areas of (n, 18, 3) people: a disc at each unsure keypoint, a strip along each limb that ends in one.

    Returns (u,) indices of people, and (u, 5) x, y of one end, x, y of the other, radius.
    """
    states, sizes = people[..., 2], labelled_sizes(people)
    with_disc, keypoint = np.nonzero(states == UNSURE)
    points = people[with_disc, keypoint, :2]
    discs = np.column_stack([points, points, np.maximum(UNSURE_SHARE * sizes, UNSURE_CELLS * stride)[with_disc]])
    ends = states[:, _LIMB_ENDS]
    with_strip, limb = np.nonzero((ends != ABSENT).all(axis=2) & (ends == UNSURE).any(axis=2))
    a, b = (people[with_strip, _LIMB_ENDS[limb, end], :2] for end in (0, 1))
    strips = np.column_stack([a, b, widths.limb_half_widths(sizes)[with_strip]])
    return np.concatenate([with_disc, with_strip]), np.concatenate([discs, strips]).astype(np.float32)


def labelled_sizes(people: NDArray[np.float32]) -> NDArray[np.float64]:
    """`person_sizes` by sure and unsure keypoints."""
    labelled = people.copy()
    labelled[..., 2] = people[..., 2] != ABSENT
    return person_sizes(labelled)


def _pose_mask(crop: Crop, spec: FieldSpec, widths: TargetWidths) -> NDArray[np.float32]:
    mask = counted_cells(crop, spec.stride)
    _, capsules = hidden_capsules(crop.people, spec.stride, widths)
    if len(capsules):
        mask[_within(capsules, len(mask), spec.stride)] = 0
    return mask


def counted_cells(crop: Crop, stride: int) -> NDArray[np.float32]:
    """(h, w), 1 in cells where everybody is labelled: outside ignored regions, and near people of incomplete labels."""
    cells = crop.size // stride
    mask = np.full((cells, cells), float(crop.people_complete), np.float32)
    if not crop.people_complete:
        fill_cells(mask, boxes_around(crop.people), stride, 1)
    fill_cells(mask, with_ends(crop.ignore), stride, 0)
    return mask


def fill_cells(mask: NDArray[np.float32], boxes: NDArray[np.float32], stride: int, value: float) -> None:
    """Set the cells of (h, w) that (n, 4) boxes touch; boxes: left, top, right, bottom in pixels."""
    for left, top, right, bottom in touched_cells(boxes, stride).tolist():
        mask[top:bottom, left:right] = value


def with_ends(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) left, top, width, height -> left, top, right, bottom."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def touched_cells(boxes: NDArray[np.float32], stride: int) -> NDArray[np.intp]:
    """(n, 4) boxes in pixels -> the cells that they touch: left, top, right, bottom, the last two exclusive."""
    ends = np.concatenate([np.floor(boxes[:, :2] / stride), np.ceil(boxes[:, 2:] / stride)], axis=1)
    cells: NDArray[np.intp] = np.maximum(ends, 0).astype(np.intp)
    return cells


def _within(capsules: NDArray[np.float32], cells: int, stride: int) -> NDArray[np.bool_]:
    """(cells, cells) bool: the cells whose centre lies in one of (u, 5) capsules."""
    centres = (np.arange(cells, dtype=np.float32) + 0.5) * stride
    a, axis, radius = capsules[:, :2], capsules[:, 2:4] - capsules[:, :2], capsules[:, 4]
    x = centres[None, None, :] - a[:, 0, None, None]
    y = centres[None, :, None] - a[:, 1, None, None]
    axis_x, axis_y = axis[:, 0, None, None], axis[:, 1, None, None]
    share = np.clip((x * axis_x + y * axis_y) / np.maximum(axis_x**2 + axis_y**2, 1e-6), 0, 1)
    near = (x - share * axis_x) ** 2 + (y - share * axis_y) ** 2 <= radius[:, None, None] ** 2
    within: NDArray[np.bool_] = np.any(near, axis=0)
    return within


def _add_heads(fields: NDArray[np.float32], crop: Crop, spec: FieldSpec) -> None:
    if not len(crop.heads):
        return
    cells = crop.size // spec.stride
    centres = (np.arange(cells, dtype=np.float32) + 0.5) * spec.stride
    spread = 2 * head_sigma(crop.heads[:, 2], spec.stride)[:, None] ** 2
    x, y = centres - crop.heads[:, 0, None], centres - crop.heads[:, 1, None]
    gauss = np.exp(-(y**2) / spread)[:, :, None] * np.exp(-(x**2) / spread)[:, None, :]
    for channel, values in zip(head_channels(crop.helmeted, spec), gauss, strict=True):
        np.maximum(fields[channel], values, out=fields[channel])
    near, rows, columns = _nearest_heads(gauss)
    if spec.head_size is not None:
        fields[spec.head_size, rows, columns] = np.log2(crop.heads[near, 2] / HEAD_UNIT)
    if spec.head_offset is not None:
        fields[spec.head_offset[0], rows, columns] = -x[near, columns] / spec.stride
        fields[spec.head_offset[1], rows, columns] = -y[near, rows] / spec.stride


def _nearest_heads(gauss: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The index, row and column of the highest of (k, h, w) Gaussians, in cells where it is at least `HEAD_CORE`."""
    rows, columns = np.nonzero(gauss.max(axis=0) >= HEAD_CORE)
    return gauss.argmax(axis=0)[rows, columns], rows, columns
