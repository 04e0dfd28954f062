"""False alarms become pictures that teach what people said of them, and nothing that nobody said."""

from __future__ import annotations

import numpy as np
import pytest

from helmet_service.__main__ import main
from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.store import AlarmStore
from helmet_service.alarms.training_picture import clear_part
from helmet_service.cameras.zones import Zone
from pose.data.shards import read_shard
from pose.train.augment.targets import make_targets
from pose.train.data.cache import Cache
from pose.train.data.examples import DataConfig
from pose.train.data.sources import parse_source, read_source
from pose.train.networks.layout import FIELDS
from tests.helmet_service.alarms.kept import NOW, alarm_id, on
from tests.helmet_service.alarms.scenes import evidence_of, scene
from tests.pose.train.made_up import placed


@pytest.fixture
def store(tmp_path):
    return AlarmStore(tmp_path / "watch")


def call_false(store, number, reason, at=NOW, seen=None, **settings):
    """An alarm about the middle one of three people, which somebody calls false."""
    kept = evidence_of(seen or scene(), number=number, **settings)
    store.record([on(number, at)], evidence={alarm_id(number): kept})
    store.acknowledge(alarm_id(number), Acknowledgement(at + 60, false_alarm=True, reason=reason))
    return kept


def exported(tmp_path, monkeypatch, capsys, *options):
    """The exit status, the shard, and what was said."""
    monkeypatch.setenv("WATCH_DIR", str(tmp_path / "watch"))
    status = main(["alarms", "export", str(tmp_path / "false.tar"), *options])
    said = capsys.readouterr()
    return status, tmp_path / "false.tar", said.out + said.err


def test_a_helmeted_head_is_learned_as_one_and_a_place_without_anybody_as_background(
    tmp_path, store, monkeypatch, capsys
):
    call_false(store, 1, "wears_helmet")
    call_false(store, 2, "nobody_there")
    status, shard, _ = exported(tmp_path, monkeypatch, capsys)
    assert status == 0
    examples = list(read_source(parse_source(f"shard:{shard}"), DataConfig()))
    assert len(Cache.build(tmp_path / "cache", examples).sizes) == 2
    worn, nobody = (make_targets(placed(each, np.eye(3), 256), FIELDS) for each in examples)
    row, column = np.unravel_index(worn.fields[FIELDS.helmeted_heads].argmax(), worn.fields.shape[1:])
    left, top, width, height = examples[0].heads[0]
    assert (column * 4 + 2, row * 4 + 2) == pytest.approx((left + width / 2, top + height / 2), abs=3)
    assert worn.fields[FIELDS.bare_heads].max() == 0
    assert worn.head_mask.all()
    assert not worn.pose_mask.any()  # nobody said where this person's keypoints are
    assert nobody.head_mask.all()
    assert nobody.pose_mask.all()
    assert (nobody.fields[FIELDS.background] == 1).all()
    assert not np.delete(nobody.fields, FIELDS.background, axis=0).any()


def test_what_is_exported_is_the_part_around_the_place_without_others(tmp_path, store, monkeypatch, capsys):
    kept = call_false(store, 1, "nobody_there")
    _, shard, _ = exported(tmp_path, monkeypatch, capsys)
    (picture,) = read_shard(shard)
    assert picture.name == f"gate-3/{alarm_id(1)}"
    width = kept.facts["person"]["box"][2]
    before, after = kept.facts["others"]
    room = after["box"][0] - before["box"][0] - before["box"][2]
    assert width < picture.pixels.shape[1] <= room


def test_what_teaches_nothing_is_left_out_and_counted(tmp_path, store, monkeypatch, capsys):
    call_false(store, 1, "nobody_there")
    call_false(store, 2, "not_required")
    call_false(store, 3, "other")
    call_false(store, 4, "wears_helmet", blur_all=True)
    everywhere = Zone("", "blurred", ((0, 0), (1, 0), (1, 1)))
    call_false(store, 5, "nobody_there", seen=scene([everywhere]))
    store.record([on(6)])
    store.acknowledge(alarm_id(6), Acknowledgement(NOW, false_alarm=True, reason="nobody_there"))
    store.record([on(7)])
    store.acknowledge(alarm_id(7), Acknowledgement(NOW))
    status, shard, said = exported(tmp_path, monkeypatch, capsys)
    assert (status, len(list(read_shard(shard)))) == (0, 1)
    assert [line.split() for line in said.splitlines()[:-1]] == [
        ["nobody", "there", "1"],
        ["left", "out:", "not", "required", "1"],
        ["left", "out:", "other", "1"],
        ["left", "out:", "head", "blurred", "2"],
        ["left", "out:", "no", "picture", "1"],
    ]


def test_nothing_is_written_where_nothing_teaches(tmp_path, store, monkeypatch, capsys):
    call_false(store, 1, "nobody_there", at=NOW)
    status, shard, said = exported(tmp_path, monkeypatch, capsys, "--since", "2027-01-01")
    assert (status, list(shard.parent.glob("false*"))) == (1, [])
    assert said == "error: false alarms: expected some that teach something, got none\n"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], (0, 0, 100, 100)),
        ([(80, 20, 120, 90)], (0, 0, 80, 100)),
        ([(0, 0, 20, 100), (30, 0, 90, 15.5)], (20, 16, 100, 100)),
        ([(200, 0, 300, 100)], (0, 0, 100, 100)),
        ([(59, 40, 70, 60)], None),
    ],
)
def test_others_are_cut_off_where_least_is_lost(others, expected):
    assert clear_part((0, 0, 100, 100), (40, 40, 60, 60), others) == expected
