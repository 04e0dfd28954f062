from __future__ import annotations

import numpy as np
import pytest

from helmet_service.bench.outcomes import Judged
from helmet_service.bench.own_boxes import own_box_measure
from helmet_service.bench.scenes import Scene
from helmet_service.verdicts.case import Case, judge_case
from helmet_service.verdicts.rules import Rules
from pose.skeleton import HeadPeak, Headwear, Person

HELMETED, BARE = Headwear(0.9, 0.05), Headwear(0.05, 0.9)


def picture(worn, headwear):
    """Two labelled heads, 34 x 40 pixels, and what is seen on them."""
    boxes = np.array([(83, 80, 34, 40), (283, 80, 34, 40)], float)
    scene = Scene("one", np.zeros((200, 500, 3), np.uint8), boxes, np.array(worn), np.zeros((0, 4)))
    nowhere = np.zeros((18, 3), np.float32)
    people = [
        Person(nowhere, 0.9, HeadPeak(x, 100, 40, 0.9, 0.1), headwear=seen)
        for x, seen in zip((100, 300), headwear, strict=True)
    ]
    case = judge_case(Case(people, None, 500, 200, 1.0), Rules(), trust="model")
    return scene, Judged(case.people, case.hats, case.judgement, (), ())


@pytest.mark.parametrize(
    ("worn", "headwear", "expected"),
    [
        ([True, False], [HELMETED, BARE], {"helmets_AP50": 100, "bare_heads_AP50": 100}),
        ([True, False], [BARE, HELMETED], {"helmets_AP50": 50, "bare_heads_AP50": 50}),
        ([True, True], [HELMETED, HELMETED], {"helmets_AP50": 100}),
        ([True, False], [None, None], {}),
    ],
)
def test_boxes_are_right_where_the_kind_is_seen_right(worn, headwear, expected):
    scene, judged = picture(worn, headwear)
    measure = own_box_measure([scene], [judged], Rules())
    assert measure(np.array([0])) == pytest.approx(expected, abs=1)
