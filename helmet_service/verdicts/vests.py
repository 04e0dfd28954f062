"""Whether a person wears a vest: how well the best vest box covers the person's box."""

from __future__ import annotations

from collections.abc import Sequence

from helmet_service.verdicts.boxes import Box, box_rows, overlaps

WORN_FROM = 0.4
"""The smallest intersection over union that counts as worn (the ancestor's, kept by the wire format)."""


def best_vest(person: Box, vests: Sequence[Box]) -> float:
    """The best intersection over union of the person's box with a vest box, in [0, 1]; 0 without vests."""
    return float(overlaps(person, box_rows(vests)).max(initial=0.0))
