"""A short training on made-up patches: it learns, an interrupted run ends as an uninterrupted one, a model gets it."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from pose.estimation.head_frames import own_heads
from pose.estimation.headwear import OUTPUT, SPAN, HeadwearClassifier, cut_head
from pose.estimation.headwear import SIDE as CROP
from pose.estimation.model import SHIPPED, read_model, verify
from pose.runtimes.openvino import OpenVinoRuntime
from pose.skeleton import HeadPeak, Person
from pose.train.headwear.model_folder import from_model, put_into_model
from pose.train.headwear.network import HeadwearNetwork, ServedHeadwear
from pose.train.headwear.patches import SIDE, Patches
from pose.train.headwear.training import train
from pose.train.loop.signals import StoppedError, StopRequest
from tests.pose.blue_heads import blue_square

LEVELS = (40, 128, 220)  # of each kind's patches


def dull_patches() -> Patches:
    kinds = np.repeat(np.arange(3), 2)
    pixels = np.stack([np.full((SIDE, SIDE, 3), LEVELS[kind], np.uint8) for kind in kinds])
    return Patches(pixels, kinds, np.full(6, 20.0), np.ones(6, bool))


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path: Path):
    groups, steps = [dull_patches()], 3
    whole = train(groups, groups, steps, tmp_path / "whole", StopRequest())
    with pytest.raises(StoppedError, match="after 1 of 3 steps"):
        train(groups, groups, steps, tmp_path / "stopped", StopRequest(signal.SIGTERM))
    with pytest.raises(ValueError, match="expected a checkpoint of these pictures, steps and start"):
        train(groups, groups, 4, tmp_path / "stopped", StopRequest())
    resumed = train(groups, groups, steps, tmp_path / "stopped", StopRequest())
    for (name, one), other in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, msg=name)


def test_a_trained_network_is_read_from_its_model_and_trained_on(tmp_path: Path):
    crops = np.random.default_rng(0).integers(0, 256, (4, CROP, CROP, 3), np.uint8)
    path = read_model(SHIPPED).headwear
    network = from_model(path)
    served = OpenVinoRuntime(path, (OUTPUT,), precision="f32", threads=1).run(crops)
    np.testing.assert_allclose(probabilities_of(network, crops), served, atol=1e-3)
    trained = train([dull_patches()], [], 1, tmp_path, StopRequest(), network)
    moved = np.abs(probabilities_of(trained, crops) - served).max()
    assert 0 < moved < 0.2


def probabilities_of(network: HeadwearNetwork, crops: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return ServedHeadwear(network).eval()(torch.from_numpy(crops)).numpy()


@pytest.mark.slow  # torch takes seconds to write ONNX
def test_a_model_gets_a_network_that_answers_as_the_trained_one_does(tmp_path: Path):
    shutil.copytree(SHIPPED, tmp_path / "model")
    torch.manual_seed(0)
    network = HeadwearNetwork().eval()
    put_into_model(network, tmp_path / "model", {"data": {"shards": ["yard"]}})
    model = read_model(tmp_path / "model")
    verify(model)
    assert model.headwear == tmp_path / "model" / "headwear.onnx"
    assert model.facts["headwear"] == {"data": {"shards": ["yard"]}}
    assert "`headwear.onnx`" in (tmp_path / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    crop = blue_square(80, 80, 40)
    person = Person(np.zeros((18, 3), np.float32), 1.0, HeadPeak(80.0, 80.0, 40.0, 0.0, 0.9))
    (seen,), _ = HeadwearClassifier(model.headwear)(crop, [person])
    (head,) = own_heads([person])
    with torch.inference_mode():
        expected = ServedHeadwear(network)(torch.from_numpy(cut_head(crop, head, CROP, SPAN)[None]))[0].tolist()
    assert (seen.headwear.helmet, seen.headwear.bare) == pytest.approx(expected[:2], abs=0.02)
