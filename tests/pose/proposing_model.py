"""A model's folder whose network proposes the same people in whatever it is shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from numpy.typing import NDArray

from pose.estimation.model import file_sha256
from pose.estimation.preprocess import REFERENCE_HEIGHT, canvas_widths
from pose.proposals import ProposalSpec, encode

SPEC = ProposalSpec(("proposals",), stride=32)


def proposing_model(root: Path, folder: Path, people: Sequence[NDArray[np.float32]]) -> Path:
    """people: (18, 3) each, in pixels of an input of `REFERENCE_HEIGHT`."""
    answer = encode(people, SPEC, height=REFERENCE_HEIGHT, width=max(canvas_widths(REFERENCE_HEIGHT)))
    ov.save_model(_always(answer), folder / "pose.xml", compress_to_fp16=False)
    shutil.copy(root / "model" / "warmup.jpg", folder)
    description = {
        "name": "made-up",
        "version": "0",
        "network": "pose.xml",
        "sha256": file_sha256(folder / "pose.xml"),
        "proposals": SPEC.to_json(),
        "warm_up": {"picture": "warmup.jpg", "people": len(people)},
    }
    (folder / "pose.json").write_text(json.dumps(description))
    return folder


def _always(answer: NDArray[np.float32]) -> ov.Model:
    """A network that answers the left part of `answer`, as wide as its pictures are, for each of them."""
    pictures = ops.parameter([-1, -1, -1, 3], np.uint8, name="picture")
    count, columns = (ops.slice(ops.shape_of(pictures), [axis], [axis + 1], [1]) for axis in (0, 2))
    columns = ops.divide(columns, ops.constant([SPEC.stride], np.int64))
    seen = ops.slice(ops.constant(answer[None]), [0], columns, [1], [3])
    each = ops.tile(seen, ops.concat([count, ops.constant([1, 1, 1], np.int64)], 0))
    each.output(0).set_names({"proposals"})
    return ov.Model([each], [pictures], "proposing")
