import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from ctypes.util import find_library

import numpy as np
import openvino as ov
import pytest

import pose
from pose.runtimes import RUNTIMES, NoGpuError, driver_is_there, open_runtime
from pose.runtimes.openvino import OpenVinoRuntime

without_gpu = pytest.mark.skipif(driver_is_there(), reason="this machine has NVIDIA's driver")


def run(model, name, batch, precision="f32"):
    runtime = open_runtime(name, model.network, model.decoder.layout, precision=precision, threads=2)
    return runtime.run(batch)


def test_runtimes_agree_on_noise_at_two_sizes_and_a_batch(model):
    for shape in ((1, 64, 96, 3), (2, 96, 64, 3)):
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        fields = run(model, "openvino", noise)
        assert fields.shape == (shape[0], model.decoder.layout.channels, shape[1] // 4, shape[2] // 4)
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
    runtimes = [
        open_runtime(n, model.network, model.decoder.layout, precision="auto", threads=1) for n in ("openvino", "onnx")
    ]
    assert runtimes[0].precision in {"f32", "bf16"}
    assert runtimes[1].precision == "f32"


@pytest.mark.parametrize(
    ("name", "precision", "complaint"),
    [
        ("tensorflow", "f32", f"runtime: expected one of {', '.join(RUNTIMES)}, got tensorflow"),
        ("openvino", "f8", "precision: openvino expected one of auto, f32, bf16, int8, got f8"),
        ("onnx", "bf16", "precision: onnx expected auto or f32, got bf16"),
        ("cuda", "int8", "precision: cuda expected auto or f32, got int8"),
    ],
)
def test_what_is_not_offered_is_refused(model, name, precision, complaint):
    with pytest.raises(ValueError, match=complaint):
        open_runtime(name, model.network, model.decoder.layout, precision=precision, threads=1)


def test_what_a_network_sees_inside_follows_its_fields(model):
    noise = np.random.default_rng(3).integers(0, 256, (1, 64, 64, 3), np.uint8)
    network = ov.Core().read_model(model.network)
    network.reshape([1, 64, 64, 3])
    ordered = reversed(network.get_ordered_ops())
    last = next(op for op in ordered if op.get_type_name() == "Relu" and op.output(0).shape[2] == 16)
    name, channels = last.get_friendly_name(), last.output(0).get_partial_shape()[1].get_length()
    runtime = OpenVinoRuntime(model.network, model.decoder.layout.outputs, precision="f32", threads=1, inner=(name,))
    answered = runtime.run(noise)
    assert answered.shape == (1, model.decoder.layout.channels + channels, 16, 16)
    np.testing.assert_allclose(answered[:, :-channels], run(model, "openvino", noise), atol=1e-4)
    assert answered[:, -channels:].min() == 0


@pytest.mark.parametrize("streams", [1, 3])
def test_threads_share_the_streams_and_get_each_their_own_answer(model, streams):
    runtime = OpenVinoRuntime(model.network, model.decoder.layout.outputs, precision="f32", threads=1, streams=streams)
    random = np.random.default_rng(4)
    pictures = [random.integers(0, 256, (1, 64, 64 + 32 * (index % 2), 3), np.uint8) for index in range(12)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(runtime.run, pictures))
    for picture, fields in zip(pictures, answers, strict=True):
        np.testing.assert_array_equal(runtime.run(picture), fields)


@without_gpu
def test_without_a_gpu_auto_takes_the_processor_without_a_word(root, model, caplog):
    estimator = pose.load(root / "model", precision="f32")
    assert isinstance(estimator.runtime, OpenVinoRuntime)
    assert not caplog.records
    with pytest.raises(NoGpuError, match="cuda: expected an NVIDIA GPU with its driver"):
        open_runtime("cuda", model.network, model.decoder.layout, precision="auto", threads=1)


def test_a_driver_without_a_gpu_that_runs_is_one_warning(root, tmp_path):
    os.symlink(f"/lib/{os.uname().machine}-linux-gnu/{find_library('m')}", tmp_path / "libcuda.so.1")
    load = "import pose; print(type(pose.load(pose.estimation.model.SHIPPED).runtime).__name__)"
    answer = subprocess.run(
        [sys.executable, "-c", load],
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "OpenVinoRuntime\n"
    (line,) = answer.stderr.splitlines()
    assert line.startswith("the CPU runs the network, the GPU does not: cuda: expected the packages of")
