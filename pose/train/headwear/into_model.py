"""Puts a trained headwear network into a model's folder: its file, `pose.json` and the model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pose.estimation.headwear import SIDE
from pose.estimation.model import DESCRIPTION, file_sha256
from pose.train.export.export import CARD, HEADWEAR, described
from pose.train.export.model_card import model_card
from pose.train.export.network_files import write_headwear_onnx
from pose.train.headwear.network import HeadwearNetwork, ServedHeadwear


def put_into_model(network: HeadwearNetwork, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the network beside the fields network of a model's folder, and describe it.

    facts: information for people, for `headwear` of the facts in `pose.json`.
    Raises ExportError, and leaves the folder unchanged, when OpenVINO's probabilities differ from torch's.
    """
    with TemporaryDirectory(dir=folder, prefix=".headwear-") as unfinished:
        path = Path(unfinished) / HEADWEAR
        sample = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
        write_headwear_onnx(ServedHeadwear(network).eval(), path, sample)
        path.replace(folder / HEADWEAR)
    written = folder / HEADWEAR
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    description["headwear"] = HEADWEAR
    description["files"] = dict(sorted((description["files"] | {HEADWEAR: file_sha256(written)}).items()))
    description["facts"]["headwear"] = dict(facts)
    description["facts"]["sizes"]["bytes"][HEADWEAR] = written.stat().st_size
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    files = described([description["network"], *description["files"]])
    card = model_card(description["name"], description["version"], files, description["facts"])
    (folder / CARD).write_text(card, encoding="utf-8")
