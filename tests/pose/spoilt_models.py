"""The shipped model with a quantised network whose answers are spoilt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as opset


def spoilt_model(root: Path, folder: Path, factor: float) -> Path:
    """A copy of the model's folder; its int8 network answers the fields times this."""
    model = shutil.copytree(root / "model", folder / "model")
    network = ov.Core().read_model(model / "pose.onnx")
    answered = network.get_results()[0].input(0).get_source_output()
    spoilt = opset.multiply(answered, opset.constant(np.float32(factor)))
    network = ov.Model([opset.result(spoilt)], network.get_parameters())
    network.outputs[0].get_tensor().set_names({"fields"})
    ov.save_model(network, model / "spoilt.xml")
    description = json.loads((model / "pose.json").read_text())
    (model / "pose.json").write_text(json.dumps({**description, "int8": "spoilt.xml"}))
    return model
