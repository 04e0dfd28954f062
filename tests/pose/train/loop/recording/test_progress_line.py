import sys

import pytest

from pose.train.loop.recording.progress_line import ProgressLine


def test_without_a_terminal_there_is_a_line_now_and_then(capsys):
    line = ProgressLine(0.0, every=0.0)
    line.update(0.5, 10, 0.25, 31.4)
    line.say("step 10: AP 3")
    line.close()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(" 50.0 %: step 10, loss 0.25000, 31.4 pictures/s, ")
    assert first.endswith(" left")
    assert second == "step 10: AP 3"


def test_lines_wait_for_their_time_but_not_the_last(capsys):
    line = ProgressLine(0.0, every=3600.0)
    line.update(0.5, 10, 0.25, 31.4)
    line.update(1.0, 20, 0.25, 31.4)
    assert [text.split(":")[0] for text in capsys.readouterr().out.splitlines()] == ["100.0 %"]


def test_a_resumed_run_that_has_not_moved_knows_no_end(capsys):
    line = ProgressLine(0.5, every=0.0)
    line.update(0.5, 10, 0.25, 31.4)
    assert "left" in capsys.readouterr().out


def test_a_terminal_has_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    line = ProgressLine(0.25, every=3600.0)
    line.update(1.0, 20, 0.125, 31.4)
    line.close()
    said = capsys.readouterr()
    assert said.out == ""
    assert "100%" in said.err
    assert "step 20, loss 0.12500, 31.4 pictures/s" in said.err


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_what_is_left_is_told_from_this_sessions_rate(start, capsys):
    line = ProgressLine(start, every=0.0)
    line.update(1.0, 20, 0.125, 31.4)
    assert "0:00:00 left" in capsys.readouterr().out
