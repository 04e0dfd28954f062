"""Written videos keep their frames' times, and begin with what a player needs first; parts are joined as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from pose.video.reading import Frame, VideoError, open_video
from pose.video.writing import VideoWriter, join
from tests.pose.video.videos import picture

TIMES = [0.0, 0.04, 0.1, 0.9, 0.912345, 2.0]


def _write(path: Path, times: Sequence[float], width: int = 64, height: int = 48, *, is_part: bool = False) -> Path:
    with VideoWriter(path, width, height, is_part=is_part) as writer:
        for number, at_s in enumerate(times):
            writer.write(picture(number, width, height), at_s)
    return path


def _frames(path: Path) -> list[Frame]:
    with open_video(path, 1_000_000) as video:
        return list(video.frames())


def _atoms(path: Path) -> list[bytes]:
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        found.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return found


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47), (16, 300)])
def test_frames_and_times_come_back(tmp_path: Path, width: int, height: int) -> None:
    path = _write(tmp_path / "a.mp4", TIMES, width, height)
    frames = _frames(path)
    assert [frame.at_s for frame in frames] == pytest.approx(TIMES, abs=1e-4)
    for number, frame in enumerate(frames):
        assert np.abs(frame.pixels[:height, :width].astype(int) - picture(number, width, height)).mean() < 8


def test_a_player_can_begin_at_once(tmp_path: Path) -> None:
    """The index comes before the data, the first frame is a key frame, and no frame waits for a later one."""
    path = _write(tmp_path / "a.mp4", TIMES)
    atoms = _atoms(path)
    assert atoms.index(b"moov") < atoms.index(b"mdat")
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert container.streams.video[0].pix_fmt == "yuv420p"
    assert packets[0].is_keyframe
    assert all(packet.pts == packet.dts for packet in packets)


def test_parts_are_joined_as_they_are(tmp_path: Path) -> None:
    parts = [_write(tmp_path / f"{begin}.mp4", [begin + at_s for at_s in TIMES], is_part=True) for begin in (0, 3, 10)]
    join(parts, tmp_path / "all.mp4", 3 * len(TIMES))
    joined = _frames(tmp_path / "all.mp4")
    assert [frame.at_s for frame in joined] == pytest.approx(
        [begin + at_s for begin in (0, 3, 10) for at_s in TIMES], abs=1e-4
    )
    for frame, same in zip(joined, [frame for part in parts for frame in _frames(part)], strict=True):
        np.testing.assert_array_equal(frame.pixels, same.pixels)
    atoms = _atoms(tmp_path / "all.mp4")
    assert atoms.index(b"moov") < atoms.index(b"mdat")


def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    first = _write(tmp_path / "first.mp4", TIMES)
    for other, got in (
        (_write(tmp_path / "large.mp4", [5.0], 128, 96), "large.mp4, which differs"),
        (_write(tmp_path / "early.mp4", [1.0]), "early.mp4, which goes back"),
    ):
        with pytest.raises(VideoError) as caught:
            join([first, other], tmp_path / "all.mp4", len(TIMES) + 1)
        assert caught.value.got == got


def test_frames_of_another_size_are_refused(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48) as writer, pytest.raises(ValueError, match="expected"):
        writer.write(picture(0, 48, 64), 0.0)
