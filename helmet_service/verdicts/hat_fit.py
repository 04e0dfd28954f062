"""How badly a hat box fits a head: a cost from its place, its size and its score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from helmet_service.verdicts.boxes import Hat
from pose.estimation.head_frames import HeadFrame

HatBoxes = Literal["auto", "shell", "head"]


@dataclass(frozen=True, slots=True)
class Convention:
    """Where the boxes of one way of drawing lie on a head, in head sizes.

    along: how far the box's centre is from the head's centre towards the crown; log_size: logarithm of the square root
    of the box's area over the head's size.
    """

    along: float
    log_size: float


# Medians on the heads of `lightweight-site` 1: of labelled boxes of helmeted heads, and between those of the upper 55 %
# of these boxes and of shells drawn by people (`python -m benchmarks.refit`).
HEAD: Final = Convention(along=0.07, log_size=0.07)
SHELL: Final = Convention(along=0.28, log_size=-0.22)

# Pixels, smaller than any hat: empty boxes have a logarithm too.
_TINY: Final = 1e-3

_CONVENTIONS: Final[dict[HatBoxes, tuple[Convention, ...]]] = {
    "auto": (HEAD, SHELL),
    "head": (HEAD,),
    "shell": (SHELL,),
}

# The same whole heads spread by 0.09 along, 0.12 across and 0.18 in log size (half the way from the 16th to the 84th
# percentile); 0.18 and 0.21 for the place let more false hats clear bare heads. Fragments of a
# skeleton give heads far too small but never far too large, so a hat may be larger than its head more than smaller.
_PLACE_SPREAD: Final = 0.15
_SMALLER_SPREAD: Final = 0.2
_LARGER_SPREAD: Final = 0.35
_LOW_SCORE_COST: Final = 0.5

# Beyond these a hat is on no head, however well it lies: half the size, and 2.5 times it, as logarithms. Of 1,305 worn
# hats in 750 site pictures 0.3 % are smaller and 0.3 % larger beside the head that was fitted.
_MOST_SMALLER: Final = 0.69
_MOST_LARGER: Final = 0.9


@dataclass(frozen=True, slots=True)
class Fit:
    """Every hat against every head, (heads, hats) float64 each.

    cost: half the squared distance in spreads, under the cheaper convention, and up to 0.5 for a hat of low score;
    infinite for a hat of an impossible size.
    place: the part of the cost that comes from where the box lies.
    """

    cost: NDArray[np.float64]
    place: NDArray[np.float64]


def fit_hats(heads: Sequence[HeadFrame], hats: Sequence[Hat], hat_boxes: HatBoxes) -> Fit:
    """How badly each hat fits each head.

    Distances are taken in the size of head that the hat box implies, as a box's size is surer than a skeleton's: of
    the worn hats of 750 pictures this missed a fifth fewer than the skeleton's own size.
    """
    frames = np.array([(head.x, head.y, *head.up, head.size) for head in heads], float).reshape(-1, 5)
    boxes = np.array([(*hat.box.centre, hat.box.area) for hat in hats], float).reshape(-1, 3)
    score = np.array([1.0 if hat.score is None else hat.score for hat in hats], float)
    fits = [_fit(frames, boxes, convention) for convention in _CONVENTIONS[hat_boxes]]
    cost = np.min([fit.cost for fit in fits], axis=0) + _LOW_SCORE_COST * (1 - score)
    return Fit(cost, np.min([fit.place for fit in fits], axis=0))


def _fit(frames: NDArray[np.float64], boxes: NDArray[np.float64], convention: Convention) -> Fit:
    """frames: (heads, 5) x, y, up, size; boxes: (hats, 3) centre, area."""
    implied = np.maximum(np.sqrt(boxes[:, 2]) / math.exp(convention.log_size), _TINY)
    offset = (boxes[None, :, :2] - frames[:, None, :2]) / implied[None, :, None]
    up = frames[:, None, 2:4]
    along = (offset * up).sum(axis=-1) - convention.along
    across = offset[..., 0] * up[..., 1] - offset[..., 1] * up[..., 0]
    place = (along**2 + across**2) / (2 * _PLACE_SPREAD**2)
    log_ratio = np.log(implied[None] / frames[:, 4:])
    spread = np.where(log_ratio < 0, _SMALLER_SPREAD, _LARGER_SPREAD)
    possible = (log_ratio > -_MOST_SMALLER) & (log_ratio < _MOST_LARGER)
    return Fit(np.where(possible, place + log_ratio**2 / (2 * spread**2), np.inf), place)
