"""How long people are remembered at a camera's rate."""

from __future__ import annotations

import pytest

from helmet_service.verdicts.watching import TRACKING
from helmet_service.watch.judging import tracking_at


@pytest.mark.parametrize(("rate", "seconds"), [(0.5, 7.0), (1.0, 3.5), (10.0, TRACKING.gap_s)])
def test_people_are_remembered_over_three_frames_at_least(rate, seconds):
    assert tracking_at(rate).gap_s == seconds
