import json

import cv2
import numpy as np
import pytest

from pose.skeleton import LEFT_EAR, LEFT_SHOULDER, NECK, NOSE
from pose.train.examples import DataConfig
from pose.train.sources import Source, parse_source, read_source, source_files
from tests.pose.train.made_up import example, smooth
from tests.pose.train.sources.made_up_shards import TEACHER, write_made_up_shard


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("shard:a/b.tar", Source("shard", "a/b.tar")),
        ("2.5*shard:a.tar", Source("shard", "a.tar", 2.5)),
        ("coco:a.json,pictures", Source("coco", "a.json,pictures")),
        ("0*my.own_data:read=a:b=c", Source("my.own_data:read", "a:b=c", 0.0)),
        ("mine:read", Source("mine:read", "")),
        ("shard:a*b.tar", Source("shard", "a*b.tar")),
    ],
)
def test_a_source_is_read_from_text(text, source):
    assert parse_source(text) == source


@pytest.mark.parametrize("text", ["", "a.tar", "shard:", "-1*shard:a.tar", "x*shard:a.tar", "my module:read", "mine:"])
def test_a_text_that_names_no_source_is_refused(text):
    with pytest.raises(ValueError, match=r"source: expected shard:FILE\.tar"):
        parse_source(text)


def test_a_shards_labels_become_states(tmp_path):
    shard = write_made_up_shard(tmp_path / "a.tar")
    source = parse_source(f"3*shard:{shard}")
    examples = list(read_source(source, DataConfig()))
    assert [one.name for one in examples] == ["0", "1"]
    (person,) = examples[0].people
    assert person[NOSE].tolist() == [40, 16, 1]
    assert person[LEFT_EAR].tolist() == [43, 16, -1]
    assert person[NECK].tolist() == [40, 20, 1]
    assert examples[0].ignore.tolist() == [[60, 10, 10, 40]]
    assert examples[0].helmeted.tolist() == [True, False]
    assert examples[0].heads_complete
    assert examples[0].people_complete
    assert not examples[0].human
    assert examples[0].weight == 3
    assert source_files(source) == [shard]


def test_human_keypoints_count_whatever_their_visibility(tmp_path):
    keypoints = [[x, y, 1 if confidence else 0] for x, y, confidence in TEACHER]
    shard = write_made_up_shard(tmp_path / "a.tar", people=[{"keypoints": keypoints, "source": "human"}])
    first, _ = read_source(parse_source(f"shard:{shard}"), DataConfig())
    assert first.human
    assert first.people[0, LEFT_EAR, 2] == 1


def write_coco(folder, *annotations):
    (folder / "pictures").mkdir()
    for number in (1, 2):
        cv2.imwrite(str(folder / "pictures" / f"{number:012}.jpg"), smooth(60, 80, number))
    images = [{"id": n, "file_name": f"{n:012}.jpg", "width": 80, "height": 60} for n in (1, 2, 3)]
    (folder / "labels.json").write_text(json.dumps({"images": images, "annotations": list(annotations)}))
    return f"coco:{folder / 'labels.json'},{folder / 'pictures'}"


def person(image=1, **changes):
    keypoints = [value for x, y, confidence in TEACHER for value in (x, y, 2 if confidence else 0)]
    return {
        "image_id": image, "category_id": 1, "iscrowd": 0, "bbox": [1, 2, 3, 4], "keypoints": keypoints, **changes
    }  # fmt: skip


def test_coco_annotations_become_examples(tmp_path):
    source = write_coco(
        tmp_path,
        person(),
        person(bbox=[5, 6, 7, 8], iscrowd=1),
        person(bbox=[9, 9, 9, 9], keypoints=[0] * 51),
        person(image=3),
        person(image=2, category_id=18),
    )
    (only,) = read_source(parse_source(source), DataConfig())
    assert only.name == "000000000001", "2 shows no person, 3 is not in the folder"
    assert only.pixels.shape == (60, 80, 3)
    assert only.people.shape == (1, 18, 3)
    assert only.people[0, NOSE].tolist() == [40.5, 16.5, 1], "the middle of the pixel that COCO counts as 40, 16"
    assert only.people[0, LEFT_SHOULDER, 2] == 1
    assert only.ignore.tolist() == [[5, 6, 7, 8], [9, 9, 9, 9]]
    assert only.human
    assert only.people_complete
    assert not only.heads_complete


def test_a_folder_without_any_of_cocos_pictures_is_refused(tmp_path):
    source = write_coco(tmp_path, person(image=3))
    with pytest.raises(ValueError, match=r"expected pictures that .*labels\.json names, got none of 1"):
        list(read_source(parse_source(source), DataConfig()))


def test_coco_needs_two_paths():
    with pytest.raises(ValueError, match=r"coco: expected ANNOTATIONS\.json,PICTURES_DIR, got 'a\.json'"):
        list(read_source(parse_source("coco:a.json"), DataConfig()))


def made_up_source(argument):
    for name in argument.split(","):
        yield example(name=name, weight=0.5)


def wrong_source(argument):
    yield {"picture": argument}


def test_a_function_of_ones_own_is_a_source():
    first, second = read_source(parse_source(f"2*{__name__}:made_up_source=a,b"), DataConfig())
    assert (first.name, second.name) == ("a", "b")
    assert first.weight == 1.0
    np.testing.assert_array_equal(first.pixels, smooth(60, 80))


def test_a_function_is_read_again_when_its_file_or_its_data_change(tmp_path):
    source = parse_source(f"{__name__}:made_up_source={tmp_path}")
    assert [path.name for path in source_files(source)] == ["test_sources.py", tmp_path.name]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("no_such_module:read", "expected a function at no_such_module:read"),
        (f"{__name__}:nothing", "expected a function at .*:nothing"),
        (f"{__name__}:wrong_source", "expected Examples, got dict"),
    ],
)
def test_a_plugin_that_is_none_is_refused(name, complaint):
    with pytest.raises(ValueError, match=complaint):
        list(read_source(parse_source(f"{name}=x"), DataConfig()))
