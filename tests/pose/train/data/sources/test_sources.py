import numpy as np
import pytest

from pose.skeleton import LEFT_EAR, NECK, NOSE
from pose.train.data.examples import DataConfig
from pose.train.data.sources import Source, parse_source, read_source, source_files, with_kind
from tests.pose.train.data.sources.made_up_shards import TEACHER, write_made_up_shard
from tests.pose.train.made_up import example, smooth


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("shard:a/b.tar", Source("shard", "a/b.tar")),
        ("2.5*shard:a.tar", Source("shard", "a.tar", 2.5)),
        ("coco:a.json,pictures", Source("coco", "a.json,pictures")),
        ("0*my.own_data:read=a:b=c", Source("my.own_data:read", "a:b=c", 0.0)),
        ("mine:read", Source("mine:read", "")),
        ("shard:a*b.tar", Source("shard", "a*b.tar")),
        ("2*shard:a*b.tar", Source("shard", "a*b.tar", 2.0)),
    ],
)
def test_a_source_is_read_from_text(text, source):
    assert parse_source(text) == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a.tar", "shard:a.tar"),
        ("3*a.tar", "3*shard:a.tar"),
        ("x*a.tar", "shard:x*a.tar"),
        ("3*shard:a.tar", "3*shard:a.tar"),
        ("3*coco:a.json,pictures", "3*coco:a.json,pictures"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_archive_alone_is_a_shard(text, source):
    assert with_kind(text) == source


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
