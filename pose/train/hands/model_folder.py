"""Puts a trained hand network into a model's folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pose.estimation.hands import OUTPUT
from pose.train.export.additions import describe_addition
from pose.train.export.export import HANDS, HANDS_INT8, HANDS_INT8_WEIGHTS
from pose.train.export.network_files import write_crops_onnx
from pose.train.export.quantise import quantise_losing_little
from pose.train.hands.network import SIDE, HandNetwork, ServedHands


def write_networks(
    network: HandNetwork, folder: Path, crops: NDArray[np.uint8], score: Callable[[Path], float]
) -> None:
    """Write the network in float and in INT8.

    crops: (n, SIDE, SIDE, 3) uint8 BGR of training, to calibrate with. score: measures a network's file, in points.
    Raises ExportError when OpenVINO's answers differ from torch's, or INT8 costs too much (`quantise`).
    """
    write_crops_onnx(ServedHands(network).eval(), OUTPUT, folder / HANDS, crops[:4])
    before = score(folder / HANDS)
    calibration = [crop[None] for crop in crops]
    quantise_losing_little(
        folder / HANDS, folder / HANDS_INT8, calibration, lambda int8: {"hands": before - score(int8)}
    )


def put_into_model(written: Path, folder: Path, least: float, facts: Mapping[str, Any]) -> None:
    """Copy the files of `write_networks` into a model's folder, and describe them.

    least: see `HandsModel`. facts: information for people, for `hands` of the facts in `pose.json`.
    """
    files = (HANDS, HANDS_INT8, HANDS_INT8_WEIGHTS)
    for name in files:
        shutil.copyfile(written / name, folder / name)
    entry = {"network": HANDS, "int8": HANDS_INT8, "side": SIDE, "least": least}
    describe_addition(folder, "hands", entry, files, facts)
