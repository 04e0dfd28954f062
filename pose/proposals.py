"""The proposals that a network of the second kind answers: what each channel means.

After Sekii, "Pose Proposal Networks" (ECCV 2018): a coarse grid, in which each cell proposes one box of every kind. A
kind is the whole person or a keypoint. Directed edges lead from the person over the neck to all keypoints; for each,
a cell answers how likely the other end lies in each cell around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

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
    reach: the other end of an edge lies at most so many cells away along each axis.
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

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProposalSpec:
        """The layout as `to_json` wrote it; KeyError, ValueError or TypeError for anything else."""
        return cls(**{**values, "outputs": tuple(values["outputs"])})

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        return asdict(self)
