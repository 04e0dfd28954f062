from dataclasses import dataclass

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from pose.measuring.evaluation import Evaluation
from pose.train.export.network_files import ExportError
from pose.train.export.quantise import calibration_batches, points_lost, quantise, quantise_within


def reached(**figures):
    return Evaluation("tiny 0", "f32", 384, 1, 1, 1.0, 1.0, figures, {})


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Three convolutions in a row, saved as OpenVINO does."""
    generator = np.random.default_rng(0)
    picture = ops.parameter([-1, 8, 8, 3], np.uint8, name="picture")
    x = ops.transpose(ops.convert(picture, np.float32), [0, 3, 1, 2])
    for name in ("first", "second", "third"):
        weights = generator.normal(0, 0.2, (3, 3, 3, 3)).astype(np.float32)
        x = ops.relu(ops.convolution(x, weights, [1, 1], [1, 1], [1, 1], [1, 1], name=name))
    path = tmp_path_factory.mktemp("network") / "float.xml"
    ov.save_model(ov.Model([x], [picture], "three"), path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="module")
def pictures():
    return list(np.random.default_rng(1).integers(0, 256, (3, 1, 8, 8, 3), np.uint8))


@dataclass
class Scale:
    """Measures each attempt by what it was told, and keeps how many convolutions were in float."""

    scores: list[float]

    def __post_init__(self):
        self.in_float = []

    def __call__(self, path):
        self.in_float.append(float_convolutions(path))
        return {"dev": reached(AP=self.scores[len(self.in_float) - 1])}


def float_convolutions(path):
    """The convolutions whose weights are not integers."""
    operations = ov.Core().read_model(path).get_ordered_ops()
    convolutions = [node for node in operations if node.get_type_name() == "Convolution"]
    return [node.get_friendly_name() for node in convolutions if stored_type(node.input_value(1)) != ov.Type.i8]


def stored_type(value):
    """Of the constant that a value is computed from."""
    node = value.get_node()
    return node.get_element_type() if node.get_type_name() == "Constant" else stored_type(node.input_value(0))


def test_an_int8_network_answers_nearly_the_same_from_a_smaller_file(network, pictures, tmp_path):
    quantise(network, tmp_path / "int8.xml", pictures, layers_in_float=0)
    answers = [ov.Core().compile_model(path, "CPU")(pictures[0])[0] for path in (network, tmp_path / "int8.xml")]
    assert np.abs(answers[0] - answers[1]).max() < 0.05 * answers[0].max()
    assert (tmp_path / "int8.bin").stat().st_size < network.with_suffix(".bin").stat().st_size


@pytest.fixture(scope="module")
def summed(tmp_path_factory):
    """Depthwise, as ONNX has it (weights without a dimension of groups), then the sum of two further convolutions."""
    generator = np.random.default_rng(0)
    picture = ops.parameter([-1, 8, 8, 4], np.uint8, name="picture")
    x = ops.transpose(ops.convert(picture, np.float32), [0, 3, 1, 2])
    weights = ops.constant(generator.normal(0, 0.2, (4, 1, 3, 3)).astype(np.float32))
    grouped = ops.reshape(weights, np.array([4, 1, 1, 3, 3]), special_zero=False)
    x = ops.relu(ops.group_convolution(x, grouped, [1, 1], [1, 1], [1, 1], [1, 1], name="depthwise"))
    one, other = (
        ops.convolution(x, generator.normal(0, 0.2, (4, 4, 1, 1)).astype(np.float32), [1, 1], [0, 0], [0, 0], [1, 1])
        for _ in range(2)
    )
    path = tmp_path_factory.mktemp("summed") / "float.xml"
    ov.save_model(ov.Model([ops.add(one, other, name="sum")], [picture], "summed"), path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="module")
def quantised(summed, tmp_path_factory):
    """The operations of the summed network in INT8, by name."""
    path = tmp_path_factory.mktemp("quantised") / "int8.xml"
    quantise(
        summed, path, list(np.random.default_rng(1).integers(0, 256, (3, 1, 8, 8, 4), np.uint8)), layers_in_float=0
    )
    return {node.get_friendly_name(): node for node in ov.Core().read_model(path).get_ordered_ops()}


def test_depthwise_weights_have_a_scale_a_channel(quantised):
    (depthwise,) = [node for node in quantised.values() if node.get_type_name() == "GroupConvolution"]
    scaled = depthwise.input_value(1).get_node()
    assert [list(value.get_shape()) for value in scaled.input_values()][1] == [4, 1, 1, 1, 1]


def test_the_sum_of_answers_stays_in_float(quantised):
    assert [value.get_node().get_type_name() for value in quantised["sum"].input_values()] == ["Convolution"] * 2


def test_the_last_layers_go_back_to_float_until_little_is_lost(network, pictures, tmp_path):
    measure = Scale([38.0, 39.2])
    assert quantise_within(network, tmp_path / "int8.xml", pictures, measure, {"dev": reached(AP=40)})[
        "dev"
    ].figures == {"AP": 39.2}
    assert measure.in_float == [[], ["third"]]


def test_a_network_that_loses_too_much_in_int8_is_refused(network, pictures, tmp_path):
    measure = Scale([30.0, 35.0, 38.5])
    with pytest.raises(
        ExportError, match=r"int8: expected to lose at most 1.0 points, got 0 layers .* dev AP -10.00; .*"
    ):
        quantise_within(network, tmp_path / "int8.xml", pictures, measure, {"dev": reached(AP=40)})
    assert measure.in_float[-1] == ["first", "second", "third"]


def test_losses_are_counted_in_what_both_were_measured_in():
    before = {"coco": reached(AP=40.0, AP50=60.0), "site": reached(heads_found=97.0, ghosts_per_100=10.0)}
    after = {"coco": reached(AP=39.5, AP50=10.0), "site": reached(heads_found=97.5, ghosts_per_100=90.0)}
    assert points_lost(before, after) == {"coco AP": 0.5, "site heads_found": -0.5}
    with pytest.raises(ValueError, match="check: expected pictures with one of AP, heads_found"):
        points_lost({}, {})


def test_calibration_draws_pictures_as_serving_prepares_them():
    pictures = [np.full((60, 80, 3), value, np.uint8) for value in range(20)]
    batches = calibration_batches(pictures, count=5)
    assert [batch.shape for batch in batches] == [(1, 384, 512, 3)] * 5
    assert len({int(batch[0, 0, 0, 0]) for batch in batches}) == 5
    assert len(calibration_batches(pictures, count=50)) == 20
    with pytest.raises(ValueError, match="calibration: expected pictures, got none"):
        calibration_batches([])
