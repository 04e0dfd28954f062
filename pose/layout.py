"""What a network's answer means: fields, proposals or heatmaps of a hand, and what these have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Protocol

from pose.fields import FieldSpec
from pose.hands import HandSpec
from pose.proposals import ProposalSpec


class Layout(Protocol):
    """What the channels of a network's answer mean, on a grid of cells."""

    kind: ClassVar[str]
    """What the network answers: a key of `LAYOUTS`."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the network's outputs, joined along the channel axis in this order."""
        ...

    @property
    def stride(self) -> int:
        """Input pixels per cell."""
        ...

    @property
    def channels(self) -> int:
        """The least number of channels that a network with this layout answers."""
        ...

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Layout:
        """The layout as `to_json` wrote it; KeyError, ValueError or TypeError for anything else."""
        ...

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        ...


LAYOUTS: Final[Mapping[str, type[Layout]]] = {layout.kind: layout for layout in (FieldSpec, ProposalSpec, HandSpec)}
"""By the key under which `pose.json` and checkpoints have them."""


def kind_of(values: Mapping[str, Any]) -> str:
    """Which of `LAYOUTS` these values of a file have; fields, which a caller then misses, if none."""
    return next((kind for kind in LAYOUTS if kind in values), FieldSpec.kind)
