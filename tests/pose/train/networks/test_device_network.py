from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
import torch
from openvino import opset13 as operations

from pose.errors import PoseError
from pose.estimation.model import SHIPPED, read_model
from pose.runtimes.openvino import OpenVinoRuntime
from pose.train.networks.device_network import DeviceNetwork
from pose.train.networks.layout import layout

NOISE = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), np.uint8)


@pytest.fixture(scope="module")
def model():
    return read_model(SHIPPED)


def as_openvino(network: Path, spec, pictures=NOISE, inner=()):
    runtime = OpenVinoRuntime(network, spec.outputs, precision="f32", threads=1, inner=inner)
    return torch.from_numpy(runtime.run(pictures))


@pytest.mark.parametrize("pictures", [NOISE, NOISE[:1, :, :64]], ids=lambda pictures: str(pictures.shape))
def test_a_device_answers_what_the_runtime_answers(model, pictures):
    answered = DeviceNetwork(model.network, model.decoder.layout, "cpu")(torch.from_numpy(pictures))
    torch.testing.assert_close(
        answered, as_openvino(model.network, model.decoder.layout, pictures), rtol=1e-4, atol=1e-4
    )


def quantised(channels, last):
    """A picture in channels-first float -> two outputs of a quantised convolution and one beside a depthwise one."""
    rng = np.random.default_rng(1)
    picture = operations.parameter([1, 3, 64, 96], np.float32, name="data")
    levels = operations.fake_quantize(picture, *(np.float32(bound) for bound in (0, 255, 0, 255)), 256)
    weights = operations.constant(rng.integers(-127, 128, (4, 3, 3, 3), np.int8))
    scaled = operations.multiply(operations.convert(weights, np.float32), np.full((4, 1, 1, 1), 2e-4, np.float32))
    pads = [1, 1]
    inside = operations.elu(operations.convolution(levels, scaled, [8, 8], pads, pads, [1, 1]), 1.0)
    inside.set_friendly_name("inside")
    pooled = operations.max_pool(inside, [1, 1], [1, 1], pads, pads, [3, 3]).output(0)
    bounded = operations.minimum(operations.maximum(pooled, np.float32(-1)), np.float32(2))
    apart = operations.constant(rng.normal(size=(4, 1, 1, 3, 3)).astype(np.float32))
    seen = operations.concat([inside, operations.group_convolution(bounded, apart, [1, 1], pads, pads, [1, 1])], 1)
    results = []
    for name, size in (("pafs", 38), ("heatmaps", channels - 38)):
        mixing = rng.normal(size=(size, 8, 1, 1)).astype(np.float32)
        fields = last(operations.convolution(seen, mixing, [1, 1], [0, 0], [0, 0], [1, 1]))
        fields.output(0).set_names({name})
        results.append(operations.result(fields))
    return ov.Model(results, [picture])


def test_quantised_networks_of_several_outputs_answer_alike(tmp_path):
    spec = replace(layout(heads=False, stride=8), outputs=("heatmaps", "pafs"))
    path = tmp_path / "peer.xml"
    ov.save_model(quantised(spec.channels, operations.relu), path, compress_to_fp16=False)
    answered = DeviceNetwork(path, spec, "cpu", inner=("inside",))(torch.from_numpy(NOISE))
    expected = as_openvino(path, spec, inner=("inside",))
    assert answered.shape == (2, 57 + 4, 8, 12)
    torch.testing.assert_close(answered, expected, rtol=0, atol=0.01 * float(expected.abs().max()))


def test_an_unknown_operation_is_refused_by_its_name(tmp_path):
    spec = replace(layout(heads=False, stride=8), outputs=("heatmaps", "pafs"))
    path = tmp_path / "peer.xml"
    ov.save_model(quantised(spec.channels, operations.tanh), path)
    with pytest.raises(PoseError, match=r"teacher: expected operations among Add, .*, got Tanh"):
        DeviceNetwork(path, spec, "cpu")(torch.from_numpy(NOISE))
