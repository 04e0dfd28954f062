import json
from dataclasses import asdict

import pytest

from pose.estimation.joining import Joining
from pose.estimation.model import HandsModel, ModelError, read_model, verify


def test_the_shipped_model_is_whole(root):
    model = read_model(root / "model")
    verify(model)
    assert model.decoder.layout.channels == 62
    assert model.warm_up.picture.is_file()
    assert {"data", "licence", "recipe", "scores"} <= set(model.facts)
    assert all(source["licence"] for source in model.facts["data"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d.pop("sha256"), "expected a key 'sha256', got none"),
        (lambda d: d["fields"].update(stride=0), "stride: expected at least 1"),
        (lambda d: d["grouping"].update(magic=1), "magic"),
        (lambda d: d.update(joining={"peak": 0.1}), "joining|constant"),
    ],
)
def test_a_description_that_is_not_one_says_why(root, tmp_path, change, complaint):
    values = json.loads((root / "model" / "pose.json").read_text())
    change(values)
    (tmp_path / "pose.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match=complaint):
        read_model(tmp_path)


@pytest.mark.parametrize("joining", [None, Joining(peak=0.1, constant=-7.0, skeleton=8.0, head=8.0, person=0.3)])
def test_a_description_says_how_heads_are_joined_or_that_they_are_not(root, tmp_path, joining):
    values = json.loads((root / "model" / "pose.json").read_text())
    values["joining"] = joining and asdict(joining)
    (tmp_path / "pose.json").write_text(json.dumps(values))
    assert read_model(tmp_path).joining == joining


def test_missing_and_broken_files_say_which(tmp_path):
    with pytest.raises(ModelError, match=r"pose\.json: No such file"):
        read_model(tmp_path)
    (tmp_path / "pose.json").write_text("{")
    with pytest.raises(ModelError, match=r"pose\.json: Expecting"):
        read_model(tmp_path)


@pytest.mark.parametrize("int8", [None, "hands-int8.xml"])
def test_a_description_says_which_network_finds_hands(root, tmp_path, int8):
    values = json.loads((root / "model" / "pose.json").read_text())
    values["hands"] = {"network": "hands.onnx", "side": 128, "least": 0.5} | ({"int8": int8} if int8 else {})
    (tmp_path / "pose.json").write_text(json.dumps(values))
    expected = HandsModel(tmp_path / "hands.onnx", int8 and tmp_path / int8, side=128, least=0.5)
    assert read_model(tmp_path).hands == expected
