from __future__ import annotations

import pytest

from helmet_service.verdicts.boxes import Box, box_rows, overlaps


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        (Box(0, 0, 0, 0), Box(0, 0, 0, 0), 0),
        (Box(0, 0, 2, 2), Box(1, 1, 0, 0), 0),
        (Box(0, 0, 2, 2), Box(0, 0, 2, 2), 1),
        (Box(0, 0, 2, 2), Box(1, 1, 2, 2), 1 / 7),
        (Box(0, 0, 2, 2), Box(2, 0, 2, 2), 0),
        (Box(0, 0, 2, 2), Box(5, 5, 2, 2), 0),
        (Box(0, 0, 4, 8), Box(1, 2, 2, 4), 1 / 4),
        (Box(-1e9, -1e9, 1e9, 1e9), Box(-1e9, -1e9, 1e9, 5e8), 0.5),
    ],
)
def test_overlap_is_the_area_shared_over_the_area_covered(a, b, share):
    assert overlaps(a, box_rows([b])) == pytest.approx([share])
    assert overlaps(b, box_rows([a])) == pytest.approx([share])


def test_a_box_is_held_against_each_of_the_others_in_their_order():
    others = box_rows([Box(0, 0, 2, 1), Box(9, 9, 1, 1), Box(0, 0, 2, 2)])
    assert overlaps(Box(0, 0, 2, 2), others).tolist() == [0.5, 0, 1]
    assert overlaps(Box(0, 0, 2, 2), box_rows([])).shape == (0,)
