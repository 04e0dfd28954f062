"""Fields -> people: peaks of heatmaps, limbs scored along their PAF, people assembled from limbs, best limb first.

After Cao et al. (CVPR 2017), section 2.3, but greedy over all limbs at once instead of limb type by limb type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.fields import FieldSpec
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, LIMBS

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

SAMPLES: Final = 12  # points at which a limb's PAF is read
MOST_PEAKS: Final = 256  # of a kind: five times the people of a dense crowd; pairs grow with the square


@dataclass(frozen=True, slots=True)
class Grouping:
    """What counts as seen; a model's own values, chosen on labelled pictures, stand in its `pose.json`.

    smoothing: standard deviation, in cells, of the Gaussian that heatmaps are smoothed with before peaks are sought.
    peak: least value of a keypoint in its smoothed heatmap.
    limb: least PAF length along a limb, at one sample and in the mean.
    limb_share: least share of a limb's samples over `limb`.
    keypoints: fewest keypoints of a person of whose head something is seen.
    headless_keypoints: fewest keypoints of one of whose head nothing is seen: an arm or a leg alone is nobody.
    person: least mean score of a person's keypoints and limbs.
    """

    smoothing: float
    peak: float
    limb: float
    limb_share: float
    keypoints: int
    headless_keypoints: int
    person: float


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Candidate keypoints: kind (n,), x and y in cells (n, 2), score (n,)."""

    kind: Ints
    cells: Floats
    score: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Limbs:
    """Candidate limbs: kind (m,), the peaks at their ends (m, 2), score (m,); surest first."""

    kind: Ints
    ends: Ints
    score: Floats


def decode(fields: Floats, spec: FieldSpec, grouping: Grouping) -> tuple[Floats, Floats]:
    """(channels, rows, columns) -> keypoints (people, 18, 3) in input pixels and scores (people,) in [0, 1].

    An unseen keypoint is (0, 0, 0). People come in no particular order.
    """
    heatmaps = smooth(fields[list(spec.heatmaps)], grouping.smoothing)
    peaks = find_peaks(heatmaps, grouping.peak)
    limbs = find_limbs(fields, spec, peaks, grouping)
    return _to_people(peaks, assemble(limbs), spec.stride, grouping)


def smooth(heatmaps: Floats, cells: float) -> Floats:
    """(18, rows, columns) smoothed by a Gaussian of this standard deviation, which removes peaks of noise."""
    if cells == 0:
        return heatmaps
    return np.stack([cv2.GaussianBlur(heatmap, (0, 0), cells) for heatmap in heatmaps])


def find_peaks(heatmaps: Floats, threshold: float) -> Peaks:
    """(18, rows, columns) -> local maxima over the threshold in their 3x3 cells, refined below a cell.

    At most `MOST_PEAKS` of a kind, the strongest.
    """
    kind, row, column = np.nonzero(heatmaps > threshold)
    bordered = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    score = heatmaps[kind, row, column]
    highest = np.ones(len(kind), bool)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            neighbour = bordered[kind, row + 1 + down, column + 1 + right]
            # of equal neighbours the first in reading order is the peak
            highest &= score > neighbour if (down, right) < (0, 0) else score >= neighbour
    kept = np.flatnonzero(highest)
    kept = kept[_strongest(kind[kept], score[kept])]
    kind, row, column, score = kind[kept], row[kept], column[kept], score[kept]
    x = column + _vertex(bordered[kind, row + 1, column], score, bordered[kind, row + 1, column + 2])
    y = row + _vertex(bordered[kind, row, column + 1], score, bordered[kind, row + 2, column + 1])
    return Peaks(kind, np.stack([x, y], axis=1).astype(np.float32), np.minimum(score, 1.0))


def _strongest(kind: Ints, score: Floats) -> Ints:
    """The places of the `MOST_PEAKS` best scores of each kind."""
    order = np.lexsort((-score, kind))
    rank = np.arange(len(order)) - np.searchsorted(kind[order], kind[order])
    return order[rank < MOST_PEAKS]


def _vertex(before: Floats, at: Floats, after: Floats) -> Floats:
    """Offset of a parabola's vertex through three neighbouring cells, in [-0.5, 0.5] cells; 0 at the border."""
    before, after = np.where(np.isfinite(before), before, after), np.where(np.isfinite(after), after, before)
    curvature = np.maximum(2 * at - before - after, 1e-6)
    offset: Floats = np.clip((after - before) / (2 * curvature), -0.5, 0.5)
    return offset


def find_limbs(fields: Floats, spec: FieldSpec, peaks: Peaks, grouping: Grouping) -> Limbs:
    """Every pair of peaks that its PAF joins, scored by the line integral between them.

    Best first: by the integral times the geometric mean of the peaks' scores, so that clear points are joined first.
    """
    of_kind = [np.flatnonzero(peaks.kind == kind) for kind in range(len(KEYPOINTS))]
    kinds, ends, scores = [], [], []
    # One kind of limb at a time: a crowd's pairs of all kinds at once would need gigabytes.
    for kind, ((a, b), (x, y)) in enumerate(zip(LIMBS, spec.pafs, strict=True)):
        pairs = np.stack([np.repeat(of_kind[a], len(of_kind[b])), np.tile(of_kind[b], len(of_kind[a]))], axis=1)
        score, joined = _line_integrals(fields[x], fields[y], peaks.cells[pairs], grouping)
        kinds.append(np.full(joined.sum(), kind))
        ends.append(pairs[joined])
        scores.append(score[joined])
    limbs = Limbs(np.concatenate(kinds), np.concatenate(ends), np.minimum(np.concatenate(scores), 1.0))
    order = np.argsort(-limbs.score * np.sqrt(peaks.score[limbs.ends].prod(axis=1)), kind="stable")
    return Limbs(limbs.kind[order], limbs.ends[order], limbs.score[order])


def _line_integrals(
    paf_x: Floats, paf_y: Floats, cells: Floats, grouping: Grouping
) -> tuple[Floats, NDArray[np.bool_]]:
    """One limb's PAF (rows, columns) along lines between points (m, 2, 2): its mean (m,), and whether it joins them."""
    start, way = cells[:, 0], cells[:, 1] - cells[:, 0]
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)
    rows, columns = paf_x.shape
    steps = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    column = np.rint(start[:, :1] + way[:, :1] * steps).astype(np.intp).clip(0, columns - 1)
    row = np.rint(start[:, 1:] + way[:, 1:] * steps).astype(np.intp).clip(0, rows - 1)
    unit = way / length[:, None]
    along = paf_x[row, column] * unit[:, :1] + paf_y[row, column] * unit[:, 1:]
    # a limb longer than half the picture's height loses what it exceeds, as in OpenPose
    score = along.mean(axis=1) + np.minimum(0.5 * rows / length - 1, 0)
    joined = ((along > grouping.limb).mean(axis=1) >= grouping.limb_share) & (score > grouping.limb)
    return score, joined


@dataclass(slots=True, eq=False)
class Fragment:
    """A person in the making: its peak of each kind of keypoint, the sum and number of its limbs' scores."""

    members: dict[int, int]
    limb_score: float = 0.0
    limbs: int = 0


def assemble(limbs: Limbs) -> list[Fragment]:
    """Join limbs into people, best limb first.

    A limb starts a person, gives one a keypoint that it lacks, confirms one, or joins two fragments; it is dropped
    where somebody would get a second keypoint of a kind.
    """
    owner: dict[int, Fragment] = {}
    for limb, (a, b), score in zip(limbs.kind.tolist(), limbs.ends.tolist(), limbs.score.tolist(), strict=True):
        kind_a, kind_b = LIMBS[limb]
        one = owner.get(a) or Fragment({kind_a: a})
        other = owner.get(b) or Fragment({kind_b: b})
        if one is not other:
            if one.members.keys() & other.members.keys():
                continue
            one.members |= other.members
            one.limb_score += other.limb_score
            one.limbs += other.limbs
            owner.update(dict.fromkeys(one.members.values(), one))
        one.limb_score += score
        one.limbs += 1
    return list({id(fragment): fragment for fragment in owner.values()}.values())


def _to_people(peaks: Peaks, fragments: list[Fragment], stride: int, grouping: Grouping) -> tuple[Floats, Floats]:
    keypoints = np.zeros((len(fragments), len(KEYPOINTS), 3), np.float32)
    evidence = np.zeros(len(fragments), np.float32)
    parts = np.zeros(len(fragments), np.float32)
    for person, fragment in enumerate(fragments):
        kinds, chosen = list(fragment.members), list(fragment.members.values())
        keypoints[person, kinds, :2] = (peaks.cells[chosen] + 0.5) * stride
        keypoints[person, kinds, 2] = peaks.score[chosen]
        evidence[person] = peaks.score[chosen].sum() + fragment.limb_score
        parts[person] = len(kinds) + fragment.limbs
    seen = keypoints[..., 2] > 0
    headed = seen[:, list(HEAD_KEYPOINTS)].any(axis=1)
    enough = seen.sum(axis=1) >= np.where(headed, grouping.keypoints, grouping.headless_keypoints)
    strong = evidence >= grouping.person * np.maximum(parts, 1)
    keep = enough & strong
    return keypoints[keep], evidence[keep] / (len(KEYPOINTS) + len(LIMBS))
