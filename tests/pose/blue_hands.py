"""A made-up network that sees a hand wherever a crop has blue: a left one where most of that is right of the middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino
from openvino import Node
from openvino import opset13 as ops

from pose.estimation.hands import OUTPUT
from pose.estimation.model import HandsModel
from pose.hands import HAND_KEYPOINTS

SIDE = 32
_BLUE = 105  # above green: a badge on a sleeve of samples/site_two.jpg has 92


def blue_hands(folder: Path, name: str = "hands.xml") -> HandsModel:
    """Write the network; all keypoints lie in the middle of what is blue, and the hand's probability is 1 or 0."""
    crops = ops.parameter([-1, SIDE, SIDE, 3], np.uint8)
    blue, green, _ = ops.split(ops.convert(crops, "f32"), 3, 3).outputs()
    mask = ops.convert(ops.greater(ops.subtract(blue, green), np.float32(_BLUE)), "f32")
    along = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    total = _sum(mask)
    x, y = (
        ops.divide(_sum(ops.multiply(mask, places)), ops.maximum(total, np.float32(1)))
        for places in (along.reshape(1, 1, SIDE, 1), along.reshape(1, SIDE, 1, 1))
    )
    hand = ops.minimum(total, np.float32(1))
    left = ops.convert(ops.greater(x, np.float32(0.5)), "f32")
    answer = ops.concat([*[x, y, hand] * len(HAND_KEYPOINTS), hand, left], axis=1)
    answer.output(0).set_names({OUTPUT})
    openvino.save_model(openvino.Model([answer], [crops]), folder / name)
    return HandsModel(folder / name, None, SIDE, least=0.5)


def _sum(values: Node) -> Node:
    """(N, SIDE, SIDE, 1) -> (N, 1)."""
    return ops.reduce_sum(values, [1, 2], keep_dims=False)
