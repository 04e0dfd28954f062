from __future__ import annotations

import numpy as np
import pytest

from helmet_service.verdicts.watching import Watcher
from helmet_service.video.drawing_frames import DrawnFrame
from helmet_service.video.frame_judge import JudgedFrame
from helmet_service.video.parts import Parts
from pose.video.reading import MOST_PIXELS, Frame, open_video
from tests.helmet_service.verdicts.moving import frame as people_of

RATE = 0.5  # frames a second: a part has ten
EVERY = 5


def drawn(number):
    pixels = np.full((48, 64, 3), number % 200, np.uint8)
    judged = None
    if number % EVERY == 0:
        judged = JudgedFrame(f"line {number}", (), Watcher().step(people_of(), 0.0), 0)
    return DrawnFrame(Frame(number, number / RATE, pixels, lost=3), pixels, judged)


def parts(tmp_path):
    return Parts(tmp_path / "parts", RATE, EVERY)


def write(to, numbers, after=lambda number: None):
    to.write(map(drawn, numbers), before=lambda: None, after=after)


def test_a_job_goes_on_behind_its_last_finished_part(tmp_path):
    def killed(number):
        if number == 23:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(parts(tmp_path), range(30), killed)
    left = parts(tmp_path)
    assert (left.next_frame, left.frames(), left.lost(), left.have_ended) == (20, 20, 3, False)
    assert list(left.lines()) == ["line 0", "line 5", "line 10", "line 15"]
    write(left, range(20, 27))
    left.end("3 pieces could not be decoded")
    whole = parts(tmp_path)
    assert (whole.frames(), whole.have_ended, whole.damage()) == (27, True, "3 pieces could not be decoded")
    assert list(whole.lines())[4:] == ["line 20", "line 25"]


def test_parts_become_one_video_with_all_frames_at_their_times(tmp_path):
    to = parts(tmp_path)
    write(to, range(23))
    to.join(tmp_path / "result.mp4")
    with open_video(tmp_path / "result.mp4", MOST_PIXELS) as video:
        read = [(frame.number, round(frame.at_s, 3), round(float(frame.pixels.mean()))) for frame in video.frames()]
    assert [(number, at_s) for number, at_s, _ in read] == [(number, number / RATE) for number in range(23)]
    assert all(abs(mean - number) <= 3 for number, _, mean in read)


def test_a_gap_of_damaged_frames_may_hold_a_whole_part(tmp_path):
    to = parts(tmp_path)
    write(to, [*range(5), *range(20, 25)])
    assert (to.next_frame, to.frames()) == (30, 10)


def test_parts_follow_one_another_by_number(tmp_path):
    to = parts(tmp_path)
    write(to, [99_990, 100_000])
    assert list(to.lines()) == ["line 99990", "line 100000"]


def test_no_frames_make_no_parts(tmp_path):
    to = parts(tmp_path)
    write(to, [])
    assert (to.next_frame, to.frames(), to.lost(), list(to.lines())) == (0, 0, 0, [])
