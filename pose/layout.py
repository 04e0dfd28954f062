"""What every kind of answer has in common: networks answer channels on a grid of cells."""

from __future__ import annotations

from typing import Any, Protocol


class Layout(Protocol):
    """What the channels of a network's answer mean: `fields.FieldSpec` or `proposals.ProposalSpec`."""

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

    def to_json(self) -> dict[str, Any]:
        """The layout as `json.dumps` takes it."""
        ...
