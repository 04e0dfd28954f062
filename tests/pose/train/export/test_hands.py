import json
import shutil

import numpy as np
import pytest
import torch

from pose.estimation.hands import HandFinder, box_square, cut_hand
from pose.estimation.model import SHIPPED, file_sha256, read_model, verify
from pose.hands import HandSpec
from pose.train.export.hands import SIDE, export_hands
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint
from pose.train.networks.hand_heatmaps import ServedHandHeatmaps

OPTIONS = {"width": 1 / 16, "stages": 2}


@pytest.mark.slow  # torch takes seconds to write ONNX
def test_a_model_finds_hands_with_the_network_that_was_put_into_its_folder(tmp_path):
    torch.manual_seed(0)
    network = build("openpose_hand", HandSpec().channels, **OPTIONS)
    torch.nn.init.constant_(network.stages[-1][-1].bias, 0.5)  # sure of a hand wherever it looks
    checkpoint = Checkpoint("openpose_hand", HandSpec(), network.state_dict(), OPTIONS, {"licence": "X"})
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    (folder / "hands-int8.xml").write_text("of an earlier network")
    description = json.loads((folder / "pose.json").read_text())
    description["files"]["hands-int8.xml"] = file_sha256(folder / "hands-int8.xml")
    (folder / "pose.json").write_text(json.dumps(description))
    assert export_hands(checkpoint, HandSpec(), folder) == folder / "hands.onnx"
    model = read_model(folder)
    verify(model)
    assert (model.hands.network, model.hands.int8, model.hands.side) == (folder / "hands.onnx", None, SIDE)
    assert model.facts["hands"] == {"network": "The network `openpose_hand`", "licence": "X"}
    assert "hands-int8.xml" not in model.files
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "`hands.onnx`" in card
    assert "Those of hands are published under X." in card
    picture = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    square = box_square(50, 40, 90, 80)
    (hand,) = HandFinder(model.hands, "f32").in_boxes(picture, [(50, 40, 90, 80)])
    with torch.inference_mode():
        served = ServedHandHeatmaps(checkpoint.build(), HandSpec()).eval()
        answer = served(torch.from_numpy(cut_hand(picture, square, SIDE)[None]))[0].numpy()
    expected = answer[:63].reshape(21, 3)
    np.testing.assert_allclose(hand.keypoints[:, :2], square.to_picture(expected[:, :2]), atol=1)
    np.testing.assert_allclose(hand.keypoints[:, 2], expected[:, 2], atol=0.01)
    assert hand.score == pytest.approx(answer[63], abs=0.01)
