"""The proposals that a network may answer instead of fields: what each channel means, and people -> proposals.

After Sekii, "Pose Proposal Networks" (ECCV 2018): a coarse grid, in which each cell proposes one box of every kind. A
kind is the whole person or a keypoint. Directed edges lead from the person over the neck to all keypoints; for each,
a cell answers how likely the other end lies in each cell around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pose.fields import person_sizes
from pose.skeleton import (
    KEYPOINTS,
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_EYE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_EYE,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

PERSON: Final = 0  # the kind of whole people; kind k + 1 is keypoint k
KINDS: Final = 1 + len(KEYPOINTS)
VALUES: Final = 6  # of each proposal: responsibility, overlap, x, y, width, height
# The side of the square around a keypoint, as a share of the person's size. Source: `parts_scale` for COCO of
# Idein/chainer-pose-proposal-net, config.ini, a share of the diagonal of the person's box.
SQUARE_SHARE: Final = 0.2
LEAST_SQUARE: Final = 8.0  # input pixels: a person of whom one point is seen has no size

# Pairs of kinds: a tree from the person, each edge after the one that leads to its start. Source: the edges for COCO of
# the public implementation (Idein/chainer-pose-proposal-net, coco_dataset.py).
EDGES: Final = (
    (PERSON, 1 + NECK),
    *(
        (1 + start, 1 + end)
        for start, end in (
            (NECK, NOSE),
            (NOSE, RIGHT_EYE), (RIGHT_EYE, RIGHT_EAR), (NOSE, LEFT_EYE), (LEFT_EYE, LEFT_EAR),
            (NECK, RIGHT_SHOULDER), (RIGHT_SHOULDER, RIGHT_ELBOW), (RIGHT_ELBOW, RIGHT_WRIST),
            (NECK, LEFT_SHOULDER), (LEFT_SHOULDER, LEFT_ELBOW), (LEFT_ELBOW, LEFT_WRIST),
            (NECK, RIGHT_HIP), (RIGHT_HIP, RIGHT_KNEE), (RIGHT_KNEE, RIGHT_ANKLE),
            (NECK, LEFT_HIP), (LEFT_HIP, LEFT_KNEE), (LEFT_KNEE, LEFT_ANKLE),
        )
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProposalSpec:
    """The layout of a network's proposals, as `pose.json` stores it.

    outputs: names of the network's outputs, joined along the channel axis in this order.
    stride: input pixels per cell.
    reach: the other end of an edge lies at most so many cells away along each axis. The paper's grid has 32 pixels a
    cell and a reach of 4, so its edges may be 128 pixels long: a third of the input.
    unit: the length in input pixels that a box's width or height of 1 stands for. The paper takes the input's size,
    which is 384x384 there; ours have many sizes, by which the same person must not have another width.

    Channels, all in [0, 1]: `VALUES` times `KINDS`, then `window` for each of `EDGES`.
    Responsibility: the probability that the middle of a box of this kind lies in the cell. Overlap: intersection over
    union of the cell's box with the true one. x, y: the box's middle, as shares of the cell from its top left corner.
    Width, height: in `unit`.
    Edge: the probability that it leads from this cell to the one at each offset, in reading order from
    (-reach, -reach).
    """

    kind: ClassVar[str] = "proposals"
    outputs: tuple[str, ...]
    stride: int
    reach: int = 4
    unit: int = 384

    def __post_init__(self) -> None:
        """Raise ValueError for a grid without cells."""
        for name in ("stride", "reach", "unit"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")

    @property
    def window(self) -> int:
        """The cells to which an edge of a cell may lead."""
        return (2 * self.reach + 1) ** 2

    @property
    def channels(self) -> int:
        """The number of channels that a network with this layout answers."""
        return VALUES * KINDS + len(EDGES) * self.window

    def split(self, answer: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Views of an answer (channels, rows, columns): proposals and edges.

        Proposals are (VALUES, KINDS, rows, columns), edges (EDGES, down, right, rows, columns) with both offsets
        counted from -reach.
        """
        cells, side, values = answer.shape[1:], 2 * self.reach + 1, VALUES * KINDS
        proposals = answer[:values].reshape(VALUES, KINDS, *cells)
        return proposals, answer[values : self.channels].reshape(len(EDGES), side, side, *cells)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProposalSpec:
        """The layout as `to_json` wrote it; KeyError, ValueError or TypeError for anything else."""
        return cls(**{**values, "outputs": tuple(values["outputs"])})

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        return asdict(self)


def encode(
    people: Sequence[NDArray[np.float32]], spec: ProposalSpec, *, height: int, width: int
) -> NDArray[np.float32]:
    """People -> the proposals that a perfect network would answer.

    people: an (18, 3) array per person: x, y in input pixels and a score (0 = not there).
    height, width: the input's size in pixels, multiples of the stride.
    Returns (channels, height / stride, width / stride) float32. A box and its overlap mean something only where the
    responsibility is 1; edges between two cells only where one of them is responsible for its end.

    A keypoint has a square around it, a person the box around its squares. Points outside the input are not there.
    Where two people have the same kind in a cell, the larger person (the first of equals) is the one who has it there.
    """
    answer = np.zeros((spec.channels, height // spec.stride, width // spec.stride), np.float32)
    proposals, edges = spec.split(answer)
    boxes = _boxes(np.array(people, np.float32).reshape(-1, len(KEYPOINTS), 3), height, width)
    cells = np.floor(boxes.middle / spec.stride).astype(np.intp)
    owned = _owned(boxes.there, cells, proposals.shape[1:])
    person, kind = np.nonzero(owned)
    shares = boxes.middle[person, kind] / spec.stride - cells[person, kind]
    sizes = np.minimum(boxes.size[person, kind] / spec.unit, 1)
    column, row = cells[person, kind].T
    proposals[:, kind, row, column] = np.vstack([np.ones((2, len(kind))), shares.T, sizes.T])
    _add_edges(edges, owned, cells, spec.reach)
    return answer


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """The boxes of n people, the larger ones later and the first of equals last; lengths in input pixels.

    there: (n, KINDS). middle, size: (n, KINDS, 2) x, y.
    """

    there: NDArray[np.bool_]
    middle: NDArray[np.float64]
    size: NDArray[np.float64]


def _boxes(people: NDArray[np.float32], height: int, width: int) -> _Boxes:
    """The boxes of the (n, 18, 3) people that have a point in the input."""
    inside = (people[..., :2] >= 0).all(axis=2) & (people[..., :2] < (width, height)).all(axis=2)
    seen = (people[..., 2] > 0) & inside
    sizes = person_sizes(people)
    order = np.argsort(-sizes, kind="stable")[::-1]
    order = order[seen[order].any(axis=1)]
    points, seen = people[order, :, :2].astype(np.float64), seen[order]
    high = np.where(seen[..., None], points, -np.inf).max(axis=1, keepdims=True)
    low = np.where(seen[..., None], points, np.inf).min(axis=1, keepdims=True)
    extent = np.concatenate([high - low, np.zeros_like(points)], axis=1)
    return _Boxes(
        there=np.pad(seen, ((0, 0), (1, 0)), constant_values=True),
        middle=np.concatenate([(low + high) / 2, points], axis=1),
        size=extent + np.maximum(SQUARE_SHARE * sizes[order, None, None], LEAST_SQUARE),
    )


def _owned(there: NDArray[np.bool_], cells: NDArray[np.intp], grid: tuple[int, ...]) -> NDArray[np.bool_]:
    """(n, KINDS): the boxes that are there and the last ones of their kind in their cell.

    cells: (n, KINDS, 2) column, row. grid: (KINDS, rows, columns).
    """
    owner = np.full(grid, -1)
    person, kind = np.nonzero(there)
    column, row = cells[person, kind].T
    owner[kind, row, column] = person  # where an index repeats, the last value stays
    owned = np.zeros_like(there)
    owned[person, kind] = owner[kind, row, column] == person
    return owned


def _add_edges(edges: NDArray[np.float32], owned: NDArray[np.bool_], cells: NDArray[np.intp], reach: int) -> None:
    """Set the edges within reach between the owned boxes of one person to 1."""
    start, end = np.array(EDGES).T
    right, down = np.moveaxis(cells[:, end] - cells[:, start], -1, 0)
    near = (np.abs(right) <= reach) & (np.abs(down) <= reach)
    person, edge = np.nonzero(owned[:, start] & owned[:, end] & near)
    column, row = cells[person, start[edge]].T
    edges[edge, down[person, edge] + reach, right[person, edge] + reach, row, column] = 1
