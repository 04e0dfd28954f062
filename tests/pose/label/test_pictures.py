import io
import json
import tarfile

import cv2
import numpy as np
import pytest

from pose.errors import PoseError
from pose.label.pictures import GrowingShard, waiting

LABELS = {"people": [], "people_complete": False, "ignore": [], "heads": [], "heads_complete": False}


def encoded(value=0):
    return cv2.imencode(".png", np.full((4, 6, 3), value, np.uint8))[1].tobytes()


def shard(path, **files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_shards_and_folders_give_their_pictures_with_what_labels_they_have(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "c.PNG").write_bytes(encoded(3))
    (tmp_path / "new" / "notes.txt").write_text("no picture")
    known = json.dumps({"heads": [{"box": [0, 0, 2, 2], "kind": "head"}], "place": "gate"}).encode()
    old = shard(tmp_path / "old.tar", a_png=encoded(1), a_json=known, b_png=encoded(2))
    pictures = [read() for read in waiting([old, tmp_path / "new"])]
    assert [(each.name, each.suffix, int(each.pixels()[0, 0, 0])) for each in pictures] == [
        ("a", ".png", 1),
        ("b", ".png", 2),
        ("c", ".png", 3),
    ]
    first, second, _ = (each.labels() for each in pictures)
    assert first == {**LABELS, "origin": "old.tar", **json.loads(known)}
    assert second == {**LABELS, "origin": "old.tar"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a_png": b"x"}, r"s\.tar: a\.png: expected a picture, got 1 bytes that are none"),
        ({"a_png": b""}, r"s\.tar: a\.png: expected a picture, got 0 bytes"),
        ({"a_png": encoded(), "a_json": b"{"}, r"s\.tar: a\.json: expected a JSON object"),
        ({"a_png": encoded(), "a_json": b"[1]"}, r"s\.tar: a\.json: expected a JSON object"),
        ({"a_png": encoded(), "a_json": b'{"heads": 3}'}, r"a\.json: heads: expected a list, got int"),
        (
            {"a_png": encoded(), "a_json": b'{"heads": [{"box": [1], "kind": "head"}]}'},
            r"heads\[0\]\.box: expected 4 numbers, got \[1\]",
        ),
        (
            {"a_png": encoded(), "a_json": b'{"heads": [{"box": [1, 2, 3, 4]}]}'},
            r"heads\[0\]\.kind: expected helmet or head",
        ),
        ({"a_png": encoded(), "a_json": b'{"ignore": [[1, 2, 3, "x"]]}'}, r"ignore\[0\]: expected 4 numbers"),
        (
            {"a_png": encoded(), "a_json": b'{"people": [{"source": "human"}]}'},
            r"people\[0\]\.keypoints: expected 17 x 3",
        ),
        ({"notes_txt": b""}, "expected pictures, got none"),
    ],
)
def test_what_is_broken_is_named(tmp_path, files, said):
    path = shard(tmp_path / "s.tar", **files)
    with pytest.raises(ValueError, match=said):
        [(each.pixels(), each.labels()) for each in (read() for read in waiting([path]))]


def test_a_file_that_is_no_tar_and_two_pictures_of_one_name_are_refused(tmp_path):
    (tmp_path / "s.tar").write_bytes(b"x" * 600)
    with pytest.raises(ValueError, match=r"s\.tar: expected a tar file"):
        waiting([tmp_path / "s.tar"])
    for name in ("one.tar", "two.tar"):
        shard(tmp_path / name, a_png=encoded())
    with pytest.raises(ValueError, match=r"two\.tar: a: expected pictures of different names"):
        waiting([tmp_path / "one.tar", tmp_path / "two.tar"])


def write(out, pictures, made_from="this"):
    with GrowingShard(out, made_from) as growing:
        for picture in pictures[growing.done :]:
            growing.add(picture, picture.labels())
        growing.finish()
        return growing.done


@pytest.fixture
def pictures(tmp_path):
    files = {f"p{i}_png": encoded(i) for i in range(3)} | {
        "p1_json": json.dumps({**LABELS, "note": "x" * 700}).encode()
    }
    return [read() for read in waiting([shard(tmp_path / "in.tar", **files)])]


def test_what_was_written_can_be_read(tmp_path, pictures):
    assert write(tmp_path / "out.tar", pictures) == 0
    labelled = [read() for read in waiting([tmp_path / "out.tar"])]
    assert [each.name for each in labelled] == ["p0", "p1", "p2"]
    assert [each.labels() for each in labelled] == [each.labels() for each in pictures]
    assert [each.encoded for each in labelled] == [each.encoded for each in pictures]
    assert [path.name for path in tmp_path.glob("out*")] == ["out.tar"]


@pytest.mark.parametrize("done", [0, 1, 511, 700, 1024, 1500, 2048, 3000, 4607, 5000, 6144, 10240])
def test_a_run_that_was_killed_anywhere_ends_with_the_same_file(tmp_path, pictures, done):
    write(tmp_path / "out.tar", pictures)
    whole = (tmp_path / "out.tar").read_bytes()
    with GrowingShard(tmp_path / "again.tar", "this"):
        (partial,) = tmp_path.glob("again.tar.*")
    partial.write_bytes(whole[:done])
    write(tmp_path / "again.tar", pictures)
    assert (tmp_path / "again.tar").read_bytes() == whole


def test_what_another_run_began_is_left_alone(tmp_path, pictures):
    with GrowingShard(tmp_path / "out.tar", "that") as other:
        other.add(pictures[2], {})
    assert write(tmp_path / "out.tar", pictures, "this") == 0
    assert len(list(tmp_path.glob("out.tar.*.partial"))) == 1


def test_two_runs_do_not_write_one_file(tmp_path):
    with (
        GrowingShard(tmp_path / "out.tar", "this"),
        pytest.raises(PoseError, match=r"out\.tar.*partial: expected no other run that writes it"),
    ):
        GrowingShard(tmp_path / "out.tar", "this")
