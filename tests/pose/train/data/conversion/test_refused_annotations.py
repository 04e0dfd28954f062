from __future__ import annotations

import pytest

from tests.pose.train.data.conversion.annotations import (
    HELMET,
    PICTURE,
    YOLO,
    coco,
    convert,
    voc,
    voc_object,
    written,
)

BROKEN = {
    "no annotations": (
        {},
        "",
        ": expected a folder of pictures with VOC's .xml or YOLO's .txt files, or a COCO .json file, got 1 pictures, "
        "none with an annotation of its name",
    ),
    "annotations of other pictures": (
        {"b.xml": voc(HELMET)},
        "",
        "got 1 pictures, none with an annotation of its name",
    ),
    "two kinds of annotations": (
        {"a.xml": voc(), "b.png": PICTURE, "b.txt": YOLO},
        "",
        ": expected annotations of one kind, got 1 .xml and 1 .txt files, such as",
    ),
    "no folder": ({}, "nowhere", "or a COCO .json file, got nothing"),
    "a picture of the name of another": (
        {"a.jpg": PICTURE, "a.xml": voc()},
        "",
        ": expected pictures of different names, got a.jpg and a.png",
    ),
    "two annotations": (
        {"a.xml": voc(), "labels/a.xml": voc()},
        "",
        "labels/a.xml: a.png: expected one annotation, got another in",
    ),
    "no XML": (
        {"a.xml": "<annotation>"},
        "",
        "/a.xml: annotation: expected XML, got 12 bytes that cannot be read: no element",
    ),
    "an XML bomb": (
        {"a.xml": '<!DOCTYPE a [<!ENTITY b "b">]><annotation/>'},
        "",
        "bytes that cannot be read: EntitiesForbidden",
    ),
    "other XML": ({"a.xml": "<svg/>"}, "", "/a.xml: annotation: expected VOC's <annotation>, got <svg>"),
    "a class without a name": (
        {"a.xml": voc(voc_object("", 1, 1, 2, 2))},
        "",
        "/a.xml: object[0].name: expected the name of a class, got",
    ),
    "a corner in words": (
        {"a.xml": voc(HELMET, voc_object("head", "x", 1, 2, 2))},
        "",
        '/a.xml: object[1].bndbox.xmin: expected a number, got "x"',
    ),
    "no box": (
        {"a.xml": voc("<object><name>head</name></object>")},
        "",
        "/a.xml: object[0].bndbox.xmin: expected a number, got nothing",
    ),
    "corners the wrong way round": (
        {"a.xml": voc(voc_object("head", 9, 1, 2, 2))},
        "",
        "/a.xml: object[0].bndbox: expected xmin, ymin, xmax, ymax in this order, "
        "the greater ones last, got 9, 1, 2, 2",
    ),
    "another size": (
        {"a.xml": voc(HELMET, size=(160, 60))},
        "",
        "/a.xml: a.png: width: expected the picture's 80, got 160",
    ),
    "a line of four values": (
        {"a.txt": YOLO + "0 0.5 0.5 0.1\n", "classes.txt": "helmet\nhead"},
        "",
        "/a.txt: line 3: expected class, x, y, width, height, got 4 values: 0 0.5 0.5 0.1",
    ),
    "pixels": (
        {"a.txt": "0 26 18 12 16", "classes.txt": "helmet"},
        "",
        "/a.txt: line 1: x: expected a share of the picture, 0 to 1, got 26",
    ),
    "a class beyond the names": (
        {"a.txt": YOLO, "classes.txt": "helmet"},
        "",
        "/a.txt: line 2: class: expected one of 0, got 1",
    ),
    "names that are none": (
        {"a.txt": YOLO, "data.yaml": "names: 3"},
        "",
        "/data.yaml: names: expected the classes' names, got 3",
    ),
    "no names": ({"a.txt": YOLO}, "", ": classes: expected known ones, got 0 (1), 1 (1); add --map '0=KIND' '1=KIND'"),
    "an unknown class": (
        {"a.xml": voc(HELMET, voc_object("vest", 1, 1, 9, 9))},
        "",
        ": classes: expected known ones, got helmet (1), vest (1); add --map 'vest=KIND', "
        "each KIND one of helmet (a head with a helmet), head (a bare head), person",
    ),
    "an unknown category": (
        {"b.json": coco({"image_id": 1, "category_id": 7, "bbox": [1, 1, 2, 2]})},
        "b.json",
        "/b.json: annotations[2].category_id: expected an id of the file, such as 0, 1, got 7",
    ),
    "no categories": (
        {"b.json": coco(categories=())},
        "b.json",
        "/b.json: annotations[0].category_id: expected an id of the file, such as none there, got 0",
    ),
    "shares in COCO": (
        {"b.json": coco({"image_id": 1, "category_id": 0, "bbox": [0.1, 0.1, 0.5, 0.5]})},
        "b.json",
        "/b.json: annotations[2].bbox: expected pixels, got shares of the picture",
    ),
}


@pytest.mark.parametrize(("files", "source", "complaint"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_is_named_and_no_shard_left(files, source, complaint, tmp_path, capsys):
    folder = written(tmp_path / "site", {"a.png": PICTURE, **files})
    assert convert(folder / source, tmp_path / "out.tar") == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {folder}")
    assert complaint in said
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_broken_picture_is_named_and_no_shard_left(tmp_path, capsys):
    written(tmp_path / "site", {"a.png": PICTURE, "a.xml": voc(), "b.png": PICTURE[:90], "b.xml": voc()})
    assert convert(tmp_path / "site", tmp_path / "out.tar") == 1
    assert f"error: {tmp_path / 'site' / 'b.png'}: expected a complete PNG picture" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
