from __future__ import annotations

import re

import pytest
from PIL import Image

from pose.__main__ import main
from pose.data.labels import SHELL
from pose.data.shards import read_shard
from tests.pose.pictures.exif import orientation_stored_as
from tests.pose.train.data.conversion.annotations import (
    BARE,
    HEADS,
    HELMET,
    PICTURE,
    YOLO,
    coco,
    convert,
    heads,
    only,
    voc,
    voc_object,
    written,
)
from tests.pose.train.made_up import smooth

# Each says the same of one picture; the second value is what to convert below the folder.
CLEAR = {
    "VOC beside the picture": ({"a.xml": voc(HELMET, BARE)}, ""),
    "VOC of an unknown size": ({"a.xml": voc(HELMET, BARE, size=(0, 0))}, ""),
    "VOC in folders": ({"JPEGImages/a.png": PICTURE, "Annotations/a.xml": voc(HELMET, BARE)}, ""),
    "VOC with lists of names": ({"a.xml": voc(HELMET, BARE), "ImageSets/Main/train.txt": "a\n"}, ""),
    "VOC in fractions": ({"a.xml": voc(voc_object("helmet", "20.0", 10, "32.00", 26), BARE)}, ""),
    "VOC with parts of objects": (
        {"a.xml": voc(voc_object("helmet", 20, 10, 32, 26, more="<part><name>x</name></part>"), BARE)},
        "",
    ),
    "other words for the classes": (
        {"a.xml": voc(voc_object("Hard-Hat", 20, 10, 32, 26), voc_object("NO_Helmet", 50, 12, 58, 21))},
        "",
    ),
    "YOLO of LabelImg": ({"a.txt": YOLO, "classes.txt": "helmet\nhead\n"}, ""),
    "YOLO with a byte-order mark": ({"a.txt": b"\xef\xbb\xbf" + YOLO.encode(), "classes.txt": "helmet\nhead\n"}, ""),
    "YOLO of Ultralytics": (
        {"images/day/a.png": PICTURE, "labels/day/a.txt": YOLO, "data.yaml": "names: {0: helmet, 1: head}"},
        "",
    ),
    "YOLO of Roboflow": (
        {
            "day/images/a.png": PICTURE,
            "day/labels/a.txt": YOLO,
            "data.yaml": "names: [helmet, head]",
            "README.txt": "Hi",
        },
        "day",
    ),
    "YOLO in folders of other names": ({"p/a.png": PICTURE, "t/a.txt": YOLO, "obj.names": "helmet\nhead"}, ""),
    "YOLO of Darknet": ({"a.txt": YOLO, "obj.names": "helmet\nhead\n"}, ""),
    "COCO beside the picture": ({"all.json": coco()}, "all.json"),
    "COCO of CVAT": ({"images/default/a.png": PICTURE, "annotations/b.json": coco()}, "annotations/b.json"),
    "COCO with paths": ({"images/a.png": PICTURE, "all.json": coco(image="images/a.png")}, "all.json"),
}


@pytest.mark.parametrize(("files", "source"), CLEAR.values(), ids=CLEAR)
def test_what_has_a_clear_meaning_is_read(files, source, tmp_path):
    folder = written(tmp_path / "site", files)
    if not list(folder.rglob("*.png")):
        written(folder, {"a.png": PICTURE})
    assert convert(folder / source, tmp_path / "out.tar") == 0
    assert heads(only(tmp_path / "out.tar")) == HEADS


def test_people_regions_and_classes_that_are_left_out(tmp_path):
    objects = [
        HELMET,
        voc_object("head", 1, 2, 4, 6, more="<difficult>1</difficult>"),
        voc_object("person", 40, 10, 60, 50),
        voc_object("poster", 5, 5, 9, 9),
        voc_object("vest", 45, 25, 55, 35, more="<difficult>1</difficult>"),
    ]
    written(tmp_path / "site", {"a.png": PICTURE, "a.xml": voc(*objects)})
    assert convert(tmp_path / "site", tmp_path / "out.tar", "--map", "Poster=ignore", "vest=drop") == 0
    labels = only(tmp_path / "out.tar")
    assert [head.box for head in labels.heads] == [(20, 10, 12, 16)]
    assert labels.person_boxes == ((40, 10, 20, 40),)
    assert sorted(labels.ignore) == [(1, 2, 3, 4), (5, 5, 4, 4)]
    assert labels.origin == "site/a.png"


def test_coco_s_crowds_do_not_count(tmp_path):
    crowd = {"image_id": 1, "category_id": 1, "bbox": [5, 6, 7, 8], "iscrowd": 1}
    written(tmp_path / "site", {"a.png": PICTURE, "all.json": coco(crowd)})
    assert convert(tmp_path / "site" / "all.json", tmp_path / "out.tar") == 0
    assert only(tmp_path / "out.tar").ignore == ((5, 6, 7, 8),)


def test_what_only_the_owner_knows_is_told(tmp_path):
    written(tmp_path / "site", {"a.png": PICTURE, "a.xml": voc(voc_object("person", 20, 10, 32, 26))})
    told = ["--boxes", "shell", "--map", "person=head"]
    assert (
        main(["data", "convert", str(tmp_path / "site"), "--out", str(tmp_path / "out.tar"), "--heads", "some", *told])
        == 0
    )
    labels = only(tmp_path / "out.tar")
    assert (labels.boxes, labels.heads_complete, [head.kind for head in labels.heads]) == (SHELL, False, ["head"])


def test_pictures_without_heads_stay_and_those_without_annotation_are_left_out(tmp_path, capsys):
    names = {"classes.txt": "helmet\nhead\n", "labels/empty.txt": "", "labels/a.txt": YOLO}
    pictures = {f"images/{name}.png": PICTURE for name in ("a", "empty", "forgotten")}
    written(tmp_path / "site", {**names, **pictures})
    assert convert(tmp_path / "site", tmp_path / "out.tar") == 0
    assert [(picture.name, len(picture.labels.heads)) for picture in read_shard(tmp_path / "out.tar")] == [
        ("images/a", 2),
        ("images/empty", 0),
    ]
    said = capsys.readouterr().out
    assert "2 pictures with YOLO annotations" in said
    assert re.search(r"\n  head +1  head\n  helmet +1  helmet\n", said)
    assert "left out: 1 pictures without annotation, such as images/forgotten.png" in said


def test_annotations_without_their_picture_are_counted(tmp_path, capsys):
    images = [{"id": number, "file_name": name} for number, name in enumerate(("gone.png", "a.png"))]
    written(tmp_path / "site", {"a.png": PICTURE, "all.json": coco(images=images)})
    assert convert(tmp_path / "site" / "all.json", tmp_path / "out.tar") == 0
    assert "left out: 1 pictures not found, such as gone.png" in capsys.readouterr().out


@pytest.mark.parametrize(("size", "right"), [((60, 80), True), ((80, 60), False)])
def test_boxes_are_those_of_the_upright_picture(size, right, tmp_path, capsys):
    folder = written(tmp_path / "site", {"a.xml": voc(HELMET, size=size)})
    Image.fromarray(smooth(60, 80, 0)).save(folder / "a.jpg", exif=orientation_stored_as(3, "<", b"\6\0"))
    assert convert(folder, tmp_path / "out.tar") == (0 if right else 1)
    if right:
        assert (only(tmp_path / "out.tar").width, only(tmp_path / "out.tar").height) == (60, 80)
    else:
        assert "width: expected the picture's 60, got 80; the boxes seem to be those of the picture as stored" in (
            capsys.readouterr().err
        )


@pytest.mark.parametrize("told", ["helmet", "=helmet", "helmet=hat"])
def test_a_map_that_is_none_is_refused(told, tmp_path, capsys):
    assert convert(tmp_path, tmp_path / "out.tar", "--map", told) == 1
    said = capsys.readouterr().err
    assert "--map: expected CLASS=KIND, KIND one of helmet (a head with a helmet), head (a bare head), person" in said
    assert f"got '{told}'" in said


def test_what_is_there_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "out.tar").write_text("precious")
    assert convert(tmp_path, tmp_path / "out.tar") == 1
    assert "--out: expected a new file" in capsys.readouterr().err
