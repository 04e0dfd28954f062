import numpy as np
import openvino as ov
import pytest

from pose.model import read_model
from pose.runtimes import open_runtime
from pose.runtimes.openvino import OpenVinoRuntime


@pytest.fixture(scope="module")
def model(root):
    return read_model(root / "model")


def run(model, name, batch, precision="f32"):
    runtime = open_runtime(name, model.network, model.fields, precision=precision, threads=2)
    return runtime.run(batch)


def test_runtimes_agree_on_noise_at_two_sizes_and_a_batch(model):
    for shape in ((1, 64, 96, 3), (2, 96, 64, 3)):
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        fields = run(model, "openvino", noise)
        assert fields.shape == (shape[0], model.fields.channels, shape[1] // 4, shape[2] // 4)
        assert fields.dtype == np.float32
        np.testing.assert_allclose(run(model, "onnx", noise), fields, atol=1e-3)


def test_a_batch_of_two_is_two_batches_of_one(model):
    noise = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)
    both = run(model, "openvino", noise)
    np.testing.assert_allclose(both[:1], run(model, "openvino", noise[:1]), atol=1e-3)


def test_bfloat16_is_near_float(model):
    noise = np.random.default_rng(2).integers(0, 256, (1, 64, 64, 3), np.uint8)
    np.testing.assert_allclose(run(model, "openvino", noise, "bf16"), run(model, "openvino", noise), atol=0.1)


def test_auto_says_what_it_chose(model):
    runtimes = [open_runtime(n, model.network, model.fields, precision="auto", threads=1) for n in ("openvino", "onnx")]
    assert runtimes[0].precision in {"f32", "bf16"}
    assert runtimes[1].precision == "f32"


@pytest.mark.parametrize(
    ("name", "precision", "complaint"),
    [
        ("tensorflow", "f32", "runtime: expected one of openvino, onnx, got tensorflow"),
        ("openvino", "f8", "precision: openvino expected one of auto, f32, bf16, int8, got f8"),
        ("onnx", "bf16", "precision: onnx expected auto or f32, got bf16"),
    ],
)
def test_what_is_not_offered_is_refused(model, name, precision, complaint):
    with pytest.raises(ValueError, match=complaint):
        open_runtime(name, model.network, model.fields, precision=precision, threads=1)


def test_what_a_network_sees_inside_follows_its_fields(model):
    noise = np.random.default_rng(3).integers(0, 256, (1, 64, 64, 3), np.uint8)
    network = ov.Core().read_model(model.network)
    last = next(op for op in reversed(network.get_ordered_ops()) if op.get_type_name() == "Relu")
    name, channels = last.get_friendly_name(), last.output(0).get_partial_shape()[1].get_length()
    runtime = OpenVinoRuntime(model.network, model.fields, precision="f32", threads=1, inner=(name,))
    answered = runtime.run(noise)
    assert answered.shape == (1, model.fields.channels + channels, 16, 16)
    np.testing.assert_allclose(answered[:, :-channels], run(model, "openvino", noise), atol=1e-4)
    assert answered[:, -channels:].min() == 0
