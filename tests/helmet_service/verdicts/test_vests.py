from __future__ import annotations

import pytest

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.vests import best_vest
from tests.helmet_service.verdicts.scenes import DEFAULT

PERSON = Box(0, 0, 10, 40)


@pytest.mark.parametrize(
    ("vests", "iou"),
    [
        ([], 0),
        ([Box(100, 0, 10, 40)], 0),
        ([Box(0, 0, 10, 20)], 0.5),
        ([Box(0, 0, 10, 10), Box(0, 0, 10, 20), Box(50, 0, 1, 1)], 0.5),
        ([PERSON], 1),
    ],
)
def test_the_best_vest_counts(vests, iou):
    assert best_vest(PERSON, vests, DEFAULT).overlap == pytest.approx(iou)
