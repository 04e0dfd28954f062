"""Which frames of a live stream are decoded."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pose.video.sampling import KeyFrames, Sampler
from tests.pose.video.videos import HEIGHT, WIDTH, picture, write

RATE = 10  # frames a second of every stream here


def done(period_s: float, gop: int, frames: int = 200) -> list[str]:
    """What is done with each frame of a stream with a key frame in so many."""
    key_frames = KeyFrames(period_s)
    return [key_frames.step(number / RATE, is_key=number % gop == 0) for number in range(frames)]


@pytest.mark.parametrize(
    ("period_s", "gop", "alone_s"),
    [
        (1.0, 10, 1.0),  # a key frame whenever one is wanted
        (1.0, 5, 1.0),  # twice as often: every other one
        (1.0, 1, 1.0),  # key frames alone, as MJPEG has them
        (5.0, 10, 5.0),
        (1.0, 12, 1.2),  # not quite as often, which is as good
    ],
)
def test_key_frames_alone_are_decoded_where_they_come_often_enough(period_s: float, gop: int, alone_s: float):
    later = done(period_s, gop)[-100:]
    assert set(later) == {"alone", "skip"}
    assert later.count("alone") == pytest.approx(100 / RATE / alone_s, abs=1)


@pytest.mark.parametrize(("period_s", "gop"), [(1.0, 20), (0.1, 10), (1.0, 1000)])
def test_every_frame_is_decoded_where_key_frames_are_too_rare(period_s: float, gop: int):
    assert set(done(period_s, gop)) == {"all"}


def test_key_frames_that_become_rare_are_noticed_with_the_first_late_one():
    key_frames = KeyFrames(1.0)
    for second in range(5):
        before = key_frames.step(float(second), is_key=True)
    assert (before, key_frames.step(7.0, is_key=True), key_frames.step(7.1, is_key=False)) == ("alone", "all", "all")


@pytest.mark.parametrize("gop", [5, 100])
def test_frames_are_those_of_the_video_whichever_are_decoded(tmp_path: Path, gop: int):
    options = {"g": str(gop), "bf": "0", "sc_threshold": "0"}
    video = write(tmp_path / "a.mp4", map(picture, range(60)), options=options)
    with av.open(str(video)) as container:
        sampler = Sampler(container.streams.video[0], rate=2)
        packets = (packet for packet in container.demux(video=0) if packet.size)
        taken = [(number, sampler.step(packet, number / RATE)) for number, packet in enumerate(packets)]
    shown = {number: pixels() for number, pixels in taken if pixels}
    # All are decoded until three intervals between key frames are known.
    assert len(shown) == (60 if gop == 100 else 15 + 9)
    pictures = np.array([picture(number) for number in range(60)], np.int16)
    for number, pixels in shown.items():
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        assert np.abs(pictures - pixels).mean((1, 2, 3)).argmin() == number
