"""Lines, boxes, symbols and labels are visible in pictures of any size, and stay inside."""

from __future__ import annotations

import numpy as np
import pytest

from pose.pictures.strokes import (
    BARE,
    HELMETED,
    UNSURE,
    WHITE,
    draw_box,
    draw_dashed_box,
    draw_label,
    draw_signed_box,
    label_size,
    line_width,
)


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(1, 1, 1), (640, 360, 1), (640, 480, 2), (1280, 720, 2), (3840, 2160, 6)]
)
def test_lines_grow_with_the_picture(width, height, expected):
    assert line_width(grey(width, height)) == expected


@pytest.mark.parametrize(("width", "height"), [(300, 169), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("sign", [None, HELMETED, BARE, UNSURE])
def test_a_label_fills_the_size_that_was_told(width, height, sign):
    picture = grey(width, height)
    draw_label(picture, "0 no helmet 99%", sign, (40, 30))
    painted = picture[:120, :1000]
    rows, columns = np.nonzero((painted != 128).any(axis=-1))
    assert (columns.min(), rows.min()) == (40, 30)
    assert (columns.max() - 39, rows.max() - 29) == label_size(picture, "0 no helmet 99%", sign)
    assert (painted == (sign.colour if sign else WHITE)).all(axis=-1).sum() > (painted == 0).all(axis=-1).sum() > 0


@pytest.mark.parametrize("draw", [draw_box, draw_dashed_box])
def test_boxes_have_an_outline_where_there_is_room(draw):
    for width, height, outlined in ((300, 169, False), (1280, 720, True)):
        painted = grey(width, height)
        draw(painted, (50, 50, 150, 120), WHITE, line_width(painted))
        assert (painted == WHITE).all(axis=-1).any()
        assert (painted == 0).all(axis=-1).any() == outlined


@pytest.mark.parametrize("top", [-40, 0, 100])
def test_the_sign_of_a_box_stays_in_the_picture(top):
    painted = grey(300, 169)
    draw_signed_box(painted, (50, top, 90, top + 60), BARE)
    assert (painted[max(top - 17, 0) : max(top, 20), 50:70] == BARE.colour).all(axis=-1).sum() > 80


def test_what_lies_outside_is_not_drawn():
    painted = grey(300, 169)
    draw_signed_box(painted, (1e9, -1e9, 2e9, -5e8), BARE)
    assert (painted == 128).all()
