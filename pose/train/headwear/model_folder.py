"""The headwear network in a model's folder: puts a trained one there, and reads one to train it on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from torch import Tensor, nn

from pose.estimation.headwear import OUTPUT, SIDE
from pose.train.export.additions import describe_addition
from pose.train.export.export import HEADWEAR
from pose.train.export.network_files import write_crops_onnx
from pose.train.headwear.network import EPSILON, HeadwearNetwork, ServedHeadwear
from pose.train.networks.checkpoint import CheckpointError
from pose.train.networks.published import SERVED, onnx_weights


def from_model(path: Path) -> HeadwearNetwork:
    """The network of an ONNX file that `put_into_model` wrote; CheckpointError for another file.

    The file has each normalisation as part of its convolution. Here normalisations have the biases alone, and must stay
    as they are in training (`training.train`).
    """
    stored = onnx_weights(path)
    network = HeadwearNetwork()
    state = network.state_dict()
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            within, _, place = name.rpartition(".")
            normal = f"{within}.{int(place) + 1}"
            state[f"{name}.weight"] = _stored(stored, f"{name}.weight", path)
            state[f"{normal}.bias"] = _stored(stored, f"{name}.weight_bias", path)
            state[f"{normal}.running_var"] -= EPSILON
    state |= {name: _stored(stored, name, path) for name in ("kinds.weight", "kinds.bias")}
    network.load_state_dict(state)
    return network


def _stored(stored: Mapping[str, Tensor], name: str, path: Path) -> Tensor:
    if SERVED + name not in stored:
        raise CheckpointError(f"{path}: expected a network of headwear with {name}, got none")
    return stored[SERVED + name]


def put_into_model(network: HeadwearNetwork, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the network beside the fields network of a model's folder, and describe it.

    facts: information for people, for `headwear` of the facts in `pose.json`.
    Raises ExportError, and leaves the folder unchanged, when OpenVINO's probabilities differ from torch's.
    """
    with TemporaryDirectory(dir=folder, prefix=".headwear-") as unfinished:
        path = Path(unfinished) / HEADWEAR
        sample = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
        write_crops_onnx(ServedHeadwear(network).eval(), OUTPUT, path, sample)
        path.replace(folder / HEADWEAR)
    describe_addition(folder, "headwear", HEADWEAR, [HEADWEAR], facts)
