"""Makes an `Estimator` of a network in training, which finds people in the same way as serving."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pose.estimation.decoder import Decoder
from pose.estimation.estimator import Estimator
from pose.estimation.joining import Joining
from pose.estimation.model import Model
from pose.runtimes.torch import TorchRuntime


def torch_estimator(
    network: nn.Module,
    decoder: Decoder,
    *,
    height: int,
    name: str = "network",
    version: str = "in training",
    device: str = "cpu",
    precision: str = "auto",
    joining: Joining | None = None,
) -> Estimator:
    """An estimator of a module, put into evaluation mode; its model has no file."""
    model = Model(name, version, Path(), "", decoder, warm_up=None, facts={}, joining=joining)
    return Estimator(model, TorchRuntime(network, decoder.layout, device=device, precision=precision), height)
