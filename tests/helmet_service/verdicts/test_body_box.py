from __future__ import annotations

import pytest

from helmet_service.verdicts.body_box import area_share, body_box
from helmet_service.verdicts.boxes import Box
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import NECK, NOSE
from tests.helmet_service.verdicts.scenes import worker

HEAD = HeadFrame(100, 50, 40, (0.0, -1.0), 0.9)


@pytest.mark.parametrize(
    ("seen", "head", "expected"),
    [
        (set(), None, Box(0, 0, 0, 0)),
        (set(), HEAD, Box(80, 30, 40, 40)),
        ({NOSE, NECK}, None, Box(100, 53.2, 0, 23.2)),
        ({NOSE, NECK}, HEAD, Box(80, 30, 40, 46.4)),
    ],
)
def test_the_box_holds_keypoints_and_head(seen, head, expected):
    box = body_box(worker(100, 50, 40, seen=seen), head, 200, 200)
    assert (box.left, box.top, box.width, box.height) == pytest.approx(
        (expected.left, expected.top, expected.width, expected.height), abs=1e-3
    )


def test_the_box_is_clipped_to_the_picture():
    box = body_box(worker(100, 50, 40), HEAD, 110, 60)
    assert (box.top, box.right, box.bottom) == (30, 110, 60)
    assert body_box(worker(-500, -500), None, 110, 60).area == 0


def test_the_share_of_the_picture():
    assert area_share(Box(0, 0, 50, 20), 100, 100) == 0.1
