"""Puts a network of hand heatmaps into a model's folder, in the form in which serving runs a network of hands."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from pose.estimation.hands import OUTPUT
from pose.estimation.model import read_model
from pose.hands import HandSpec
from pose.train.export.additions import describe_addition
from pose.train.export.export import HANDS, HANDS_INT8, HANDS_INT8_WEIGHTS
from pose.train.export.network_files import write_crops_onnx
from pose.train.networks.checkpoint import Checkpoint
from pose.train.networks.hand_heatmaps import ServedHandHeatmaps

SIDE: Final = 368  # pixels of a crop's sides: `boxsize` of the publication (src/hand.py)
_LEAST: Final = 0.2  # OpenPose's `hand_render_threshold` (flags.hpp), of one keypoint there, here of their mean


def export_hands(checkpoint: Checkpoint, layout: HandSpec, folder: Path) -> Path:
    """Write the network's file, which replaces the folder's own network of hands, describe it, and return its place.

    Raises ModelError for a folder without a model; ExportError, which leaves it unchanged, when OpenVINO's keypoints
    differ from torch's.
    """
    read_model(folder)
    served = ServedHandHeatmaps(checkpoint.build(), layout).eval()
    sample = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)
    written = folder / HANDS
    with TemporaryDirectory(dir=folder, prefix=".hands-") as unfinished:
        path = Path(unfinished) / HANDS
        write_crops_onnx(served, OUTPUT, path, sample)
        path.replace(written)
    for older in (HANDS_INT8, HANDS_INT8_WEIGHTS):
        (folder / older).unlink(missing_ok=True)
    facts = {"network": f"The network `{checkpoint.network}`", **checkpoint.facts}
    describe_addition(folder, "hands", {"network": HANDS, "side": SIDE, "least": _LEAST}, [HANDS], facts)
    return written
