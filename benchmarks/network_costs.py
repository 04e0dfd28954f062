"""What each network that can be trained costs: `python -m benchmarks.network_costs` prints a line a network.

With 62 fields, or the channels of proposals, default options and an input of 384x672; FLOP = 2 x MAC. Nothing is
computed: tensors have shapes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch.utils.flop_counter import FlopCounterMode

from pose.fields import FieldSpec
from pose.proposals import ProposalSpec
from pose.train.networks import NETWORKS, build
from pose.train.networks.layout import FIELDS, proposal_layout

CHANNELS: Final[Mapping[str, int]] = {
    FieldSpec.kind: FIELDS.channels,
    ProposalSpec.kind: proposal_layout(stride=32).channels,
}


def main() -> None:
    """Print the figures of docs/training.md."""
    print("| network | stride | million parameters | GFLOP |\n|---|---|---|---|")
    for name, made in NETWORKS.items():
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            network = build(name, CHANNELS[made.answers]).eval()
            network(torch.zeros(1, 3, 384, 672))
        parameters = sum(weights.numel() for weights in network.parameters())
        print(f"| `{name}` | {network.stride} | {parameters / 1e6:.1f} | {counter.get_total_flops() / 1e9:.1f} |")


if __name__ == "__main__":
    main()
