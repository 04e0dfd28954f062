"""Fields -> people as the ancestor does it: point by point and pair by pair, on maps at four times the network's size.

The algorithm of Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose" (2018, arXiv
1811.12004), with the constants, data structures and loops of his published code (Apache-2.0): their cost is what is
measured here. This project itself uses `pose.estimation.decode`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.fields import FieldSpec, encode
from pose.skeleton import KEYPOINTS, LIMBS

UPSAMPLING: Final = 4
STRIDE: Final = 8
SPEC: Final = FieldSpec(
    outputs=("fields",),
    stride=STRIDE,
    heatmaps=tuple(range(18)),
    pafs=tuple((19 + 2 * limb, 20 + 2 * limb) for limb in range(len(LIMBS))),
    background=18,
)

_PEAK: Final = 0.1  # least value of a keypoint
_APART: Final = 6  # up-sampled pixels between two keypoints of a kind
_SAMPLES: Final = 10  # points of a limb at which its PAF is read
_SAMPLE: Final = 0.05  # least PAF along the limb at one of them
_SHARE: Final = 0.8  # of them must have more
_FEWEST: Final = 3  # keypoints of a person
_MEAN: Final = 0.2  # least score of a person for each keypoint
_EAR_LIMBS: Final = (17, 18)  # shoulder to ear: they fill in ears and begin nobody
_ABSENT: Final = -1
_SCORE, _COUNT = 18, 19  # places of an entry after its keypoints

Floats = NDArray[np.float32]
Point = tuple[int, int, float, int]  # x, y in up-sampled pixels, score, number among all points
Entry = NDArray[np.float64]  # a person: the number of each keypoint or `_ABSENT`, then score and count


def maps_of(people: Sequence[NDArray[np.float32]], *, height: int, width: int) -> Floats:
    """The maps with which a perfect network would answer the ancestor, for people (18, 3) in input pixels.

    The ancestor's network was trained on peaks with a standard deviation of 7 pixels and on limbs that reach a cell to
    each side of their line. `pose.fields.encode` draws the same at half the size with half the stride.
    """
    halved = [keypoints * np.array((0.5, 0.5, 1), np.float32) for keypoints in people]
    return encode(halved, replace(SPEC, stride=STRIDE // 2), height=height // 2, width=width // 2)


def group(fields: Floats) -> Floats:
    """(57, rows, columns) in the layout of `SPEC` -> keypoints (people, 18, 3) in input pixels."""
    heatmaps, pafs = (upsampled(fields[part]) for part in (slice(0, 19), slice(19, 57)))
    found: list[list[Point]] = []
    total = 0
    for kind in range(len(KEYPOINTS)):
        found.append(_points(heatmaps[:, :, kind], total))
        total += len(found[-1])
    everything = np.array([point for points in found for point in points])
    return _keypoints(_people(found, everything, pafs), everything)


def upsampled(maps: Floats) -> Floats:
    """(channels, rows, columns) -> (4 rows, 4 columns, channels), bicubic."""
    last = np.transpose(maps, (1, 2, 0))
    larger: Floats = cv2.resize(last, (0, 0), fx=UPSAMPLING, fy=UPSAMPLING, interpolation=cv2.INTER_CUBIC)
    return larger


def _points(heatmap: Floats, total: int) -> list[Point]:
    heatmap[heatmap < _PEAK] = 0
    bordered = np.pad(heatmap, 2)
    centre, left, right = bordered[1:-1, 1:-1], bordered[1:-1, :-2], bordered[1:-1, 2:]
    above, below = bordered[:-2, 1:-1], bordered[2:, 1:-1]
    peaks = ((centre > left) & (centre > right) & (centre > above) & (centre > below))[1:-1, 1:-1]
    rows, columns = np.nonzero(peaks)
    places = sorted(zip(columns, rows, strict=True), key=lambda place: place[0])
    suppressed = np.zeros(len(places), np.uint8)
    points: list[Point] = []
    for i in range(len(places)):
        if suppressed[i]:
            continue
        for j in range(i + 1, len(places)):
            if math.sqrt((places[i][0] - places[j][0]) ** 2 + (places[i][1] - places[j][1]) ** 2) < _APART:
                suppressed[j] = 1
        x, y = places[i]
        points.append((x, y, heatmap[y, x], total + len(points)))
    return points


def _people(found: Sequence[list[Point]], everything: NDArray[np.float64], pafs: Floats) -> list[Entry]:
    entries: list[Entry] = []
    points = [np.array(of_kind, np.float32) for of_kind in found]
    for limb, (a, b) in enumerate(LIMBS):
        if len(points[a]) == 0 or len(points[b]) == 0:
            continue
        connections = _connections(points[a], points[b], pafs[:, :, [channel - 19 for channel in SPEC.pafs[limb]]])
        if limb in _EAR_LIMBS:
            _fill_in(entries, connections, a, b)
        else:
            _extend(entries, connections, a, b, everything)
    return [entry for entry in entries if entry[_COUNT] >= _FEWEST and entry[_SCORE] / entry[_COUNT] >= _MEAN]


def _connections(starts: Floats, ends: Floats, paf: Floats) -> list[tuple[int, int, float]]:
    """The numbers of the points that a limb joins, and its score; the highest score first, no point twice."""
    from_points = np.broadcast_to(starts[None, :, :2], (len(ends), len(starts), 2))
    ways = (ends[:, None, :2] - from_points).reshape(-1, 1, 2)
    grid = np.arange(_SAMPLES, dtype=np.float32).reshape(1, -1, 1)
    samples = (1 / (_SAMPLES - 1) * ways * grid + from_points.reshape(-1, 1, 2)).round().astype(np.int32)
    field = paf[samples[..., 1].ravel(), samples[..., 0].ravel()].reshape(-1, _SAMPLES, 2)
    units = ways / (np.linalg.norm(ways, ord=2, axis=-1, keepdims=True) + 1e-6)
    along = (field * units).sum(-1)
    valid = along > _SAMPLE
    count = valid.sum(1)
    scores = (along * valid).sum(1) / (count + 1e-6)
    likely = np.where((scores > 0) & (count / _SAMPLES > _SHARE))[0]
    end, start = np.divmod(likely, len(starts))
    scores = scores[likely]
    taken_starts, taken_ends = set(), set()
    connections = []
    for pair in scores.argsort()[::-1]:
        if start[pair] not in taken_starts and end[pair] not in taken_ends:
            connections.append((int(starts[start[pair], 3]), int(ends[end[pair], 3]), scores[pair]))
            taken_starts.add(start[pair])
            taken_ends.add(end[pair])
    return connections


def _extend(
    entries: list[Entry],
    connections: Sequence[tuple[int, int, float]],
    a: int,
    b: int,
    everything: NDArray[np.float64],
) -> None:
    for start, end, score in connections:
        known = False
        for entry in entries:
            if entry[a] == start:
                entry[b] = end
                entry[_COUNT] += 1
                entry[_SCORE] += everything[end, 2] + score
                known = True
        if not known:
            entry = np.full(20, _ABSENT, float)
            entry[a], entry[b], entry[_COUNT] = start, end, 2
            entry[_SCORE] = everything[[start, end], 2].sum() + score
            entries.append(entry)


def _fill_in(entries: Sequence[Entry], connections: Sequence[tuple[int, int, float]], a: int, b: int) -> None:
    for start, end, _ in connections:
        for entry in entries:
            if entry[a] == start and entry[b] == _ABSENT:
                entry[b] = end
            elif entry[b] == end and entry[a] == _ABSENT:
                entry[a] = start


def _keypoints(entries: Sequence[Entry], everything: NDArray[np.float64]) -> Floats:
    keypoints = np.zeros((len(entries), len(KEYPOINTS), 3), np.float32)
    for person, entry in enumerate(entries):
        for kind in range(len(KEYPOINTS)):
            if entry[kind] != _ABSENT:
                x, y, score, _ = everything[int(entry[kind])]
                keypoints[person, kind] = x * STRIDE / UPSAMPLING, y * STRIDE / UPSAMPLING, score
    return keypoints
