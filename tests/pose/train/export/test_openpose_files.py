"""The files as their clients read them, without our code."""

from dataclasses import replace

import cv2
import numpy as np
import onnxruntime
import openvino
import pytest
import torch

from pose.hands import HandSpec
from pose.proposals import ProposalSpec
from pose.train.export.network_files import ExportError
from pose.train.export.openpose_files import write_openpose_files
from pose.train.networks import build
from pose.train.networks.layout import layout
from pose.train.networks.published import PAF_CHANNELS

BODY = layout(heads=True, stride=8)
OPTIONS = {"width": 1 / 16, "stages": 2}
KINDS = {
    "body-184x184": ("openpose_vgg19", BODY, 184, {"pafs": 38, "heatmaps": 19}),
    "hand-368x368": ("openpose_hand", HandSpec(), 368, {"heatmaps": 22}),
}


@pytest.fixture(scope="module", params=KINDS)
def written(request, root, tmp_path_factory):
    """The folder, the name of its files, an input and what the network answers to it: outputs by name."""
    name, spec, side, outputs = KINDS[request.param]
    torch.manual_seed(0)
    network = build(name, spec.channels, **OPTIONS).eval()
    folder = tmp_path_factory.mktemp("openpose")
    picture = cv2.imread(str(root / "model" / "warmup.jpg"))
    paths = write_openpose_files(network, spec, folder, picture)
    assert [path.name for path in paths] == [f"{request.param}{end}" for end in (".torchscript", ".onnx", "-fp16.onnx")]
    assert sorted(paths) == sorted(folder.iterdir())
    pixels = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    batch = (pixels.transpose(2, 0, 1)[None] / 256 - 0.5).astype(np.float32)
    with torch.inference_mode():
        (answer,) = network(torch.from_numpy(batch))[-1].numpy()
    return folder / request.param, batch, dict(zip(outputs, expected(spec, answer), strict=True))


def expected(spec, answer):
    if spec is not BODY:
        return [answer]
    pafs = np.zeros((38, *answer.shape[1:]), np.float32)
    for own, channel in zip(spec.pafs, PAF_CHANNELS, strict=True):
        pafs[channel : channel + 2] = answer[list(own)]
    return [pafs, answer[:19]]


def assert_as_expected(answers, outputs, tolerance):
    for answer, output in zip(answers, outputs.values(), strict=True):
        np.testing.assert_allclose(answer[0], output, atol=tolerance)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated:DeprecationWarning")
def test_torchscript_answers_a_tuple_of_pafs_and_heatmaps_or_heatmaps_alone(written):
    stem, batch, outputs = written
    with torch.inference_mode():
        answer = torch.jit.load(f"{stem}.torchscript")(torch.from_numpy(batch))
    assert isinstance(answer, tuple) == (len(outputs) > 1)
    assert_as_expected(answer if isinstance(answer, tuple) else [answer], outputs, 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "tolerance"), [(".onnx", 1e-3), ("-fp16.onnx", 0.03)])
def test_onnx_answers_by_name_on_both_runtimes(written, ending, tolerance):
    stem, batch, outputs = written
    session = onnxruntime.InferenceSession(f"{stem}{ending}", providers=["CPUExecutionProvider"])
    assert [(given.name, given.shape) for given in session.get_inputs()] == [("input", list(batch.shape))]
    assert_as_expected(session.run(list(outputs), {"input": batch}), outputs, tolerance)
    compiled = openvino.Core().compile_model(f"{stem}{ending}", "CPU")
    answers = compiled({"input": batch})
    assert_as_expected([answers[name] for name in outputs], outputs, 0.03)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (ProposalSpec(("proposals",), 32), "expected a network of fields or hand_heatmaps, got proposals"),
        (replace(BODY, background=None), "expected fields with a background, got none"),
    ],
)
def test_what_openpose_has_not_is_refused(tmp_path, other, message):
    with pytest.raises(ExportError, match=message):
        write_openpose_files(torch.nn.Identity(), other, tmp_path, np.zeros((8, 8, 3), np.uint8))
    assert not list(tmp_path.iterdir())
