import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.data.labels import as_json, read_labels
from pose.data.shards import read_shard
from pose.errors import PoseError
from pose.label.pictures import GrowingShard, rewritten, waiting
from tests.pose.made_up_labels import labels, people
from tests.pose.shard_files import BROKEN, CLEAR, LABELS, packed
from tests.pose.shard_files import encoded as described


def encoded(value=0):
    return cv2.imencode(".png", np.full((4, 6, 3), value, np.uint8))[1].tobytes()


def archive(path, content):
    path.write_bytes(content)
    return path


def labelled_in(*sources):
    with waiting(sources) as pictures:
        return [picture.labelled() for picture in pictures]


def test_shards_and_folders_give_their_pictures_with_what_labels_they_have(tmp_path):
    known = {"heads": [{"box": [0, 0, 2, 2], "kind": "head"}]}
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "c.PNG").write_bytes(encoded(3))
    (tmp_path / "new" / "._c.PNG").write_bytes(b"of macOS")
    (tmp_path / "new" / "d.jpg").write_bytes(encoded(4))
    (tmp_path / "new" / "d.JSON").write_bytes(described(known))
    (tmp_path / "new" / "notes.txt").write_text("no picture")
    files = {"a.png": encoded(1), "a.json": described(known), "b.png": encoded(2)}
    read = labelled_in(archive(tmp_path / "old.tar", packed(files)), tmp_path / "new")
    assert [(each.name, int(each.pixels[0, 0, 0])) for each in read] == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    size = {"width": 6, "height": 4}
    assert [each.labels for each in read] == [
        read_labels({**size, "origin": "old.tar", **known}),
        read_labels({**size, "origin": "old.tar"}),
        read_labels({**size, "origin": "new"}),
        read_labels({**size, "origin": "new", **known}),
    ]


@pytest.mark.parametrize("form", ["as documented", "gzip", "zip"])  # tests/pose/data/test_shards.py has all
def test_archives_of_every_form_are_taken(tmp_path, form):
    (picture,) = labelled_in(archive(tmp_path / "a.tar", CLEAR[form](tmp_path)))
    assert picture.labels.people == read_labels(LABELS).people


@pytest.mark.parametrize("kind", ["a cut gzip file", "a picture that is none", "broken JSON", "normalised keypoints"])
def test_what_cannot_be_used_is_named_as_by_every_tool(tmp_path, kind):
    content, message = BROKEN[kind]
    shard = archive(tmp_path / "a.tar", content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(shard))}.*{re.escape(message)}"):
        labelled_in(shard)


def test_no_pictures_and_two_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"n\.tar: expected pictures, got none"):
        labelled_in(archive(tmp_path / "n.tar", packed({"a.txt": b""})))
    both = [archive(tmp_path / name, packed({"a.png": encoded()})) for name in ("one.tar", "two.tar")]
    with pytest.raises(ValueError, match=r"two\.tar: a\.png: expected pictures of different names"):
        labelled_in(*both)


@given(labels(), st.lists(people(), max_size=2))
def test_labels_with_people_added_read_back_equal(known, added):
    labelled = replace(known, people=(*known.people, *added), people_complete=True)
    written = rewritten(json.loads(json.dumps(as_json(known))), labelled)
    assert read_labels(json.loads(json.dumps(written))) == labelled


def test_what_the_schema_does_not_have_stays():
    given = {
        "heads": [{"box": [9, 9, 2, 2]}, {"box": [5, 5, 2, 2], "kind": "head", "colour": "red"}],
        "heads_complete": True,
        "people": [{**LABELS["people"][0], "track": 7}],
        "boxes": None,
        "place": "gate",
    }
    written = rewritten(given, read_labels(given))
    for field in ("heads", "heads_complete", "people", "place"):
        assert written[field] == given[field]


def write(out, pictures, made_from="this"):
    with GrowingShard(out, made_from) as growing:
        for picture in pictures[growing.done :]:
            growing.add(picture, picture.labelled().labels)
        growing.finish()
        return growing.done


@pytest.fixture
def pictures(tmp_path):
    files = {f"p{i}.png": encoded(i) for i in range(3)} | {"p1.json": described({"note": "x" * 700})}
    with waiting([archive(tmp_path / "in.tar", packed(files))]) as pictures:
        yield pictures


def test_what_was_written_can_be_read(tmp_path, pictures):
    assert write(tmp_path / "out.tar", pictures) == 0
    labelled = list(read_shard(tmp_path / "out.tar"))
    assert [each.name for each in labelled] == ["p0", "p1", "p2"]
    assert [each.labels for each in labelled] == [each.labelled().labels for each in pictures]
    assert [int(each.pixels[0, 0, 0]) for each in labelled] == [0, 1, 2]
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
        other.add(pictures[2], pictures[2].labelled().labels)
    assert write(tmp_path / "out.tar", pictures, "this") == 0
    assert len(list(tmp_path.glob("out.tar.*.partial"))) == 1


def test_two_runs_do_not_write_one_file(tmp_path):
    with (
        GrowingShard(tmp_path / "out.tar", "this"),
        pytest.raises(PoseError, match=r"out\.tar.*partial: expected to be the only run that writes it"),
    ):
        GrowingShard(tmp_path / "out.tar", "this")
