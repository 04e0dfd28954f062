import cv2
import pytest

from pose.__main__ import main
from pose.data.labels import JOINED, TEACHER, read_labels
from pose.data.shards import read_shard
from tests.pose.label.made_up import always, upright
from tests.pose.labelled import portrait
from tests.pose.shard_files import encoded, zipped


@pytest.fixture(scope="module")
def folder(root, tmp_path_factory):
    """A folder with one picture of two people and one that is dark."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = portrait(root).pixels
    cv2.imwrite(str(folder / "people.png"), pixels)
    cv2.imwrite(str(folder / "dark.png"), pixels * 0)
    return folder


def run(root, *arguments):
    return main(["label", *map(str, arguments), "--teacher", str(root / "model"), "--height", "192", "--threads", "1"])


def labels_in(shard):
    return [picture.labels for picture in read_shard(shard)]


def test_a_folder_of_pictures_becomes_a_shard_with_skeletons(root, folder, tmp_path, capsys):
    out, sheets = tmp_path / "labelled.tar", tmp_path / "sheets"
    assert run(root, folder, "--out", out, "--draw", sheets) == 0
    dark, people = labels_in(out)
    assert (dark.people, dark.people_complete) == ((), False)
    assert len(people.people) >= 1
    assert (people.width, people.height) == portrait(root).pixels.shape[1::-1]
    for person in people.people:
        assert (person.source, person.by) == (TEACHER, TEACHER)
    said = capsys.readouterr().out
    assert f"people by teachers       {len(people.people):>7}" in said
    assert cv2.imread(str(sheets / "labelled-0.png")) is not None


def test_a_top_down_network_and_a_second_teacher_are_joined(root, folder, tmp_path):
    described = always(tmp_path, upright(0.1))
    assert run(root, folder, "--out", tmp_path / "a.tar", "--top-down", described, "--teacher", root / "model") == 0
    _, people = labels_in(tmp_path / "a.tar")
    assert {person.by for person in people.people} == {JOINED}


def test_a_broken_picture_is_named_and_no_shard_left(root, folder, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for path in folder.iterdir():
        (tmp_path / "in" / path.name).symlink_to(path)
    (tmp_path / "in" / "middle.png").write_text("no picture")
    out = tmp_path / "out.tar"
    assert run(root, tmp_path / "in", "--out", out) == 1
    assert (
        f"error: {tmp_path / 'in'}: middle.png: expected a JPEG, PNG, BMP or WebP picture, got 10"
        in capsys.readouterr().err
    )
    assert not out.exists()


def test_what_is_there_is_not_overwritten(root, folder, tmp_path, capsys):
    (tmp_path / "out.tar").write_text("precious")
    assert run(root, folder, "--out", tmp_path / "out.tar") == 1
    assert "--out: expected a new file" in capsys.readouterr().err


def test_an_archive_s_labels_stay(root, tmp_path):
    given = {"heads": [{"box": [5, 5, 20, 20], "kind": "helmet"}], "heads_complete": True}
    picture = cv2.imencode(".png", portrait(root).pixels)[1].tobytes()
    (tmp_path / "in.zip").write_bytes(zipped({"a.png": picture, "a.json": encoded(given)}))
    assert run(root, tmp_path / "in.zip", "--out", tmp_path / "out.tar") == 0
    (labelled,) = labels_in(tmp_path / "out.tar")
    assert labelled.heads == read_labels(given).heads
    assert labelled.people_complete
    assert len(labelled.ignore) >= 1
