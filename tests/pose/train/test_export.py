import json

import numpy as np
import pytest
import torch

import pose
from pose.train.export import FPN_FIELDS, ExportError, Served, compare_runtimes, export
from pose.train.networks.fpn import Fpn

CARD = {
    "name": "tiny",
    "version": "0",
    "grouping": {
        "smoothing": 0,
        "peak": 0.1,
        "limb": 0.1,
        "limb_share": 0.8,
        "keypoints": 3,
        "headless_keypoints": 5,
        "person": 0.2,
    },
    "warm_up": None,
}


@pytest.mark.filterwarnings("ignore")  # the exporter warns of its own inner workings
def test_an_exported_network_can_be_served(tmp_path):
    torch.manual_seed(0)
    torch.save(Fpn().state_dict(), tmp_path / "weights.pt")
    export(tmp_path / "weights.pt", tmp_path / "model", CARD)
    description = json.loads((tmp_path / "model" / "pose.json").read_text())
    assert description["name"] == "tiny"
    assert description["fields"]["stride"] == 4
    assert pose.load(tmp_path / "model", height=64)(np.zeros((64, 64, 3), np.uint8)).people == ()


def test_fpn_answers_a_quarter_of_the_size():
    fields = Fpn().eval()(torch.zeros(2, 3, 64, 96))
    assert fields.shape == (2, FPN_FIELDS.channels, 16, 24)


def test_runtimes_that_disagree_stop_the_export(root):
    other = Served(torch.nn.Conv2d(3, FPN_FIELDS.channels, 4, 4)).eval()
    with pytest.raises(ExportError, match="openvino: expected fields within"):
        compare_runtimes(other, root / "model" / "pose.onnx")
