import json
import re

import cv2
import pytest

from pose.__main__ import main
from pose.skeleton import COCO_KEYPOINTS, LEFT_SHOULDER, NOSE
from pose.train.data.examples import DataConfig
from pose.train.data.sources import parse_source, read_source
from tests.pose.train.data.sources.made_up_shards import TEACHER
from tests.pose.train.made_up import smooth

KEYPOINTS = [value for x, y, confidence in TEACHER for value in (x, y, 2 if confidence else 0)]
IMAGES = [{"id": n, "file_name": f"{n:012}.jpg", "width": 80, "height": 60} for n in (1, 2, 3)]
NAMES = list(COCO_KEYPOINTS)
RLE = {"counts": [4000, 800], "size": [60, 80]}


@pytest.fixture
def folder(tmp_path):
    """Two of the three pictures that the annotations name."""
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / f"{number:012}.jpg"), smooth(60, 80, number))
    return tmp_path


def person(image=1, **changes):
    return {
        "image_id": image, "category_id": 1, "iscrowd": 0, "bbox": [1, 2, 3, 4], "keypoints": KEYPOINTS, **changes
    }  # fmt: skip


def without(name):
    return {field: value for field, value in person().items() if field != name}


def coco(*annotations, images=IMAGES, **others):
    return {"images": images, "annotations": list(annotations), **others}


def category(number=1, name="person", **others):
    return [{"id": number, "name": name, **others}]


def source(folder, file):
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    (folder / "labels.json").write_bytes(content)
    return f"coco:{folder / 'labels.json'},{folder}"


def read(folder, file):
    return list(read_source(parse_source(source(folder, file)), DataConfig()))


def test_coco_annotations_become_examples(folder):
    (only,) = read(
        folder,
        coco(
            person(),
            person(bbox=[5, 6, 7, 8], iscrowd=1, segmentation=RLE),
            person(bbox=[9, 9, 9, 9], keypoints=[0] * 51),
            person(image=3),
            person(image=2, category_id=18),
        ),
    )
    assert only.name == "000000000001", "2 shows no person, 3 is not in the folder"
    assert only.pixels.shape == (60, 80, 3)
    assert only.people.shape == (1, 18, 3)
    assert only.people[0, NOSE].tolist() == [40.5, 16.5, 1], "the middle of the pixel that COCO counts as 40, 16"
    assert only.people[0, LEFT_SHOULDER, 2] == 1
    assert only.ignore.tolist() == [[5, 6, 7, 8], [9, 9, 9, 9]]
    assert only.human
    assert only.people_complete
    assert not only.heads_complete


TURNED = NAMES[::-1]
WHOLE_BODY = [*NAMES, *(f"hand_{place}" for place in range(116))]
CLEAR = {
    "no iscrowd": coco(without("iscrowd")),
    "iscrowd null": coco(person(iscrowd=None)),
    "iscrowd as a flag": coco(person(iscrowd=False)),
    "no bbox": coco(without("bbox")),
    "bbox null": coco(person(bbox=None)),
    "an RLE mask": coco(person(segmentation=RLE)),
    "sizes as text": coco(person(), images=[{**IMAGES[0], "width": "80", "height": "60"}]),
    "sizes null": coco(person(), images=[{**IMAGES[0], "width": None, "height": None}]),
    "no sizes": coco(person(), images=[{"id": 1, "file_name": "000000000001.jpg"}]),
    "a byte-order mark": b"\xef\xbb\xbf" + json.dumps(coco(person())).encode(),
    "image ids as text": coco(person(image="001")),
    "image ids as names": coco(person(image="one"), images=[{**IMAGES[0], "id": "one"}]),
    "image ids as halves": coco(person(image=1.0)),
    "a category id of 0": coco(person(category_id=0), categories=category(0)),
    "a category id as text": coco(person(category_id="7"), categories=category(7, "Person")),
    "a category among others": coco(
        person(category_id=3), person(category_id=2), categories=[*category(2, "car"), *category(3)]
    ),
    "no category id, one category": coco(without("category_id"), categories=category(9)),
    "a person by keypoints": coco(person(), categories=category(name="worker", keypoints=NAMES)),
    "no names of keypoints": coco(person(), categories=category(keypoints=[])),
    "names that tell nothing apart": coco(person(), categories=category(keypoints=["nose"] * 17)),
    "names in another way of writing": coco(
        person(), categories=category(keypoints=[name.title().replace("_", " ") for name in NAMES])
    ),
    "keypoints in another order": coco(
        person(keypoints=[value for x, y, c in TEACHER[::-1] for value in (x, y, 2 if c else 0)]),
        categories=category(keypoints=TURNED),
    ),
    "133 keypoints": coco(
        person(keypoints=[*KEYPOINTS, *[1, 2, 2] * 116]), categories=category(keypoints=WHOLE_BODY)
    ),
    "numbers as text": coco(person(keypoints=[str(value) for value in KEYPOINTS])),
    "keypoints in triples": coco(person(keypoints=[KEYPOINTS[i : i + 3] for i in range(0, 51, 3)])),
    "annotations of pictures that are left out": coco(person(), person(image=77)),
}  # fmt: skip


@pytest.mark.parametrize("form", CLEAR)
def test_people_whose_labels_are_clear_are_read(folder, form):
    (only,) = read(folder, CLEAR[form])
    assert only.people.shape == (1, 18, 3)
    assert only.people[0, NOSE].tolist() == [40.5, 16.5, 1]
    assert only.ignore.tolist() == []


@pytest.mark.parametrize("keypoints", [None, [], [0] * 51])
def test_people_without_keypoints_are_ignored_regions(folder, keypoints):
    (only,) = read(folder, coco(person(keypoints=keypoints)))
    assert only.people.shape == (0, 18, 3)
    assert only.ignore.tolist() == [[1, 2, 3, 4]]


BROKEN = {
    "an HTML page": (b"<html>", "labels.json: expected COCO's JSON, got an HTML page"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1", "expected COCO's JSON, got a Git LFS pointer"),
    "an empty file": (b"", "expected COCO's JSON, got an empty file"),
    "a cut file": (json.dumps(coco(person())).encode()[:-9], "annotations: expected JSON, got"),
    "results": (
        [{"image_id": 1, "category_id": 1, "keypoints": KEYPOINTS, "score": 0.9}],
        "annotations: expected COCO's object with images and annotations, got a list of 1, like a network's results",
    ),
    "no images": ({"annotations": [person()]}, "images: expected a list, got nothing"),
    "no annotations": ({"images": IMAGES}, "annotations: expected a list, got nothing"),
    "annotations null": ({"images": IMAGES, "annotations": None}, "annotations: expected a list, got null"),
    "an image without id": (
        coco(person(), images=[{"file_name": "1.jpg"}]),
        "images[0].id: expected a whole number or text, got nothing",
    ),
    "an image without file": (coco(person(), images=[{"id": 1}]), "images[0].file_name: expected text, got nothing"),
    "an id twice": (coco(person(), images=[IMAGES[0], IMAGES[0]]), "images[1].id: expected each id once, got 1 again"),
    "an absolute path": (
        coco(person(), images=[{**IMAGES[0], "file_name": "/etc/1.jpg"}]),
        'images[0].file_name: expected a path below the folder, got "/etc/1.jpg"',
    ),
    "a path out of the folder": (
        coco(person(), images=[{**IMAGES[0], "file_name": "a/../../1.jpg"}]),
        'images[0].file_name: expected a path below the folder, got "a/../../1.jpg"',
    ),
    "a name too long": (
        coco(person(), images=[{**IMAGES[0], "file_name": "x" * 256}]),
        "images[0].file_name: expected a path below the folder, got text of 256 characters",
    ),
    "a path too long": (
        coco(person(), images=[{**IMAGES[0], "file_name": "xx/" * 2000}]),
        "images[0].file_name: expected a path below the folder, got text of 6000 characters",
    ),
    "a category id twice": (
        coco(person(), categories=[*category(), *category(1, "car")]),
        "categories[1].id: expected each id once, got 1 again",
    ),
    "a size that is none": (
        coco(person(), images=[{**IMAGES[0], "height": "tall"}]),
        'images[0].height: expected a whole number, got "tall"',
    ),
    "another size": (
        coco(person(), images=[{**IMAGES[0], "height": 61}]),
        "labels.json: 000000000001.jpg: height: expected the picture's 60, got 61",
    ),
    "images of others": (coco(person(image=7)), "annotations: expected image_ids of images, got 1 others, such as 7"),
    "no image id": (coco(without("image_id")), "annotations[0].image_id: expected a whole number or text, got nothing"),
    "categories that are no person": (
        coco(person(), categories=[*category(name="car"), *category(2, "dog")]),
        "categories: expected one of the name person, got car, dog",
    ),
    "annotations of other categories": (
        coco(person(), categories=[*category(1, "car"), *category(5)]),
        "annotations: expected some of category_id 5, got none among 1",
    ),
    "no category id, two categories": (
        coco(without("category_id"), categories=[*category(1), *category(2, "car")]),
        "annotations[0].category_id: expected a whole number or text, got nothing",
    ),
    "four keypoints": (
        coco(person(keypoints=[1, 2, 2] * 4)),
        "annotations[0].keypoints: expected 17 times x, y, visibility, got a list of 12",
    ),
    "four keypoints by name": (
        coco(person(keypoints=[1, 2, 2] * 4), categories=category(keypoints=["nose", "neck", "hip", "knee"])),
        "categories[0].keypoints: expected COCO's 17 among them, got 4: nose, neck, hip, knee",
    ),
    "21 keypoints": (
        coco(person(keypoints=[9, 9, 2] * 21), categories=category(keypoints=[f"finger{n}" for n in range(21)])),
        "categories[0].keypoints: expected COCO's 17 among them, got 21: finger0, finger1",
    ),
    "17 other keypoints": (
        coco(person(), categories=category(keypoints=[f"joint{n}" for n in range(17)])),
        "categories[0].keypoints: expected COCO's 17 among them, got 17: joint0",
    ),
    "133 keypoints without names": (
        coco(person(keypoints=[9, 9, 2] * 133)),
        "annotations[0].keypoints: expected 17 times x, y, visibility, got a list of 399",
    ),
    "normalised keypoints": (
        coco(person(keypoints=[v if i % 3 == 2 else v / 80 for i, v in enumerate(KEYPOINTS)])),
        "annotations[0].keypoints: expected pixels, got shares of the picture",
    ),
    "a normalised box": (
        coco(person(keypoints=None, bbox=[0.1, 0.2, 0.3, 0.4])),
        "annotations[0].bbox: expected pixels, got shares of the picture",
    ),
    "neither keypoints nor box": (
        coco(person(keypoints=None, bbox=None)),
        "annotations[0].bbox: expected a box [left, top, width, height] in pixels, got null",
    ),
    "confidences": (
        coco(person(keypoints=[9, 9, 0.8] * 17)),
        "annotations[0].keypoints[0]: expected visibility 0, 1 or 2 of a human label, got 0.8",
    ),
    "a crowd of some kind": (
        coco(person(iscrowd="few")),
        'annotations[0].iscrowd: expected true or false, got "few"',
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_used_is_named_with_file_and_field(folder, capsys, kind):
    file, message = BROKEN[kind]
    assert main(["data", "check", source(folder, file)]) == 1
    error = capsys.readouterr().err
    assert re.fullmatch(f"error: {re.escape(str(folder / 'labels.json'))}: .*\n", error)
    assert message in error


def test_a_picture_that_is_none_is_named(folder):
    (folder / "000000000001.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"000000000001\.jpg: expected a JPEG, PNG, BMP or WebP picture, got no bytes"):
        read(folder, coco(person()))


def test_a_folder_without_any_of_cocos_pictures_is_refused(folder):
    with pytest.raises(ValueError, match=r"expected pictures that .*labels\.json names, got none of 1"):
        read(folder, coco(person(image=3)))


def test_coco_needs_two_paths():
    with pytest.raises(ValueError, match=r"coco: expected ANNOTATIONS\.json,PICTURES_DIR, got 'a\.json'"):
        list(read_source(parse_source("coco:a.json"), DataConfig()))
