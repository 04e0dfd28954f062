"""The commands with a model that answers proposals instead of fields."""

import json

import pytest

from pose import load
from pose.__main__ import main
from tests.pose.labelled import as_label, portrait, with_labels, write_shard
from tests.pose.people import standing
from tests.pose.proposing_model import proposing_model


@pytest.fixture(scope="module")
def model(root, tmp_path_factory):
    return proposing_model(root, tmp_path_factory.mktemp("model"), [standing(100, 120, 20)])


@pytest.fixture(scope="module")
def shard(root, model, tmp_path_factory):
    picture = portrait(root)
    people = [as_label(person) for person in load(model)(picture.pixels).people]
    return write_shard(
        tmp_path_factory.mktemp("shard") / "one.tar", [with_labels(picture, people=people, people_complete=True)]
    )


def test_predict_prints_the_proposed_people(root, model, capsys):
    assert main(["predict", str(root / "model" / "warmup.jpg"), "--model", str(model), "--json"]) == 0
    (person,) = json.loads(capsys.readouterr().out)["people"]
    assert len(person["keypoints"]) == 18


def test_evaluate_measures_keypoints_alone(model, shard, capsys):
    assert main(["evaluate", "--model", str(model), "--data", str(shard), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["AP"] == pytest.approx(100)
    assert "peaks_AP50" not in values


@pytest.mark.parametrize("options", [["--flip"], ["--grouping", "model"]])
def test_evaluate_refuses_what_needs_fields(model, shard, capsys, options):
    assert main(["evaluate", "--model", str(model), "--data", str(shard), *options]) == 1
    assert "made-up 0: expected a network of fields, got proposals" in capsys.readouterr().err


def test_bench_runs_it(model, capsys):
    quick = ["--rounds", "1", "--seconds", "0.01", "--size", "96x64", "--batch", "1", "--streams", "1"]
    assert main(["bench", "--model", str(model), "--runtime", "openvino", "--precision", "f32", *quick]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"][0]["pictures_per_second"] > 0
