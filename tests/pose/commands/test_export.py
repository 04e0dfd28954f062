import json

import pytest
import torch

from pose.__main__ import main
from pose.estimation.model import file_sha256, read_model
from pose.hands import HandSpec
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint, save_checkpoint
from pose.train.networks.layout import layout


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    fields = layout(heads=False, stride=8)
    narrow = {"width": 1 / 8}
    network = build("tiny_vgg", fields.channels, **narrow)
    save_checkpoint(tmp_path / "best.pt", Checkpoint("tiny_vgg", fields, network.state_dict(), narrow))
    return tmp_path / "best.pt"


@pytest.mark.slow  # torch takes seconds to write ONNX
def test_a_checkpoint_becomes_a_folder(checkpoint, tmp_path, capsys):
    (tmp_path / "facts.json").write_text(json.dumps({"limits": "All of them."}))
    facts = ["--facts", str(tmp_path / "facts.json")]
    assert main(["export", str(checkpoint), "--out", str(tmp_path / "model"), "--threads", "1", *facts]) == 0
    printed = capsys.readouterr().out
    assert "pose.onnx: 0.1 MB" in printed
    assert "warning: the network finds nobody in warmup.jpg" in printed
    model = read_model(tmp_path / "model")
    assert (model.name, model.version) == ("tiny_vgg", file_sha256(checkpoint)[:8])
    assert "All of them." in (tmp_path / "model" / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--int8"], "--int8: expected --calibration and --check too"),
        (["--calibration", "a.tar"], "--calibration: expected --int8 too, got none"),
    ],
)
def test_int8_and_its_pictures_come_together(checkpoint, capsys, arguments, complaint):
    with pytest.raises(SystemExit):
        main(["export", str(checkpoint), *arguments])
    assert complaint in capsys.readouterr().err


def test_options_of_people_mean_nothing_for_hands(tmp_path, capsys):
    with torch.device("meta"):
        weights = build("openpose_hand", HandSpec().channels).state_dict()
    few = {name: torch.zeros(()).expand(weight.shape) for name, weight in weights.items()}
    save_checkpoint(tmp_path / "hand.pt", Checkpoint("openpose_hand", HandSpec(), few))
    with pytest.raises(SystemExit):
        main(["export", str(tmp_path / "hand.pt"), "--fp16-onnx"])
    assert "--fp16-onnx: expected a network of people, got openpose_hand" in capsys.readouterr().err
