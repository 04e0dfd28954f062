"""The layouts that networks are trained to answer: of fields and of proposals."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pose.fields import FieldSpec
from pose.proposals import ProposalSpec

# 0-17 heatmaps, 18 background, 19-56 PAFs (x, y of limb i at 19 + 2i and 20 + 2i), 57 and 58 centres of helmeted and
# bare heads, 59 head sizes, 60 and 61 offsets. The first weights' layout ended at 58.
FIELDS: Final = FieldSpec(
    outputs=("fields",),
    stride=4,
    heatmaps=tuple(range(18)),
    background=18,
    pafs=tuple((19 + 2 * limb, 20 + 2 * limb) for limb in range(19)),
    helmeted_heads=57,
    bare_heads=58,
    head_size=59,
    head_offset=(60, 61),
)


def layout(*, heads: bool, stride: int = FIELDS.stride) -> FieldSpec:
    """`FIELDS` (62 channels) with head fields, else its first 57 channels; stride: the network's."""
    if heads:
        return replace(FIELDS, stride=stride)
    return replace(FIELDS, stride=stride, helmeted_heads=None, bare_heads=None, head_size=None, head_offset=None)


def proposal_layout(*, stride: int) -> ProposalSpec:
    """The proposals that every network of that kind is trained to answer; stride: the network's."""
    return ProposalSpec(outputs=("proposals",), stride=stride)
