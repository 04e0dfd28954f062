"""Videos on the command line: lines, drawings and words, and what does not fit together."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from helmet_service.__main__ import main
from helmet_service.check.drawings import Drawings
from pose.video.reading import open_video
from tests.pose.video.videos import write


@pytest.fixture(scope="module")
def video(root, tmp_path_factory):
    """Two people, one with a helmet, for a second and a half."""
    scene = cv2.resize(cv2.imread(str(root / "samples" / "site_two.jpg")), (640, 426))
    return write(tmp_path_factory.mktemp("video") / "gate.mp4", [scene] * 15)


def detail(pixels):
    """The median strength of edges, which lines drawn across do not change."""
    return float(np.median(np.abs(cv2.Laplacian(pixels, cv2.CV_32F))))


def test_a_video_gives_lines_a_drawn_file_and_tracks_in_words(video, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BLUR_HEADS", "1")
    (tmp_path / "broken.mp4").write_bytes(b"PK\x03\x04 no video")
    sources = [str(video), str(tmp_path / "broken.mp4")]
    out = tmp_path / "lines.jsonl"
    status = main(["check", *sources, "--every", "5", "--draw", str(tmp_path / "drawn"), "--out", str(out)])
    *frames, broken = map(json.loads, out.read_text().splitlines())
    assert [(line["id"], line["frame"], line["at_s"]) for line in frames] == [
        ("gate.mp4", 0, 0.0), ("gate.mp4", 5, 0.5), ("gate.mp4", 10, 1.0),
    ]  # fmt: skip
    assert [sorted(person["track"] for person in line["people"]) for line in frames] == [[0, 1]] * 3
    assert frames[2]["people"][0]["voted"]["frames"] == 3
    assert broken == {"id": "broken.mp4", "error": broken["error"]}
    assert broken["error"].endswith("got a ZIP archive")
    with open_video(tmp_path / "drawn" / "gate.mp4", 1_000_000) as drawn:
        assert drawn.facts.frames == 15
        blurred = next(drawn.frames()).pixels
    with open_video(video, 1_000_000) as given:
        sharp = next(given.frames()).pixels
    face = slice(205, 236), slice(183, 208)  # half of the bare head's height and breadth
    assert detail(blurred[face]) < 0.5 * detail(sharp[face])
    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert "gate.mp4: 15 frames in 1.4 s; 2 people: " in told.err
    assert "\n  track 1: " in told.err
    assert "broken.mp4 could not be checked to its end: video: expected an MP4" in told.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["gate.mp4", "--hats", "h.jsonl"], "--hats: expected pictures alone, got gate.mp4"),
        (["rtsp://me:secret@camera/1", "--resume"], "--resume: expected pictures alone, got rtsp://camera/1"),
        (["0", "--ray"], "--ray: expected pictures alone, got camera 0"),
        (["one.jpg", "--show"], "--show: expected a video, a camera or a stream, got one.jpg"),
        (["one.jpg", "--draw", "out", "--ray"], "--draw: expected a check without --ray"),
        (["gate.mp4", "--draw", "out.jpg"], "--draw: expected a folder or a name with .mp4, got out.jpg"),
        (["a/gate.mp4", "--draw", "a"], "--draw: expected a place outside of the sources, got a/gate.mp4"),
        (["a/gate.mp4", "b.jpg", "--draw", "./a"], "--draw: expected a place outside of the sources, got a/gate.mp4"),
        (["a/gate.jpg", "b.jpg", "--draw", "a"], "--draw: expected a place outside of the sources, got a/gate.jpg"),
        (["a", "--draw", "a/"], "--draw: expected a place outside of the sources, got a"),
        (["a", "--draw", "a/drawn"], "--draw: expected a place outside of the sources, got a/drawn"),
        (["a/gate.mp4", "b/gate.mkv", "--draw", "out"], "--draw: expected videos of different names, got gate again"),
    ],
)
def test_what_does_not_fit_together_is_one_line(capsys, arguments, complaint):
    assert main(["check", *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"error: {complaint}")


def test_videos_of_a_folder_are_not_left_out_silently(tmp_path, capsys):
    for name in ("b.MP4", "a.mkv"):
        (tmp_path / name).touch()
    assert main(["check", str(tmp_path)]) == 1
    told, error = capsys.readouterr().err.splitlines()
    assert told == f"{tmp_path}: 2 videos are not checked, name them; the first: {tmp_path}/a.mkv"
    assert error.startswith("error: PICTURES: expected at least one picture")


@pytest.mark.parametrize("name", ["gate.mp4", "/gate.mp4", "../../gate.mp4"])
def test_a_drawn_picture_never_leaves_its_folder(tmp_path, name):
    Drawings(tmp_path / "out", ["a.tar", "b"]).write_picture(name, b"1")
    assert (tmp_path / "out" / "gate.jpg").read_bytes() == b"1"


def test_no_drawn_picture_replaces_another_one(tmp_path):
    drawings = Drawings(tmp_path / "out.jpg", ["a.tar"])
    for picture in (b"1", b"2", b"3"):
        drawings.write_picture("gate/1.png", picture)
    drawings.write_picture("1.png", b"4")
    found = {
        str(path.relative_to(tmp_path / "out.jpg")): path.read_bytes()
        for path in tmp_path.rglob("*.jpg")
        if path.is_file()
    }
    assert found == {"gate/1.jpg": b"1", "gate/1-2.jpg": b"2", "gate/1-3.jpg": b"3", "1.jpg": b"4"}
