"""The model repositories of deploy/ serve what the client expects."""

from __future__ import annotations

import json
import re
import subprocess

import onnxruntime
import openvino as ov
import pytest

from pose.estimation.model import read_model


@pytest.fixture(scope="module")
def spec(root):
    return read_model(root / "model").decoder.layout


@pytest.fixture(scope="module")
def repository(root, tmp_path_factory):
    """The folder, with the networks that README.md's commands copy into it."""
    project = tmp_path_factory.mktemp("project")
    (project / "model").symlink_to(root / "model")
    kept = root / "deploy" / "model-repository"
    [copying, *_] = re.findall(r"```sh\n(.*?)```", (kept / "README.md").read_text(), re.S)
    subprocess.run(["/bin/sh", "-e", "-c", copying], cwd=project, check=True)
    return project / "deploy" / "model-repository"


def test_openvino_model_server_finds_one_network_that_takes_pictures(root, repository, spec):
    kept = json.loads((root / "deploy" / "model-repository" / "openvino" / "config.json").read_text())
    [listed] = kept["model_config_list"]
    assert listed["config"]["name"] == "pose"
    assert listed["config"]["base_path"] == "/models/pose"
    [network] = (repository / "openvino" / "pose" / "1").glob("*.xml")
    assert network.with_suffix(".bin").exists()
    model = ov.Core().read_model(network)
    assert model.input(0).get_element_type() == ov.Type.u8
    assert str(model.input(0).get_partial_shape()) == "[?,?,?,3]"
    [fields] = model.outputs
    assert fields.get_any_name() == spec.outputs[0]
    assert fields.get_element_type() == ov.Type.f32
    assert fields.get_partial_shape()[1].get_length() == spec.channels


def test_triton_is_told_the_networks_own_names_types_and_shapes(root, repository, spec):
    network = repository / "triton" / "pose" / "1" / "model.onnx"
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    [picture], [fields] = session.get_inputs(), session.get_outputs()
    assert (picture.name, picture.type, picture.shape[3]) == ("picture", "tensor(uint8)", 3)
    assert (fields.name, fields.type, fields.shape[1]) == (spec.outputs[0], "tensor(float)", spec.channels)
    told = (root / "deploy" / "model-repository" / "triton" / "pose" / "config.pbtxt").read_text()
    assert 'name: "pose"' in told
    tensors = re.findall(r'name: "(\w+)"\s+data_type: (\w+)\s+dims: \[ ([^\]]+) \]', told)
    assert tensors == [("picture", "TYPE_UINT8", "-1, -1, 3"), (fields.name, "TYPE_FP32", f"{spec.channels}, -1, -1")]
