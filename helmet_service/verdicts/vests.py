"""Whether a person wears a vest: how well the best vest box covers the person's box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helmet_service.verdicts.boxes import Box, box_rows, overlaps
from helmet_service.verdicts.rules import Rules


@dataclass(frozen=True, slots=True)
class Vest:
    """overlap: intersection over union of a vest box with the person's box, in [0, 1]; 0 without vests."""

    overlap: float
    worn: bool


def best_vest(person: Box, vests: Sequence[Box], rules: Rules) -> Vest:
    """The vest that overlaps the person's box most."""
    overlap = float(overlaps(person, box_rows(vests)).max(initial=0.0))
    return Vest(overlap, overlap >= rules.worn_vest)
