import numpy as np
import pytest
import torch

from pose.runtimes.torch import TorchRuntime
from pose.train.networks import build
from pose.train.networks.layout import layout

SPEC = layout(heads=False)


class TwoStages(torch.nn.Module):
    """Answers the picture's mean as a first stage and its corner as the last."""

    def forward(self, x):
        wide = torch.ones(1, SPEC.channels, 1, 1)
        return x.mean(1, keepdim=True)[..., ::4, ::4] * wide, x[:, :1, ::4, ::4] * wide


def test_pictures_come_as_bytes_and_the_last_stage_is_answered():
    batch = np.random.default_rng(0).integers(0, 256, (2, 32, 64, 3), np.uint8)
    fields = TorchRuntime(TwoStages(), SPEC).run(batch)
    assert fields.shape == (2, SPEC.channels, 8, 16)
    np.testing.assert_allclose(fields[:, 5], batch[:, ::4, ::4, 0] / 256 - 0.5)


def test_bfloat16_is_near_float():
    network = build("fpn", SPEC.channels, widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1), neck=8, head=8)
    noise = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    runtime = TorchRuntime(network, SPEC, precision="bf16")
    np.testing.assert_allclose(runtime.run(noise), TorchRuntime(network, SPEC).run(noise), atol=0.05)
    assert runtime.precision == "bf16"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="precision: torch expected one of auto, f32, bf16, got int8"):
        TorchRuntime(TwoStages(), SPEC, precision="int8")
    with pytest.raises(ValueError, match="network: expected 62 channels of fields, got 57"):
        TorchRuntime(TwoStages(), layout(heads=True)).run(np.zeros((1, 32, 32, 3), np.uint8))
