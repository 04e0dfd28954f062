from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pose.video.outputs import Outputs
from pose.video.reading import Frame, VideoError, VideoFacts, open_video
from pose.video.showing import Window
from tests.pose.video.videos import HEIGHT, WIDTH, picture

FACTS = VideoFacts("live", "h264", WIDTH, HEIGHT, 0, None, None, 10.0)


def _interrupted() -> Iterator[Frame]:
    yield from (Frame(3 * number, number / 2, picture(number)) for number in range(4))
    raise KeyboardInterrupt


def test_ctrl_c_leaves_a_file_that_plays_and_tells_how_far_it_came(tmp_path: Path):
    with ExitStack() as until:
        outputs = Outputs.open(tmp_path / "a.mp4", show=False, name="a", facts=FACTS, until=until)
        with outputs.until_interrupted():
            for frame in _interrupted():
                outputs.take(frame)
    assert (outputs.interrupted, outputs.frames, outputs.until_s) == (True, 10, 1.5)
    with open_video(tmp_path / "a.mp4", 10_000) as video:
        assert [frame.at_s for frame in video.frames()] == pytest.approx([0, 0.5, 1, 1.5])


def test_a_window_needs_a_display(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(VideoError, match="--show: expected a "):
        Window("a")
