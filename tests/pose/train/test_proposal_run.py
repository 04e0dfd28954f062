"""A network of proposals from its pictures to serving; tests of the parts stand beside those of fields."""

import json

import numpy as np
import pytest
import yaml

import pose
from pose.__main__ import main
from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from pose.estimation.model import read_model
from pose.runtimes import open_runtime
from pose.runtimes.torch import TorchRuntime
from pose.skeleton import Person
from pose.train.networks.checkpoint import load_checkpoint
from tests.pose.labelled import as_label, with_labels, write_shard
from tests.pose.people import standing
from tests.pose.train.made_up import smooth

SIDE = 128
TINY = {
    "network": {"name": "ppn", "heads": False, "options": {"width": 1 / 4, "head": 64}},
    "crops": [{"size": SIDE, "batch": 4}],
    "augment": {
        "scale_people": {"probability": 0, "picture": [1, 1]},
        **{name: {"probability": 0} for name in ("rotate", "flip", "shift", "brightness_contrast", "colour_cast")},
        **{name: {"probability": 0} for name in ("grey", "cut_out", "blur", "jpeg")},
    },
    "loop": {"learning_rate": 0.003, "warm_up_steps": 5, "average_decay": 0.9, "threads": 1, "save_minutes": None},
}


def pictures():
    """Four pictures of a person each, who stands elsewhere and is larger in every next one."""
    for number in range(4):
        unlabelled = LabelledPicture(str(number), smooth(SIDE, SIDE, number), read_labels({}))
        person = Person(standing(35 + 18 * number, 30 + 3 * number, 7 + number), 1.0)
        yield with_labels(unlabelled, people=[as_label(person)], people_complete=True)


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    return write_shard(tmp_path_factory.mktemp("data") / "four.tar", list(pictures()))


@pytest.fixture
def configuration(tmp_path, shard):
    values = {
        **TINY,
        "folder": str(tmp_path / "run"),
        "data": {"sources": [f"shard:{shard}"], "cache": str(tmp_path / "cache")},
        "evaluation": {"data": [str(shard)], "height": SIDE},
    }
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.mark.slow
def test_four_pictures_are_learned_found_again_exported_and_served(tmp_path, shard, configuration, capsys):
    for steps in ("40", "120"):  # the second command goes on where the first one ended
        assert main(["train", "-c", str(configuration), "--loop.steps", steps]) == 0
    best = tmp_path / "run" / "best.pt"
    capsys.readouterr()
    assert main(["evaluate", "--data", str(shard), "--checkpoint", str(best), "--height", str(SIDE), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["AP50"] == 100
    int8 = ["--int8", "--calibration", str(shard), "--check", str(shard)]
    assert main(["export", str(best), "--out", str(tmp_path / "model"), *int8]) == 0
    assert_runtimes_agree(tmp_path / "model", best)
    for picture in pictures():
        for precision in ("f32", "int8"):
            served = pose.load(tmp_path / "model", height=SIDE, precision=precision)
            [person] = served(picture.pixels).people
            expected = np.array(picture.labels.people[0].keypoints)[:, :2]
            assert np.abs(pose.skeleton.to_coco(person.keypoints)[:, :2] - expected).max() < 8


def assert_runtimes_agree(folder, checkpoint):
    noise = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), np.uint8)
    saved = load_checkpoint(checkpoint)
    expected = TorchRuntime(saved.build(), saved.layout, device="cpu", precision="f32").run(noise)
    assert expected.shape == (2, saved.layout.channels, 2, 3)
    model = read_model(folder)
    for name in ("openvino", "onnx"):
        runtime = open_runtime(name, model.network, model.decoder.layout, precision="f32", threads=1)
        np.testing.assert_allclose(runtime.run(noise), expected, atol=0.01)
