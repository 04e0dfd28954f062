from __future__ import annotations

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Case
from helmet_service.video.seen import SeenFrame, from_line, to_line
from pose.skeleton import HeadPeak, Headwear, Person
from tests.pose.people import standing

WHOLE = Person(
    standing(100.123456, 80, 20), 0.8765, HeadPeak(100.5, 40.25, 20, 0.75, 0.25), 0.9, 0.5, Headwear(0.7, 0.2)
)
LONE_HEAD = Person(np.zeros((18, 3), np.float32), 0.4, HeadPeak(10, 10, 8, 0.1, 0.6))


@pytest.mark.parametrize("hats", [None, [], [Hat(Box(1, 2, 3.5, 4), 0.5, 0), Hat(Box(5, 6, 7, 8), None, 1)]])
def test_a_line_says_all_that_was_seen(hats):
    seen = SeenFrame(25, 1.04, Case([WHOLE, LONE_HEAD], hats, 640, 480, 0.8), "both")
    read = from_line(to_line(seen))
    assert (read.number, read.at_s, read.trust) == (25, 1.04, "both")
    assert (read.case.hats, read.case.width, read.case.height, read.case.scale) == (hats, 640, 480, 0.8)
    for before, after in zip(seen.case.people, read.case.people, strict=True):
        np.testing.assert_allclose(after.keypoints, before.keypoints, rtol=1e-5)
        assert after.keypoints.dtype == np.float32
        assert (after.score, after.head, after.evidence, after.scale, after.headwear) == (
            before.score, before.head, before.evidence, before.scale, before.headwear,
        )  # fmt: skip


def test_what_a_line_says_is_written_alike():
    line = to_line(SeenFrame(0, 0.0, Case([WHOLE, LONE_HEAD], None, 640, 480, 1 / 3), "model"))
    again = to_line(from_line(line))
    assert again == to_line(from_line(again))
    assert "\n" not in line
