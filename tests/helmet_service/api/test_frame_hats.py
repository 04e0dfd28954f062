from __future__ import annotations

import pytest

from helmet_service.api.frame_hats import check_frame_hats
from helmet_service.http.problems import Problem
from helmet_service.work.stages import Stages

FACTS = {"width": 640, "height": 480}
HAT = b'{"left": 1, "top": 2, "width": 30, "height": 20}'


def line(hats=b"", frame=b"0"):
    return b'{"frame": %b, "hats": [%b]}\n' % (frame, hats)


def check(*lines):
    check_frame_hats(lines, FACTS, 3, Stages(60))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"\n", b"  \r\n", line()),
        (line(HAT, b"7"), line(HAT + b"," + HAT, b"5"), line(b"", b"7.0")),
        (b"\xef\xbb\xbf" + line(HAT),),
    ],
)
def test_lines_of_hats_are_accepted(lines):
    check(*lines)


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        (b"{", 400, ""),
        (b"\xff\xfe", 400, ""),
        (b"[]", 422, "body"),
        (line(frame=b"-1"), 422, "frame"),
        (line(frame=b"1.5"), 422, "frame"),
        (line(frame=b'"1"'), 422, "frame"),
        (b'{"frame": 1}', 422, "hats"),
        (b'{"frame": 1, "hats": null}', 422, "hats"),
        (b'{"frame": 1, "hats": [], "picture": 1}', 422, "picture"),
        (line(HAT.replace(b"30", b"0")), 422, "hats[0].width"),
        (line(HAT.replace(b"1", b"NaN")), 422, "hats[0].left"),
        (line(b",".join([HAT] * 4)), 413, "hats"),
        (line(b'{"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.2}'), 422, "hats"),
    ],
)
def test_a_wrong_line_is_named_with_its_field(wrong, status, field):
    with pytest.raises(Problem) as problem:
        check(line(HAT), b"\n", wrong)
    where = f"hats, line 3: {field}" if field else "hats, line 3"
    assert (problem.value.status, problem.value.errors[0].field) == (status, where)


def test_many_lines_are_checked_until_the_deadline():
    with pytest.raises(Problem) as problem:
        check_frame_hats((line(HAT) for _ in iter(int, 1)), FACTS, 3, Stages(0.01))
    assert problem.value.status == 504
