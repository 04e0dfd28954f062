import json
import os
import pickle
import re

import numpy as np
import pytest

from pose.errors import PoseError
from pose.train.data.cache import ABOUT, PIXELS, Cache, open_or_build
from pose.train.data.examples import DataConfig
from tests.pose.train.data.sources.made_up_shards import write_made_up_shard
from tests.pose.train.made_up import example, smooth


def test_examples_come_back_as_they_went_in(tmp_path):
    examples = [
        example(),
        example(name="other", pixels=smooth(32, 48), people=np.zeros((0, 18, 3), np.float32), weight=0.5, human=True),
    ]
    cache = Cache.build(tmp_path / "cache", examples)
    assert len(cache) == 2
    assert cache.weights.tolist() == [1, 0.5]
    for index, expected in enumerate(examples):
        np.testing.assert_array_equal(cache.picture(index), expected.pixels)
        labels = cache.labels(np.array([index]))
        for name in ("people", "ignore", "heads", "helmeted"):
            np.testing.assert_array_equal(getattr(labels, name), getattr(expected, name))
        for name in ("heads_complete", "people_complete", "human"):
            assert getattr(labels, name).tolist() == [getattr(expected, name)]


def test_labels_of_several_lie_below_each_other(tmp_path):
    nobody = np.zeros((0, 18, 3), np.float32)
    crowd = np.repeat(example().people, 3, axis=0) + np.float32(np.arange(3))[:, None, None] * (1, 0, 0)
    heads = {"heads": np.zeros((0, 4), np.float32), "helmeted": np.zeros(0, bool)}
    examples = [example(people=crowd.astype(np.float32)), example(people=nobody, **heads), example(human=True)]
    labels = Cache.build(tmp_path / "cache", examples).labels(np.array([2, 1, 0, 2]))
    assert labels.person_of.tolist() == [0, 2, 2, 2, 3]
    assert labels.head_of.tolist() == [0, 2, 3]
    np.testing.assert_array_equal(labels.people, np.concatenate([examples[n].people for n in (2, 1, 0, 2)]))
    assert labels.human.tolist() == [True, False, False, True]


def test_pixels_stay_in_the_file_that_processes_share(tmp_path):
    cache = Cache.build(tmp_path / "cache", [example()])
    picture = cache.picture(0)
    assert np.shares_memory(picture, cache.pixels)
    assert not picture.flags.writeable
    assert len(pickle.dumps(cache)) < 1000
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(cache)).picture(0), picture)


def test_large_pictures_are_shrunk(tmp_path):
    assert Cache.build(tmp_path / "cache", [example()], longest=40).picture(0).shape == (30, 40, 3)


def test_a_cache_appears_whole_or_not_at_all(tmp_path):
    def broken():
        yield example()
        raise ValueError("broken source")

    with pytest.raises(ValueError, match="broken source"):
        Cache.build(tmp_path / "cache", broken())
    assert list(tmp_path.iterdir()) == []
    Cache.build(tmp_path / "cache", [example()])
    with pytest.raises(ValueError, match="broken source"):
        Cache.build(tmp_path / "cache", broken())
    assert len(Cache(tmp_path / "cache")) == 1


@pytest.mark.parametrize("examples", [[], [example(weight=0.0)]])
def test_a_cache_of_nothing_is_refused(tmp_path, examples):
    with pytest.raises(PoseError, match="expected examples with a weight above 0"):
        Cache.build(tmp_path / "cache", examples)


def test_what_is_no_cache_is_refused(tmp_path):
    with pytest.raises(PoseError, match="expected a cache of examples"):
        Cache(tmp_path)
    Cache.build(tmp_path / "cache", [example()])
    (tmp_path / "cache" / PIXELS).write_bytes(b"cut off")
    with pytest.raises(PoseError, match="expected 14400 bytes, got 7"):
        Cache(tmp_path / "cache")


def test_a_cache_is_built_again_when_and_only_when_something_differs(tmp_path):
    shard = write_made_up_shard(tmp_path / "a.tar")
    config = DataConfig(sources=[f"shard:{shard}"], cache=tmp_path / "caches", longest=64)
    first = open_or_build(config, progress=False).folder
    written = (first / ABOUT).stat().st_mtime_ns
    assert open_or_build(config, progress=False).folder == first
    assert (first / ABOUT).stat().st_mtime_ns == written
    higher = open_or_build(DataConfig(**{**vars_of(config), "teacher_target": 0.9}), progress=False)
    assert higher.folder != first
    few, many = (each.labels(np.array([0])).people[..., 2] for each in (higher, Cache(first)))
    assert (few == 1).sum() < (many == 1).sum()
    os.utime(shard, ns=(1, 1))
    touched = open_or_build(config, progress=False).folder
    assert touched != first
    assert not first.exists(), "the cache of the file's older state is gone"


def test_no_sources_are_refused(tmp_path):
    with pytest.raises(ValueError, match="sources: expected at least one"):
        open_or_build(DataConfig(cache=tmp_path))


def vars_of(config):
    return {name: getattr(config, name) for name in ("sources", "cache", "teacher_target", "teacher_absent", "longest")}


def test_a_file_of_weights_says_which_pictures_are_drawn_more_often(tmp_path):
    shard, weights = write_made_up_shard(tmp_path / "a.tar", pictures=3), tmp_path / "weights.json"
    weights.write_text(json.dumps({"1": 2.5, "of another source": 9}))
    config = DataConfig(sources=[f"2*shard:{shard}"], cache=tmp_path / "cache", weights=weights)
    assert open_or_build(config).weights.tolist() == [2, 5, 2]
    weights.write_text("{}")
    assert open_or_build(config).weights.tolist() == [2, 2, 2], "a cache is made again when the file changes"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "data.weights: expected a JSON object of names and numbers in "),
        ('{"0": "much"}', "data.weights: expected a JSON object of names and numbers in "),
        ('{"0": -1}', "0: expected at least 0, got -1"),
        ('{"0": NaN}', "0: expected at least 0, got nan"),
    ],
)
def test_weights_that_cannot_be_are_refused(tmp_path, text, complaint):
    shard, weights = write_made_up_shard(tmp_path / "a.tar", pictures=1), tmp_path / "weights.json"
    weights.write_text(text)
    with pytest.raises(PoseError, match=re.escape(complaint)):
        open_or_build(DataConfig(sources=[f"shard:{shard}"], cache=tmp_path / "cache", weights=weights))
