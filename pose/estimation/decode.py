"""Fields -> people: find peaks in heatmaps, score limbs along their PAF, assemble people from limbs, best limb first.

After Cao et al. (CVPR 2017), section 2.3, but greedy over all limbs at once instead of one limb type after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.estimation.candidates import strongest
from pose.fields import FieldSpec
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, LIMBS

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

SAMPLES: Final = 12  # points at which a limb's PAF is read
# Samples that are read first, for all pairs: those near the middle, where a line from one person to another crosses
# neither. Among 50 people an eighth of the pairs remains for the other samples.
_GLANCE: Final = (3, 5, 7)
_PAIRS_AT_ONCE: Final = 65536  # all pairs of the densest crowd at once would need a gigabyte

_STEPS: Final = np.linspace(0, 1, SAMPLES, dtype=np.float32)
_NEIGHBOURHOOD: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Thresholds of keypoints, limbs and people; a model's `pose.json` has its values, chosen on labelled pictures.

    smoothing: standard deviation, in cells, of the Gaussian that smooths heatmaps before peaks are found.
    peak: least value of a keypoint in its smoothed heatmap.
    limb: least PAF component along a limb, at one sample and in the mean.
    limb_share: least share of a limb's samples over `limb`.
    keypoints: fewest keypoints of a person with a head keypoint.
    headless_keypoints: fewest keypoints of a person without one: an arm or a leg alone is nobody.
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
    """Candidate keypoints: kind (n,), an index into `KEYPOINTS`; x and y in cells (n, 2); score (n,)."""

    kind: Ints
    cells: Floats
    score: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Limbs:
    """Candidate limbs, best first: kind (m,), an index into `LIMBS`; the peaks at both ends (m, 2); score (m,)."""

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
    """(18, rows, columns) smoothed by a Gaussian of this standard deviation, to remove peaks of noise."""
    if cells == 0:
        return heatmaps
    return np.stack([cv2.GaussianBlur(heatmap, (0, 0), cells) for heatmap in heatmaps])


def find_peaks(heatmaps: Floats, threshold: float) -> Peaks:
    """(18, rows, columns) -> their `local_maxima`, with positions refined to fractions of a cell."""
    kind, row, column = local_maxima(heatmaps, threshold)
    bordered = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    score = heatmaps[kind, row, column]
    x = column + _vertex(bordered[kind, row + 1, column], score, bordered[kind, row + 1, column + 2])
    y = row + _vertex(bordered[kind, row, column + 1], score, bordered[kind, row + 2, column + 1])
    return Peaks(kind, np.stack([x, y], axis=1).astype(np.float32), np.minimum(score, 1.0))


def local_maxima(heatmaps: Floats, threshold: float) -> tuple[Ints, Ints, Ints]:
    """(kinds, rows, columns) -> kind, row and column of cells over the threshold that are the highest of their 3x3.

    By kind, and the strongest first, at most `MOST_OF_A_KIND`; of equal neighbours the first in reading order.
    """
    bordered = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    highest = np.stack([cv2.dilate(heatmap, _NEIGHBOURHOOD) for heatmap in heatmaps])
    places = np.flatnonzero((heatmaps > threshold) & (heatmaps == highest))
    kind, row, column = np.unravel_index(places, heatmaps.shape)
    score = heatmaps[kind, row, column]
    earlier = [bordered[kind, row + down, column + right] for down, right in ((0, 0), (0, 1), (0, 2), (1, 0))]
    kept = np.flatnonzero(score > np.max(earlier, axis=0))
    kept = kept[strongest(kind[kept], score[kept])]
    return kind[kept], row[kept], column[kept]


def _vertex(before: Floats, at: Floats, after: Floats) -> Floats:
    """The offset of the vertex of a parabola through three neighbouring cells, in [-0.5, 0.5]; 0 at the border."""
    before, after = np.where(np.isfinite(before), before, after), np.where(np.isfinite(after), after, before)
    curvature = np.maximum(2 * at - before - after, 1e-6)
    offset: Floats = np.clip((after - before) / (2 * curvature), -0.5, 0.5)
    return offset


def find_limbs(fields: Floats, spec: FieldSpec, peaks: Peaks, grouping: Grouping) -> Limbs:
    """Every pair of peaks that its PAF connects, scored by the line integral between them.

    Ordered by the integral times the geometric mean of the peaks' scores, so that clear keypoints are joined first.
    """
    kind, ends = _pairs(peaks)
    spans = [slice(first, first + _PAIRS_AT_ONCE) for first in range(0, max(len(kind), 1), _PAIRS_AT_ONCE)]
    joined = [_joined(_lines(peaks, kind[span], ends[:, span]), fields, spec, grouping) for span in spans]
    kind, ends, score = (np.concatenate(parts) for parts in zip(*joined, strict=True))
    order = np.argsort(-score * np.sqrt(peaks.score[ends].prod(axis=1)), kind="stable")
    return Limbs(kind[order], ends[order], score[order])


def _pairs(peaks: Peaks) -> tuple[Ints, Ints]:
    """Every pair of peaks whose kinds a limb connects: the kind of limb (m,) and the peaks (2, m)."""
    of_kind = [np.flatnonzero(peaks.kind == kind) for kind in range(len(KEYPOINTS))]
    starts = [np.repeat(of_kind[a], len(of_kind[b])) for a, b in LIMBS]
    ends = [np.tile(of_kind[b], len(of_kind[a])) for a, b in LIMBS]
    kind = np.repeat(np.arange(len(LIMBS)), [len(start) for start in starts])
    return kind, np.stack([np.concatenate(starts), np.concatenate(ends)])


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines between pairs of peaks: kind of limb (m,), peaks (2, m); in cells: start, vector (2, m) and length (m,)."""

    kind: Ints
    ends: Ints
    start: Floats
    vector: Floats
    length: Floats

    def only(self, kept: NDArray[np.bool_]) -> _Lines:
        which = np.flatnonzero(kept)
        start, vector = (values.take(which, axis=1) for values in (self.start, self.vector))
        return _Lines(self.kind[which], self.ends.take(which, axis=1), start, vector, self.length[which])


def _lines(peaks: Peaks, kind: Ints, ends: Ints) -> _Lines:
    cells = np.ascontiguousarray(peaks.cells.T)
    start = cells.take(ends[0], axis=1)
    vector = cells.take(ends[1], axis=1) - start
    return _Lines(kind, ends, start, vector, np.maximum(np.hypot(*vector), 1e-6))


def _joined(lines: _Lines, fields: Floats, spec: FieldSpec, grouping: Grouping) -> tuple[Ints, Ints, Floats]:
    """The lines that are limbs by their PAF: kind (m,), peaks (m, 2), the PAF's mean component along the line (m,)."""
    misses = np.count_nonzero(np.arange(SAMPLES) / SAMPLES >= grouping.limb_share)
    glance = _pafs_along(lines, fields, spec, _STEPS[list(_GLANCE)])
    lines = lines.only(np.count_nonzero(glance <= grouping.limb, axis=0) <= misses)
    along = np.ascontiguousarray(_pafs_along(lines, fields, spec, _STEPS).T)
    # OpenPose's penalty for a limb longer than half the picture's height
    score = along.mean(axis=1) + np.minimum(0.5 * fields.shape[1] / lines.length - 1, 0)
    joined = ((along > grouping.limb).mean(axis=1) >= grouping.limb_share) & (score > grouping.limb)
    return lines.kind[joined], lines.ends.T[joined], np.minimum(score[joined], 1.0)


def _pafs_along(lines: _Lines, fields: Floats, spec: FieldSpec, steps: Floats) -> Floats:
    """The components of the PAFs along the lines, (steps, m); steps: shares of the line, 0..1."""
    _, rows, columns = fields.shape
    x, y = (np.rint(start + vector * steps[:, None]) for start, vector in zip(lines.start, lines.vector, strict=True))
    cell = (y * columns + x).astype(np.intp)
    values, (paf_x, paf_y) = fields.reshape(-1), np.array(spec.pafs).T * (rows * columns)
    unit_x, unit_y = lines.vector / lines.length
    # clipped, because peaks of fields that are not finite may have any position
    along_x = values.take(cell + paf_x[lines.kind], mode="clip") * unit_x
    along_y = values.take(cell + paf_y[lines.kind], mode="clip") * unit_y
    along: Floats = along_x + along_y
    return along


@dataclass(slots=True, eq=False)
class Fragment:
    """A part of a person. members: the peak of each kind of keypoint; limb_score: the sum of its limbs' scores."""

    members: dict[int, int]
    limb_score: float = 0.0
    limbs: int = 0


def assemble(limbs: Limbs) -> list[Fragment]:
    """Join limbs into people, best limb first.

    A limb starts a fragment, adds a keypoint to one, confirms one, or joins two. It is dropped where a fragment would
    get a second keypoint of a kind.
    """
    owner: dict[int, Fragment] = {}
    for limb, (a, b), score in zip(limbs.kind.tolist(), limbs.ends.tolist(), limbs.score.tolist(), strict=True):
        kind_a, kind_b = LIMBS[limb]
        one = owner.get(a) or Fragment({kind_a: a})
        other = owner.get(b) or Fragment({kind_b: b})
        if one is not other:
            if not one.members.keys().isdisjoint(other.members):
                continue
            one.members |= other.members
            one.limb_score += other.limb_score
            one.limbs += other.limbs
            owner[a] = one
            owner.update(dict.fromkeys(other.members.values(), one))
        one.limb_score += score
        one.limbs += 1
    return list({id(fragment): fragment for fragment in owner.values()}.values())


def _to_people(peaks: Peaks, fragments: list[Fragment], stride: int, grouping: Grouping) -> tuple[Floats, Floats]:
    sizes = [len(fragment.members) for fragment in fragments]
    person = np.repeat(np.arange(len(fragments)), sizes)
    chosen = np.array([peak for fragment in fragments for peak in fragment.members.values()], np.intp)
    keypoints = np.zeros((len(fragments), len(KEYPOINTS), 3), np.float32)
    keypoints[person, peaks.kind[chosen], :2] = (peaks.cells[chosen] + 0.5) * stride
    keypoints[person, peaks.kind[chosen], 2] = peaks.score[chosen]
    limb_scores = np.array([fragment.limb_score for fragment in fragments], np.float32)
    evidence = keypoints[..., 2].sum(axis=1) + limb_scores
    parts = np.array(sizes, np.intp) + [fragment.limbs for fragment in fragments]
    seen = keypoints[..., 2] > 0
    headed = seen[:, list(HEAD_KEYPOINTS)].any(axis=1)
    enough = seen.sum(axis=1) >= np.where(headed, grouping.keypoints, grouping.headless_keypoints)
    strong = evidence >= grouping.person * np.maximum(parts, 1)
    keep = enough & strong
    return keypoints[keep], evidence[keep] / (len(KEYPOINTS) + len(LIMBS))
