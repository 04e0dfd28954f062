"""The table of cases, as drawn up and as cameras mounted otherwise would see it."""

from __future__ import annotations

import pytest

from tests.helmet_service.verdicts.cases import CASES, outcomes, unmatched
from tests.helmet_service.verdicts.scenes import enlarged, judged, mirrored, quarter_turned

CAMERAS = {
    "upright": lambda scene: scene,
    "rolled by 90": quarter_turned,
    "rolled by 180": lambda scene: quarter_turned(quarter_turned(scene)),
    "rolled by 270": lambda scene: quarter_turned(quarter_turned(quarter_turned(scene))),
    "mirrored": mirrored,
    "of thrice the resolution": lambda scene: enlarged(scene, 3),
}


@pytest.mark.parametrize("seen", CAMERAS.values(), ids=CAMERAS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_is_judged_as_drawn_up_by_any_camera(case, seen):
    judgement = judged(seen(case.scene))
    assert outcomes(judgement) == case.people
    assert unmatched(judgement) == case.unmatched


def test_each_case_has_a_name_of_its_own():
    assert len({case.name for case in CASES}) == len(CASES)
