from __future__ import annotations

from pathlib import Path

import pytest

from pose.video.sources import file_stem, is_moving, name_of, open_moving, usual_every


@pytest.mark.parametrize(
    ("source", "moving", "name", "stem"),
    [
        ("gates/walk.MP4", True, "walk.MP4", "walk"),
        ("walk.webm", True, "walk.webm", "walk"),
        ("0", True, "camera 0", "camera-0"),
        ("rtsp://me:secret@10.0.0.7:554/h264?ch=1", True, "rtsp://10.0.0.7:554/h264?ch=1", "10.0.0.7-554-h264-ch-1"),
        ("http://10.0.0.7/a@b.ts", True, "http://10.0.0.7/a@b.ts", "10.0.0.7-a-b.ts"),
        ("gates/one.jpg", False, "one.jpg", "one"),
        ("gates", False, "gates", "gates"),
        ("shard.tar", False, "shard.tar", "shard"),
    ],
)
def test_sources_are_told_apart_by_their_form_and_named_without_passwords(source, moving, name, stem):
    assert (is_moving(source), name_of(source), file_stem(source)) == (moving, name, stem)


def test_what_exists_under_a_number_or_a_videos_name_is_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("7").write_bytes(b"")
    Path("gate.mp4").mkdir()
    assert not is_moving("7")
    assert not is_moving("gate.mp4")


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        open_moving(str(tmp_path / "none.mp4"), print)


@pytest.mark.parametrize(("rate", "every"), [(1, 1), (5, 1), (10, 2), (25, 5), (29.97, 6), (60, 12)])
def test_about_five_frames_a_second_are_looked_at(rate, every):
    assert usual_every(rate) == every
