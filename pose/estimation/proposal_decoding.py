"""Proposals -> people: drop boxes that lie on better ones, follow edges from every person to its keypoints.

After Sekii, "Pose Proposal Networks" (ECCV 2018), section 3.3: people's keypoints are matched edge by edge, the
likeliest pair first, and how likely a pair is counts everything on the way from the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pose.estimation.candidates import apart, strongest
from pose.proposals import EDGES, KINDS, PERSON, ProposalSpec
from pose.skeleton import KEYPOINTS, HeadPeak

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ProposalThresholds:
    """Thresholds of proposals, edges and people.

    The defaults of the first two are those of Idein/chainer-pose-proposal-net (config.ini, predict.py), of the third
    those of tensorlayer/hyperpose (proposal_network.hpp).
    """

    proposal: float = 0.15
    """Least responsibility times overlap of a box."""
    overlap: float = 0.3
    """Intersection over union from which the weaker of two boxes of a kind is dropped."""
    edge: float = 0.05
    """Least probability of an edge."""
    keypoints: int = 3
    """Fewest keypoints of a person."""


@dataclass(frozen=True, slots=True)
class ProposalDecoder:
    """Finds people in a network's proposals; a `decoder.Decoder`."""

    layout: ProposalSpec
    thresholds: ProposalThresholds

    @property
    def sees_heads(self) -> bool:
        """Proposals have no kind for heads."""
        return False

    def people(self, answer: Floats) -> tuple[Floats, Floats]:
        """See `Decoder.people`; a score is that of keypoints and edges, by the number of both in a whole person."""
        proposals = find_proposals(answer, self.layout, self.thresholds)
        found = follow_edges(answer, self.layout, proposals, self.thresholds)
        members, seen = found.members[:, 1:], found.members[:, 1:] >= 0
        keypoints = np.zeros((len(members), len(KEYPOINTS), 3), np.float32)
        keypoints[seen, :2] = proposals.middle[members[seen]]
        keypoints[seen, 2] = proposals.score[members[seen]]
        scores = (keypoints[..., 2].sum(axis=1) + found.edges) / (len(KEYPOINTS) + len(EDGES))
        enough = seen.sum(axis=1) >= self.thresholds.keypoints
        return keypoints[enough], scores[enough]

    def heads(self, answer: Floats, least: float) -> tuple[HeadPeak, ...]:  # noqa: ARG002
        """None: see `sees_heads`."""
        return ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProposalDecoder:
        """From the keys `proposals` and, if there, `proposal_thresholds`; KeyError, ValueError or TypeError."""
        thresholds = ProposalThresholds(**values.get("proposal_thresholds", {}))
        return cls(ProposalSpec.from_json(values["proposals"]), thresholds)

    def to_json(self) -> dict[str, Any]:
        """See `Decoder.to_json`."""
        return {"proposals": self.layout.to_json(), "proposal_thresholds": asdict(self.thresholds)}


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """Boxes that may be something, those of a kind together and best first.

    kind: (n,). cell: (n, 2) row, column. middle, size: (n, 2) x, y in input pixels. score: (n,) responsibility times
    overlap.
    """

    kind: Ints
    cell: Ints
    middle: Floats
    size: Floats
    score: Floats

    def only(self, kept: Ints | slice) -> Proposals:
        """Some of the boxes, in this order."""
        return Proposals(self.kind[kept], self.cell[kept], self.middle[kept], self.size[kept], self.score[kept])


def find_proposals(answer: Floats, layout: ProposalSpec, thresholds: ProposalThresholds) -> Proposals:
    """The boxes over the threshold that lie on no better one of their kind: at most `MOST_OF_A_KIND`.

    Boxes that are not numbers are ignored; numbers beyond [0, 1] count as the nearer of both.
    """
    values = np.clip(layout.split(answer)[0], 0, 1)
    scores = values[0] * values[1]
    kind, row, column = np.nonzero((scores >= thresholds.proposal) & ~np.isnan(values).any(axis=0))
    x, y, width, height = values[2:, kind, row, column]
    middle = np.stack([column + x, row + y], axis=1) * layout.stride
    size = np.stack([width, height], axis=1) * layout.unit
    cell = np.stack([row, column], axis=1)
    boxes = Proposals(kind, cell, middle.astype(np.float32), size, scores[kind, row, column])
    boxes = boxes.only(strongest(boxes.kind, boxes.score))
    bounds = np.searchsorted(boxes.kind, np.arange(KINDS + 1)).tolist()
    kept = list[int]()
    for first, end in pairwise(bounds):
        kept += [first + box for box in apart(_overlaps(boxes.only(slice(first, end))) >= thresholds.overlap)]
    return boxes.only(np.array(kept, np.intp))


def _overlaps(boxes: Proposals) -> Floats:
    """Intersection over union of all pairs, (n, n); 0 of boxes without area."""
    low, high = (boxes.middle - boxes.size / 2).T, (boxes.middle + boxes.size / 2).T
    common = np.minimum(high[:, :, None], high[:, None]) - np.maximum(low[:, :, None], low[:, None])
    width, height = np.maximum(common, 0)
    intersection, area = width * height, boxes.size.prod(axis=1)
    shared: Floats = intersection / np.maximum(area[:, None] + area - intersection, np.finfo(np.float32).tiny)
    return shared


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """People: the proposal of each kind, or -1 (n, KINDS); the sum of the probabilities of their edges (n,)."""

    members: Ints
    edges: Floats


def follow_edges(answer: Floats, layout: ProposalSpec, proposals: Proposals, thresholds: ProposalThresholds) -> Found:
    """Give every person its keypoints, along `EDGES`; no two people share one."""
    edges = layout.split(answer)[1]
    of_kind = [np.flatnonzero(proposals.kind == kind) for kind in range(KINDS)]
    people = of_kind[PERSON]
    members = np.full((len(people), KINDS), -1)
    members[:, PERSON] = people
    strength = np.zeros(members.shape, np.float32)
    strength[:, PERSON] = proposals.score[people]
    sums = np.zeros(len(people), np.float32)
    for edge, (start, end) in enumerate(EDGES):
        person = np.flatnonzero(members[:, start] >= 0)
        starts, ends = proposals.cell[members[person, start]], proposals.cell[of_kind[end]]
        likely = _likely(edges[edge], layout.reach, starts, ends)
        likely[~(likely >= thresholds.edge)] = 0
        strengths = strength[person, start, None] * likely * proposals.score[of_kind[end]]
        one, other = _best_first(strengths)
        members[person[one], end] = of_kind[end][other]
        strength[person[one], end] = strengths[one, other]
        sums[person[one]] += likely[one, other]
    return Found(members, sums)


def _likely(edge: Floats, reach: int, starts: Ints, ends: Ints) -> Floats:
    """How likely the edge leads from each of (n, 2) cells to each of (m, 2) cells, (n, m); NaN where unknown."""
    row, column = starts.T
    down, right = np.moveaxis(ends[None] - starts[:, None] + reach, -1, 0)
    side = len(edge)
    within = (down >= 0) & (down < side) & (right >= 0) & (right < side)
    down, right = np.clip(down, 0, side - 1), np.clip(right, 0, side - 1)
    likely: Floats = np.where(within, np.clip(edge[down, right, row[:, None], column[:, None]], 0, 1), 0)
    return likely


def _best_first(strengths: Floats) -> tuple[list[int], list[int]]:
    """Pairs of rows and columns, each at most once, the strongest pair first; a strength of 0 is no pair."""
    row, column = np.nonzero(strengths > 0)
    order = np.argsort(-strengths[row, column], kind="stable")
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for one, other in zip(row[order].tolist(), column[order].tolist(), strict=True):
        if one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return list(pairs), list(pairs.values())
