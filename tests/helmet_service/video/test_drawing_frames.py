from __future__ import annotations

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.watching import Watcher
from helmet_service.video import drawing_frames
from helmet_service.video.drawing_frames import draw_frames, judge_frames
from helmet_service.video.frame_judge import JudgedFrame
from pose.video.reading import Frame
from tests.helmet_service.verdicts.moving import frame as people_of

SIZE = 320, 640


def frames(*numbers):
    return [Frame(number, number / 10, np.zeros((*SIZE, 3), np.uint8)) for number in numbers]


def judged(frame, watcher):
    case = people_of("helmet", at_s=4 * frame.at_s)  # 8 pixels to the right from frame to frame
    left = float(case.people[0].points[:, 0].min())
    verdict = case.judgement.people[0]
    object.__setattr__(verdict, "box", Box(left, 100, 40, 200))
    return JudgedFrame(f"line {frame.number}", case.people, watcher.step(case, frame.at_s), 0)


def draw(given, every, show=lambda pixels, _: pixels):
    watcher = Watcher()
    return list(draw_frames(judge_frames(given, lambda frame: judged(frame, watcher), every), show))


@pytest.mark.parametrize(
    ("numbers", "every", "looked_at"),
    [
        (range(7), 3, [0, 3, 6]),
        (range(600, 605), 3, [600, 603]),  # behind a finished part
        ([0, 1, 2, 4, 5, 6, 7], 3, [0, 4, 6]),  # frame 3 is damaged
        (range(3), 1, [0, 1, 2]),
        (range(3), 10, [0]),
    ],
)
def test_which_frames_are_judged(numbers, every, looked_at):
    drawn = draw(frames(*numbers), every)
    assert [each.frame.number for each in drawn] == list(numbers)
    assert [each.frame.number for each in drawn if each.judged] == looked_at


def left_of(drawn):
    """The first column that is drawn on."""
    return int(np.flatnonzero(drawn.pixels.any((0, 2)))[0])


def test_people_move_from_judged_frame_to_judged_frame():
    drawn = draw(frames(*range(5)), 4)
    lefts = [left_of(each) for each in drawn]
    steps = np.diff(lefts)
    assert (steps > 4).all(), lefts
    assert steps.max() - steps.min() <= 2


def test_more_frames_than_memory_allows_do_not_wait(monkeypatch):
    pixels = np.zeros((*SIZE, 3), np.uint8).nbytes
    monkeypatch.setattr(drawing_frames, "_MOST_WAITING", 2 * pixels)
    drawn = draw(frames(*range(6)), 5)
    lefts = [left_of(each) for each in drawn]
    assert lefts[1] == lefts[2] == lefts[0]  # they were drawn where the people were
    assert lefts[2] < lefts[3] < lefts[4] < lefts[5]


def test_heads_of_people_in_either_judged_frame_are_hidden():
    shown = []
    draw(frames(0, 1, 2), 2, lambda pixels, people: shown.append(len(people)) or pixels)
    assert shown == [3, 3, 3]  # each moved along, as it was before and as it is after
