from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
from pathlib import Path

import pytest

from helmet_service.check.archive import Files, Part, Shard, entries, parts_of
from helmet_service.check.hats import give, read_hats
from helmet_service.http.problems import Problem
from tests.helmet_service.check.archives import write_lines, write_tar
from tests.pose.shard_files import packed, zipped

LIMIT = 1000


def names(parts):
    return [name for part in parts for name in part.source.names()]


def asked(parts):
    """What is asked of each picture besides the picture itself."""
    found = [entry for part in parts for entry in entries(part, LIMIT)]
    return {each.name: {k: v for k, v in each.request().items() if k != "picture"} for each in found}


@pytest.fixture
def archive(tmp_path):
    for name in ("b/2.png", "b/10.png", "b/c/1.webp", "b/notes.txt", "a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    write_tar(tmp_path / "b" / "5.tar", {"./t/1.jpg": b"1", "t/1.json": {"hats": []}, "readme.txt": b"", "2.PNG": b"2"})
    return tmp_path


def test_pictures_are_named_by_their_place_in_what_was_given_and_keep_its_order(archive):
    found = parts_of([archive / "b", archive / "a.jpg", archive / "b" / "5.tar"])
    assert names(found) == ["10.png", "2.png", "t/1.jpg", "2.PNG", "c/1.webp", "a.jpg", "t/1.jpg", "2.PNG"]


def test_entries_are_the_named_pictures_with_their_bytes(archive):
    parts = parts_of([archive])
    found = [entry for part in parts for entry in entries(part, LIMIT)]
    assert [entry.name for entry in found] == names(parts)
    assert {entry.name: entry.request()["picture"] for entry in found}["b/10.png"] == b"b/10.png"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("s.tar.gz", lambda files: gzip.compress(packed(files))),
        ("s.TGZ", lambda files: gzip.compress(packed(files))),
        ("s.tar.bz2", lambda files: bz2.compress(packed(files))),
        ("s.tar.xz", lambda files: lzma.compress(packed(files))),
        ("s.zip", zipped),
        ("s.tar", zipped),
        ("s.zip", packed),
    ],
)
def test_archives_are_opened_as_what_they_are_without_what_macos_left(tmp_path, name, pack):
    files = {"a.jpg": b"1", "a.json": b'{"hats": []}', "._a.jpg": b"2", "__MACOSX/a.jpg": b"3", ".DS_Store": b"4"}
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / name).write_bytes(pack(files))
    (tmp_path / "archives" / f"._{name}").write_bytes(b"5")
    (tmp_path / "archives" / "._b.jpg").write_bytes(b"6")
    parts = parts_of([tmp_path])
    assert names(parts) == ["a.jpg"]
    assert asked(parts) == {"a.jpg": {"hats": []}}


@pytest.mark.parametrize("pack", [lambda files: gzip.compress(packed(files)), zipped, packed])
def test_a_shard_that_was_cut_is_one_entry_that_says_so(tmp_path, pack):
    (tmp_path / "s.tgz").write_bytes(pack({"a.jpg": b"1" * 900}).rstrip(b"\0")[:-20])
    (entry,) = entries(parts_of([tmp_path])[0], LIMIT)
    with pytest.raises(ValueError, match=r"s\.tgz: expected a tar or zip file, got .*truncated or damaged"):
        entry.request()


def test_labels_that_are_wrong_are_told_with_their_field(tmp_path):
    labels = {"heads": [{"box": [1, 2, 3], "kind": "helmet"}], "heads_complete": True}
    (entry,) = entries(parts_of([write_tar(tmp_path / "s.tar", {"1.jpg": b"1", "1.json": labels})])[0], LIMIT)
    with pytest.raises(Problem) as raised:
        entry.request()
    assert raised.value.errors[0].field == "heads[0].box"


def test_many_files_become_many_parts(tmp_path):
    for number in range(200):
        (tmp_path / f"{number:03}.jpg").write_bytes(b"")
    parts = parts_of([tmp_path])
    assert len(parts) > 2
    assert names(parts) == [f"{number:03}.jpg" for number in range(200)]


def test_pictures_that_are_done_are_not_read_again(archive):
    (part,) = parts_of([archive / "b" / "5.tar"])
    assert [entry.name for entry in entries(Part(part.source, done=1), LIMIT)] == ["2.PNG"]


@pytest.mark.parametrize(
    ("labels", "fields"),
    [
        ({"hats": [{"left": 1}], "hat_boxes": "head", "vests": [], "camera": 3},
         {"hats": [{"left": 1}], "hat_boxes": "head", "vests": []}),
        ({"heads": [{"box": [1, 2, 3, 4], "kind": "helmet"}, {"box": [5, 6, 7, 8], "kind": "head"}],
          "heads_complete": True},
         {"hats": [{"left": 1, "top": 2, "width": 3, "height": 4}]}),
        ({"heads": [{"box": [1, 2, 3, 4], "kind": "helmet"}], "heads_complete": False}, {}),
        ({"heads": [{"box": [1, 2, 3, 4], "kind": "helmet"}, {"box": [1, 2, 3, 4]}], "heads_complete": True}, {}),
        ({"hats": [], "heads": [{"box": [1, 2, 3, 4], "kind": "helmet"}], "heads_complete": True}, {"hats": []}),
        ({}, {}),
    ],
    ids=["hats", "all heads labelled", "some heads labelled", "a head of unknown kind", "hats and heads", "nothing"],
)  # fmt: skip
def test_a_shard_tells_hats_or_labels_from_which_they_follow(tmp_path, labels, fields):
    shard = write_tar(tmp_path / "s.tar", {"1.jpg": b"1", "1.json": labels})
    assert asked(parts_of([shard])) == {"1.jpg": fields}


@pytest.mark.parametrize("labels", [b"{", [1], {"heads": [3], "heads_complete": True}, b" " * (LIMIT + 1)])
def test_labels_that_cannot_be_used_are_the_trouble_of_their_picture_alone(tmp_path, labels):
    shard = write_tar(tmp_path / "s.tar", {"1.jpg": b"1", "1.json": labels, "2.jpg": b"2"})
    first, second = entries(parts_of([shard])[0], LIMIT)
    assert isinstance(first.made, Exception)
    assert second.request() == {"picture": b"2"}


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    (tmp_path / "1.jpg").write_bytes(b"1" * (LIMIT + 1))
    shard = write_tar(tmp_path / "s.tar", {"2.jpg": b"2" * (LIMIT + 1)})
    for part in parts_of([tmp_path / "1.jpg", shard]):
        (entry,) = entries(part, LIMIT)
        with pytest.raises(Problem, match="1 field is wrong"):
            entry.request()


def test_a_file_that_went_away_is_told_in_its_entry(tmp_path):
    (entry,) = entries(Part(Files((("gone.jpg", tmp_path / "gone.jpg"),))), LIMIT)
    with pytest.raises(FileNotFoundError):
        entry.request()


@pytest.mark.parametrize("content", [b"no tar", b"", b"\x1f\x8b broken", bytes(511) + b"x" * 600])
def test_a_broken_shard_is_one_entry_of_its_own_name(tmp_path, content):
    (tmp_path / "s.tar").write_bytes(content)
    part = Part(Shard("x/s.tar", tmp_path / "s.tar"))
    (entry,) = entries(part, LIMIT)
    assert [entry.name] == part.source.names() == ["x/s.tar"]
    assert isinstance(entry.made, Exception)


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    listed = os.scandir

    def scandir(path):
        if Path(path).name == "inner":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ValueError, match=r"expected folders that can be read, got .*inner"):
        parts_of([tmp_path])


@pytest.mark.parametrize("name", ["missing.jpg", "empty"])
def test_nothing_to_check_is_an_error(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=f"PICTURES: expected .*{name}"):
        parts_of([tmp_path / name])


def test_a_file_of_hats_overrules_shards_and_each_line_is_for_one_picture(archive):
    lines = [{"picture": "t/1.jpg", "hats": [1], "include": ["head"]}, {"picture": "elsewhere.jpg", "hats": []}]
    hats = read_hats(write_lines(archive / "hats.jsonl", lines))
    parts = give(parts_of([archive / "b" / "5.tar", archive / "b"]), hats)
    first, again = (asked([part]) for part in parts if isinstance(part.source, Shard))
    assert first == {"t/1.jpg": {"hats": [1], "include": ["head"]}, "2.PNG": {}}
    assert again["t/1.jpg"] == {"hats": []}
    assert list(hats) == ["elsewhere.jpg"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"picture": "a"}\n{', "line 2: expected JSON"),
        ('{"hats": []}', "line 1: expected {"),
        ("[]", "line 1: expected {"),
        ('{"picture": 3}', "line 1: expected {"),
        ('{"picture": "a"}\n\n{"picture": "a"}', "line 3: expected each picture once, got a again"),
    ],
)
def test_a_file_of_hats_that_cannot_be_used_is_told_with_its_line(tmp_path, text, complaint):
    (tmp_path / "hats.jsonl").write_text(text)
    with pytest.raises(ValueError, match=f"hats.jsonl, {complaint}"):
        read_hats(tmp_path / "hats.jsonl")
